"""Extracting files from zip files and saved emails, also nested, within limits; and the findings about files."""

import email
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32

from onboarding.messages.finding import Finding
from onboarding.messages.findings.uploads import UPLOAD_FINDINGS
from onboarding.messages.text import Params
from onboarding.pki.intake.file_types import ZIP, FileType, detect_file_type

# A larger file leads to the finding file_too_large. Settings limit the size of the whole request.
FILE_LIMIT_KIB = 64  # of a file, of pasted text, and of a key file (`pki/key_files.py`)
CONTAINER_LIMIT_KIB = 1024  # of a zip file or a saved email
ENTRY_LIMIT = 50  # files in one container, and in all of them together
FILE_NAME_MAX = 80


@dataclass(frozen=True)
class Upload:
    """An uploaded file, or pasted text; pasted text has an empty `name`."""

    name: str
    data: bytes


@dataclass(frozen=True)
class ExtractedFile:
    """A file after extraction from its containers; pasted text has an empty `name`.

    `depth` is the number of containers around it. `is_email_body` marks the text of an email, as opposed to an
    attachment.
    """

    name: str
    data: bytes
    depth: int = 0
    is_email_body: bool = False

    def path_of(self, name: str) -> str:
        """Return the path of the file `name` in this container, such as certificates.zip/ca.pem."""
        return f"{self.name}/{name}" if self.name else name

    def extracted(self, name: str, data: bytes, *, is_email_body: bool = False) -> "ExtractedFile":
        """Return a file that was in this container."""
        return ExtractedFile(name, data, self.depth + 1, is_email_body)


def upload_finding(code: str, name: str, variant: str = "", params: Params | None = None) -> Finding:
    """Return the finding about the file `name`, or about pasted text if `name` is empty.

    Not every variant has its own sentence for pasted text. The sentence is the general one then.
    """
    if not name:
        variant = f"pasted_{variant}" if f"{code}.pasted_{variant}" in UPLOAD_FINDINGS else "pasted"
    return Finding(code, found=name, params=params or {}, variant=variant)


def not_a_certificate(name: str, file_type: FileType) -> Finding:
    """Return the finding about a file that is something else than a certificate."""
    return upload_finding("not_a_certificate", name, file_type.value)


def safe_file_name(path: str) -> str:
    """Return the last part of a path of any system, without control characters, at most FILE_NAME_MAX characters."""
    last = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    name = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return name if len(name) <= FILE_NAME_MAX else f"{name[: FILE_NAME_MAX - 1]}…"


NESTED_LIMIT_KIB = 16 * FILE_LIMIT_KIB  # of a container in another one; larger ones are not read
ZIP_UNPACKED_MAX = 4 * NESTED_LIMIT_KIB * 1024  # bytes of all files that are read from one zip file
RATIO_MAX = 100  # unpacked size divided by packed size; text is packed to about a fifth
ENTRY_RECORD_MAX = 46 + 1024  # bytes of one entry in the central directory
RECORDS_MAX = 2 * ENTRY_LIMIT  # folders and the files that operating systems add are entries too
ENTRY_RECORD = b"PK\x01\x02"
END_RECORD = b"PK\x05\x06"
END_RECORD_64 = b"PK\x06\x07"
WORD_TEXT = "word/document.xml"
SYSTEM_FOLDER = "__MACOSX/"
SYSTEM_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")
ENCRYPTED_FLAG = 0x1


def extract_zip(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the files in the zip file `file`; of a Word document, only its text. Never raises."""
    try:
        if not _has_small_directory(file.data):
            yield _too_many(file)
            return
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            yield from _extract_entries(file, archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, NotImplementedError, KeyError):
        yield not_a_certificate(file.name, FileType.DAMAGED_ZIP)


def _has_small_directory(data: bytes) -> bool:
    """Return whether the central directory is small: a hostile one takes long to parse (BadZipFile: there is none)."""
    end = data.rfind(END_RECORD)
    if end < 0 or len(data) < end + 22:
        raise zipfile.BadZipFile("no directory")
    size = struct.unpack_from("<L", data, end + 12)[0]
    if size > ENTRY_LIMIT * ENTRY_RECORD_MAX or END_RECORD_64 in data[max(0, end - 20) : end]:
        return False
    return data.count(ENTRY_RECORD, max(0, end - size), end) <= RECORDS_MAX


def _extract_entries(file: ExtractedFile, archive: zipfile.ZipFile) -> Iterator[ExtractedFile | Finding]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_system_file(entry.filename)]
    if WORD_TEXT in archive.namelist():
        entries = [archive.getinfo(WORD_TEXT)]
    unpacked = sum(entry.file_size for entry in entries if entry.file_size <= NESTED_LIMIT_KIB * 1024)
    if len(entries) > ENTRY_LIMIT or unpacked > ZIP_UNPACKED_MAX:
        yield _too_many(file)
        return
    if not entries:
        yield upload_finding("zip_empty", file.name)
    for entry in entries:
        yield _extract_entry(file, archive, entry)


def _extract_entry(file: ExtractedFile, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> ExtractedFile | Finding:
    name = file.path_of(safe_file_name(entry.filename))
    if entry.flag_bits & ENCRYPTED_FLAG:
        return not_a_certificate(file.name, FileType.ENCRYPTED_ZIP)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return not_a_certificate(file.name, FileType.DAMAGED_ZIP)
    nested = entry.filename.lower().endswith((".zip", ".eml"))
    limit = NESTED_LIMIT_KIB if nested else FILE_LIMIT_KIB
    if entry.file_size > limit * 1024 or entry.file_size > RATIO_MAX * max(1, entry.compress_size):
        return upload_finding("file_too_large", name, params={"limit": limit})
    with archive.open(entry) as stream:
        return file.extracted(name, stream.read(limit * 1024))


def _is_system_file(path: str) -> bool:
    return path.startswith(SYSTEM_FOLDER) or path.endswith(SYSTEM_FILES)


def _too_many(file: ExtractedFile) -> Finding:
    return upload_finding("too_many_entries", file.name, params={"limit": ENTRY_LIMIT})


EMAIL_HEAD = 8 * 1024  # bytes in which the headers of an email are searched
EMAIL_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]", re.MULTILINE)
EMAIL_HEADERS = {
    b"from", b"to", b"subject", b"date", b"mime-version", b"content-type", b"received", b"return-path", b"message-id",
    b"delivered-to", b"reply-to", b"content-transfer-encoding",
}  # fmt: skip
BOUNDARIES_MAX = 25  # multiparts declared in one email
EFFORT_MAX = 200_000  # multiparts times lines: the parser compares each line with each boundary
HEADERS_MAX = 64 * 1024  # bytes
CONTENT_HEADER_MAX = 4 * 1024  # characters of one header with parameters; the parser needs quadratic time for them
DELIMITERS_MAX = 500  # lines that begin like a boundary
BOUNDARY = re.compile(rb"boundary[\s\x1c-\x1f*0-9]*+=", re.IGNORECASE)  # also in the form of RFC 2231, boundary*0*=
LINE_BREAK = re.compile(rb"\r\n?|\n")
DELIMITER = re.compile(rb"[\r\n]--")
SIGNATURE_TYPES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}


class BoundedPolicy(Compat32):
    """The usual policy of the email parser, with a limit for the headers whose parameters it reads."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and the value of a header. Raise MessageError if it is too long."""
        is_content_header = sourcelines[0][:8].lower() == "content-"
        if is_content_header and sum(map(len, sourcelines)) > CONTENT_HEADER_MAX:
            raise MessageError("a header is too long")
        return super().header_source_parse(sourcelines)


def is_email(data: bytes) -> bool:
    """Return whether `data` begins with headers, at least two of which are headers of an email (RFC 5322)."""
    head = data[:EMAIL_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    headers = re.split(rb"\r?\n\r?\n|\r\r", head)[0]
    if not (EMAIL_HEADER.match(headers) or headers.startswith(b"From ")):
        return False
    return len({name.lower() for name in EMAIL_HEADER.findall(headers)} & EMAIL_HEADERS) >= 2


def extract_email(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the texts and attachments of the email `file`, without the signature of a signed email. Never raises."""
    data = file.data.removeprefix(b"\xef\xbb\xbf").lstrip()
    boundaries = len(BOUNDARY.findall(data))
    effort = (boundaries + 1) * len(LINE_BREAK.findall(data))
    headers = re.split(rb"\r?\n\r?\n|\r\r", data, maxsplit=1)[0]
    if len(headers) > HEADERS_MAX:
        yield upload_finding("mail_damaged", file.name)
        return
    if boundaries > BOUNDARIES_MAX or effort > EFFORT_MAX or len(DELIMITER.findall(data)) > DELIMITERS_MAX:
        yield _too_many(file)
        return
    try:
        yield from _extract_parts(file, email.message_from_bytes(data, policy=BoundedPolicy()))
    except (MessageError, ValueError, LookupError, RecursionError, TypeError, AttributeError):
        yield upload_finding("mail_damaged", file.name)


def _extract_parts(file: ExtractedFile, message: Message) -> Iterator[ExtractedFile | Finding]:
    for number, part in enumerate(message.walk()):
        if number >= 2 * ENTRY_LIMIT:
            yield _too_many(file)
            return
        if part.is_multipart():
            continue
        if part.get_content_type() in SIGNATURE_TYPES or _attachment_name(part) == "smime.p7s":
            yield upload_finding("mail_signature", file.name)
            continue
        yield _extract_part(file, part)


def _extract_part(file: ExtractedFile, part: Message) -> ExtractedFile | Finding:
    attachment = _attachment_name(part)
    name = file.path_of(safe_file_name(attachment)) if attachment else file.name
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = (part.get_content_charset("") or "").lower()
    if not attachment and charset.startswith("utf-16"):
        data = data.decode(charset, "replace").encode()
    nested = attachment.lower().endswith((".zip", ".eml"))
    limit = FILE_LIMIT_KIB if attachment and not nested else NESTED_LIMIT_KIB
    if not attachment:
        # The text of a long conversation is cut, so that the attachments are not refused with it.
        data = data[: FILE_LIMIT_KIB * 1024]
    if len(data) > limit * 1024:
        return upload_finding("file_too_large", name, params={"limit": limit})
    return file.extracted(name, data, is_email_body=not attachment)


def _attachment_name(part: Message) -> str:
    """Return the file name of an attachment, decoded (RFC 2047, RFC 2231); empty for a text."""
    try:
        return str(make_header(decode_header(part.get_filename("") or "")))
    except (ValueError, LookupError, MessageError):
        return "attachment"


NESTING_MAX = 2  # for example a zip file in an email
TOTAL_KIB = 512  # of all files that are read
ALL_UNPACKED_MAX = 4096 * 1024  # bytes of all files from all containers; checked before each
UNNAMED_FILE = "file"  # the name of a file whose own name has only control characters

TOO_MANY_FILES = Finding("too_many_entries", params={"limit": ENTRY_LIMIT}, variant="all")


def extract_files(uploads: Sequence[Upload]) -> tuple[list[ExtractedFile], list[Finding]]:
    """Return the files in `uploads` and in their containers, and the findings about files that are not read."""
    files: list[ExtractedFile] = []
    findings: list[Finding] = []
    waiting = [ExtractedFile(_display_name(upload), upload.data) for upload in reversed(uploads)]
    total, entries, unpacked = 0, 0, 0
    while waiting:
        file = waiting.pop()
        refusal = _refuse(file)
        if refusal:
            findings.append(refusal)
        elif _is_container(file):
            if entries > ENTRY_LIMIT or unpacked > ALL_UNPACKED_MAX:
                findings.append(TOO_MANY_FILES)
                break
            is_zip = file.data.startswith(ZIP)
            contents = list(extract_zip(file) if is_zip else extract_email(file))
            extracted = [entry for entry in contents if isinstance(entry, ExtractedFile)]
            entries += len(contents)
            unpacked += sum(len(entry.data) for entry in extracted)
            findings.extend(entry for entry in contents if isinstance(entry, Finding))
            waiting.extend(reversed(extracted))
            if is_zip and extracted:
                findings.append(upload_finding("bundle_unpacked", file.name))
        elif len(files) >= ENTRY_LIMIT or total + len(file.data) > TOTAL_KIB * 1024:
            findings.append(TOO_MANY_FILES)
            break
        else:
            total += len(file.data)
            files.append(file)
    return files, findings


def _display_name(upload: Upload) -> str:
    return safe_file_name(upload.name) or (UNNAMED_FILE if upload.name else "")


def _is_container(file: ExtractedFile) -> bool:
    return file.depth < NESTING_MAX and not file.is_email_body and (file.data.startswith(ZIP) or is_email(file.data))


def _refuse(file: ExtractedFile) -> Finding | None:
    """Return why a file is not read at all; None if it is."""
    if not file.data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return None if file.is_email_body else upload_finding("file_empty", file.name)
    if file.data.startswith(ZIP) and file.depth >= NESTING_MAX:
        return not_a_certificate(file.name, FileType.ARCHIVE)
    limit = CONTAINER_LIMIT_KIB if _is_container(file) else FILE_LIMIT_KIB
    if len(file.data) <= limit * 1024:
        return None
    file_type = detect_file_type(file.data[: CONTAINER_LIMIT_KIB * 1024])
    if file_type not in (FileType.TEXT, FileType.UNKNOWN, FileType.DAMAGED_ZIP):
        return not_a_certificate(file.name, file_type)
    return upload_finding("file_too_large", file.name, params={"limit": limit})
