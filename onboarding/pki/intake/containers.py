"""Opening what certificates are sent in: zip files and saved emails, also inside each other, within bounds."""

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

from onboarding.messages.finding import Finding
from onboarding.pki.intake.file_types import (
    ARCHIVE,
    BINARY,
    BROKEN_ZIP,
    LOCKED_ZIP,
    TEXT,
    ZIP,
    detect_file_type,
    not_a_certificate,
)

FILE_LIMIT_KIB = 64
CONTAINER_LIMIT_KIB = 1024  # a zip file or a saved mail
ENTRY_LIMIT = 50  # files, in all containers together too
FILE_NAME_MAX = 80


@dataclass(frozen=True)
class Upload:
    """One thing that was sent: a file's name and contents, or pasted text under a name of its own."""

    name: str
    data: bytes


@dataclass(frozen=True)
class ExtractedFile:
    """A file after opening what it was in.

    `depth` counts the containers around it; `in_mail` says that it is what a mail says, not something attached to it.
    """

    name: str
    data: bytes
    depth: int = 0
    in_mail: bool = False

    def inner(self, name: str, data: bytes, *, in_mail: bool = False) -> "ExtractedFile":
        """A file that was in this one."""
        return ExtractedFile(name, data, self.depth + 1, in_mail)


def safe_file_name(path: str) -> str:
    """The last part of a path of any system, for showing: nothing hidden in it, FILE_NAME_MAX characters at most."""
    last = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return shown if len(shown) <= FILE_NAME_MAX else f"{shown[: FILE_NAME_MAX - 1]}…"


LARGEST = 16 * FILE_LIMIT_KIB * 1024  # bytes of a container in one; what is larger is not read, and said to be
UNPACKED_MAX = 4 * LARGEST  # bytes of all that is read
RATIO_MAX = 100  # of sizes unpacked and packed; text packs to a fifth
ENTRY_RECORD_MAX = 46 + 1024  # bytes of the directory an entry may take: its names are no novels
RECORDS_MAX = 2 * ENTRY_LIMIT  # folders, and what systems add, are entries too
RECORD = b"PK\x01\x02"
END_RECORD = b"PK\x05\x06"
END_RECORD_64 = b"PK\x06\x07"
WORD_TEXT = "word/document.xml"
JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
ENCRYPTED = 0x1


def zip_entries(leaf: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """The files in the zip `leaf`; of a Word document, its text alone. Never raises."""
    try:
        if not _modest_directory(leaf.data):
            yield _too_many(leaf)
            return
        with zipfile.ZipFile(io.BytesIO(leaf.data)) as archive:
            yield from _entries(leaf, archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, NotImplementedError, KeyError):
        yield not_a_certificate(leaf.name, BROKEN_ZIP)


def _modest_directory(data: bytes) -> bool:
    """Whether the directory is small enough to be read at all: a hostile one takes long to parse."""
    end = data.rfind(END_RECORD)
    if end < 0 or len(data) < end + 22:
        raise zipfile.BadZipFile("no directory")
    size = struct.unpack_from("<L", data, end + 12)[0]
    if size > ENTRY_LIMIT * ENTRY_RECORD_MAX or END_RECORD_64 in data[max(0, end - 20) : end]:
        return False
    return data.count(RECORD, max(0, end - size), end) <= RECORDS_MAX


def _entries(leaf: ExtractedFile, archive: zipfile.ZipFile) -> Iterator[ExtractedFile | Finding]:
    files = [one for one in archive.infolist() if not one.is_dir() and not _is_junk(one.filename)]
    if WORD_TEXT in archive.namelist():
        files = [archive.getinfo(WORD_TEXT)]
    sizes = (one.file_size for one in files)
    if len(files) > ENTRY_LIMIT or sum(size for size in sizes if size <= LARGEST) > UNPACKED_MAX:
        yield _too_many(leaf)
        return
    if not files:
        yield Finding("zip_empty", found=leaf.name)
    for one in files:
        yield _entry(leaf, archive, one)


def _entry(leaf: ExtractedFile, archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> ExtractedFile | Finding:
    name = f"{safe_file_name(one.filename)} in {leaf.name}"
    if one.flag_bits & ENCRYPTED:
        return not_a_certificate(leaf.name, LOCKED_ZIP)
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return not_a_certificate(leaf.name, BROKEN_ZIP)
    nested = one.filename.lower().endswith((".zip", ".eml"))
    limit = LARGEST if nested else FILE_LIMIT_KIB * 1024
    if one.file_size > limit or one.file_size > RATIO_MAX * max(1, one.compress_size):
        return Finding("file_too_large", found=name, params={"limit": limit // 1024})
    with archive.open(one) as opened:
        return leaf.inner(name, opened.read(limit))


def _is_junk(path: str) -> bool:
    return path.startswith(JUNK[0]) or path.endswith(JUNK[1:])


def _too_many(leaf: ExtractedFile) -> Finding:
    return Finding("too_many_entries", found=leaf.name, params={"limit": ENTRY_LIMIT})


EMAIL_HEAD = 8 * 1024  # bytes in which a mail's headers show
EMAIL_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]", re.MULTILINE)
MAIL_HEADERS = {
    b"from", b"to", b"subject", b"date", b"mime-version", b"content-type", b"received", b"return-path", b"message-id",
    b"delivered-to", b"reply-to", b"content-transfer-encoding",
}  # fmt: skip
BOUNDARIES_MAX = 25  # multiparts declared in one mail
EFFORT_MAX = 200_000  # multiparts times lines: the parser compares each line with each of them
HEADERS_MAX = 64 * 1024  # bytes
DIVIDERS_MAX = 500  # lines that begin as boundaries do
SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}


def is_email(data: bytes) -> bool:
    """Whether `data` begins as a mail does: with headers, at least two of which only mails have."""
    head = data[:EMAIL_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    headers = re.split(rb"\r?\n\r?\n|\r\r", head)[0]
    if not (EMAIL_HEADER.match(headers) or headers.startswith(b"From ")):
        return False
    return len({name.lower() for name in EMAIL_HEADER.findall(headers)} & MAIL_HEADERS) >= 2


def email_parts(leaf: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """The texts and attachments of the mail `leaf`; without the signature of a signed mail. Never raises."""
    data = leaf.data.removeprefix(b"\xef\xbb\xbf").lstrip()
    boundaries = len(re.findall(rb"boundary\s{0,9}=", data, re.IGNORECASE))
    effort = (boundaries + 1) * data.count(b"\n")
    headers = re.split(rb"\r?\n\r?\n|\r\r", data, maxsplit=1)[0]
    if len(headers) > HEADERS_MAX:
        yield Finding("mail_damaged", found=leaf.name)
        return
    if boundaries > BOUNDARIES_MAX or effort > EFFORT_MAX or data.count(b"\n--") > DIVIDERS_MAX:
        yield Finding("too_many_entries", found=leaf.name, params={"limit": ENTRY_LIMIT})
        return
    try:
        yield from _parts(leaf, email.message_from_bytes(data))
    except (MessageError, ValueError, LookupError, RecursionError, TypeError, AttributeError):
        yield Finding("mail_damaged", found=leaf.name)


def _parts(leaf: ExtractedFile, message: Message) -> Iterator[ExtractedFile | Finding]:
    for number, part in enumerate(message.walk()):
        if number >= 2 * ENTRY_LIMIT:
            yield Finding("too_many_entries", found=leaf.name, params={"limit": ENTRY_LIMIT})
            return
        if part.is_multipart():
            continue
        if part.get_content_type() in SIGNATURES or _name_of(part) == "smime.p7s":
            yield Finding("mail_signature", found=leaf.name)
            continue
        yield _leaf_of(leaf, part)


def _leaf_of(leaf: ExtractedFile, part: Message) -> ExtractedFile | Finding:
    named = _name_of(part)
    name = f"{safe_file_name(named)} in {leaf.name}" if named else leaf.name
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = (part.get_content_charset("") or "").lower()
    if not named and charset.startswith("utf-16"):
        data = data.decode(charset, "replace").encode()
    limit = FILE_LIMIT_KIB if named and not named.lower().endswith((".zip", ".eml")) else 16 * FILE_LIMIT_KIB
    if not named:
        # A long thread is no reason to refuse its attachments: what matters stands near the top.
        data = data[: FILE_LIMIT_KIB * 1024]
    if len(data) > limit * 1024:
        return Finding("file_too_large", found=name, params={"limit": limit})
    return leaf.inner(name, data, in_mail=not named)


def _name_of(part: Message) -> str:
    """The attachment's file name, decoded where it is encoded (RFC 2047, RFC 2231); empty for a text."""
    try:
        return str(make_header(decode_header(part.get_filename("") or "")))
    except (ValueError, LookupError, MessageError):
        return "attachment"


NESTING_MAX = 2  # a zip in a zip, a zip in a mail
TOTAL_KIB = 512  # of all that is read in one go
UNPACKED_KIB = 4096  # of all that comes out of containers, to be read or to be opened in turn

TOO_MUCH = Finding("too_many_entries", found="what you sent", params={"limit": ENTRY_LIMIT})


def extract_files(pieces: Sequence[Upload]) -> tuple[list[ExtractedFile], list[Finding]]:
    """The files in `pieces` after opening containers, and what there is to say about those that were not read."""
    leaves: list[ExtractedFile] = []
    findings: list[Finding] = []
    waiting = [ExtractedFile(safe_file_name(piece.name) or "the file", piece.data) for piece in reversed(pieces)]
    total = 0
    entries, unpacked = 0, 0
    while waiting:
        leaf = waiting.pop()
        refusal = _refusal(leaf)
        if refusal:
            findings.append(refusal)
        elif _is_container(leaf):
            if entries > ENTRY_LIMIT or unpacked > UNPACKED_KIB * 1024:
                findings.append(TOO_MUCH)
                break
            inner = list(zip_entries(leaf) if leaf.data.startswith(ZIP) else email_parts(leaf))
            entries += len(inner)
            unpacked += sum(len(one.data) for one in inner if isinstance(one, ExtractedFile))
            findings.extend(one for one in inner if isinstance(one, Finding))
            waiting.extend(one for one in reversed(inner) if isinstance(one, ExtractedFile))
            if leaf.data.startswith(ZIP) and any(isinstance(one, ExtractedFile) for one in inner):
                findings.append(Finding("bundle_unpacked", found=leaf.name))
        elif len(leaves) >= ENTRY_LIMIT or total + len(leaf.data) > TOTAL_KIB * 1024:
            findings.append(TOO_MUCH)
            break
        else:
            total += len(leaf.data)
            leaves.append(leaf)
    return leaves, findings


def _is_container(leaf: ExtractedFile) -> bool:
    return leaf.depth < NESTING_MAX and not leaf.in_mail and (leaf.data.startswith(ZIP) or is_email(leaf.data))


def _refusal(leaf: ExtractedFile) -> Finding | None:
    """Why a leaf is not even looked into, if so."""
    if not leaf.data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return None if leaf.in_mail else Finding("file_empty", found=leaf.name)
    if leaf.data.startswith(ZIP) and leaf.depth >= NESTING_MAX:
        return not_a_certificate(leaf.name, ARCHIVE)
    limit = CONTAINER_LIMIT_KIB if _is_container(leaf) else FILE_LIMIT_KIB
    if len(leaf.data) <= limit * 1024:
        return None
    kind = detect_file_type(leaf.data[: CONTAINER_LIMIT_KIB * 1024])
    if kind not in (TEXT, BINARY, BROKEN_ZIP):
        return not_a_certificate(leaf.name, kind)
    return Finding("file_too_large", found=leaf.name, params={"limit": limit})
