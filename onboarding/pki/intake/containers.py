"""Extracting files from every kind of container, also nested, within limits."""

from collections.abc import Callable, Iterator, Sequence

from onboarding.messages.finding import Finding
from onboarding.pki.intake.archives import extract_packed, extract_tar, extract_zip, is_tar
from onboarding.pki.intake.calendars import extract_calendar, is_calendar
from onboarding.pki.intake.contents import read_contents
from onboarding.pki.intake.documents import extract_ole_document, extract_pdf, extract_rtf
from onboarding.pki.intake.emails import (
    CONTENT_HEADER_MAX,
    extract_email,
    extract_uuencoded,
    is_email,
    is_mime_entity,
)
from onboarding.pki.intake.file_types import (
    BZIP2,
    GZIP,
    OLE,
    PDF,
    PDF_HEAD,
    RTF,
    SEVEN_ZIP,
    TNEF,
    XZ,
    ZIP,
    FileType,
    detect_file_type,
)
from onboarding.pki.intake.files import (
    CONTAINER_LIMIT_KIB,
    ENTRY_LIMIT,
    FILE_LIMIT_KIB,
    UNNAMED_FILE,
    ExtractedFile,
    Upload,
    not_a_certificate,
    safe_file_name,
    too_large,
    upload_finding,
)
from onboarding.pki.intake.outlook import extract_msg, extract_winmail, is_outlook_message
from onboarding.pki.intake.private_keys import contains_private_key
from onboarding.pki.intake.seven_zip import extract_seven_zip
from onboarding.pki.intake.signed_data import content_to_open, content_type_of, extract_cms
from onboarding.pki.intake.uuencoded import split_uuencoded

__all__ = [
    "CONTAINER_LIMIT_KIB", "CONTENT_HEADER_MAX", "ENTRY_LIMIT", "FILE_LIMIT_KIB", "TOO_MANY_FILES", "ExtractedFile",
    "Upload", "extract_files", "not_a_certificate", "safe_file_name", "upload_finding",
]  # fmt: skip

NESTING_MAX = 6  # such as a zip file in an email that was forwarded in winmail.dat of another
TOTAL_KIB = 512  # of all files that are read
ALL_UNPACKED_MAX = 3 * CONTAINER_LIMIT_KIB * 1024  # bytes of all files from all containers
PDF_LIMIT = 3  # PDF documents that are read in one upload; each needs a process

TOO_MANY_FILES = Finding("too_many_entries", params={"limit": ENTRY_LIMIT}, variant="all")

Extract = Callable[[ExtractedFile], Iterator[ExtractedFile | Finding]]
# The first bytes of containers, and what extracts their files.
BY_MAGIC: tuple[tuple[tuple[bytes, ...], Extract], ...] = (
    (ZIP, extract_zip),
    ((GZIP, BZIP2, *XZ), extract_packed),
    ((SEVEN_ZIP,), extract_seven_zip),
    ((TNEF,), extract_winmail),
    ((RTF,), extract_rtf),
)
# Containers whose files the partner would also get by unpacking them. An email or a document is not unpacked.
TEXT_CONTAINERS = {extract_email, extract_cms}  # whose texts are read as well
UNPACKED = {
    extract_zip,
    extract_packed,
    extract_seven_zip,
    extract_tar,
    extract_winmail,
    extract_msg,
    extract_uuencoded,
}


def extractor_of(data: bytes) -> Extract | None:
    """Return what extracts the files in a container; None if `data` is not a container that can be opened."""
    for magic, extract in BY_MAGIC:
        if data.startswith(magic):
            return extract
    if data.startswith(OLE):
        return extract_msg if is_outlook_message(data) else extract_ole_document
    if PDF in data[:PDF_HEAD]:
        return extract_pdf
    if is_email(data):
        return extract_email
    if is_tar(data):
        return extract_tar
    if is_calendar(data):
        return extract_calendar
    if split_uuencoded(data)[1]:
        return extract_uuencoded
    return extract_cms if _is_signed_container(data) else None


def _is_signed_container(data: bytes) -> bool:
    """Return whether `data` is encrypted, or signed with a content to be read; not a bundle of certificates (PKCS#7).

    Some authorities send a bundle with a few words in it.
    """
    content = content_to_open(data)
    if not content:
        return content is not None
    # What is in another CMS value is looked at when that is opened, so that each level is read once.
    if is_mime_entity(content) or content_type_of(content):
        return True
    return extractor_of(content) is not None or bool(read_contents(content[: FILE_LIMIT_KIB * 1024]).items)


class Extraction:
    """The files and findings so far, and how much was unpacked for them.

    Containers are opened one inside the other, so that only the files on the way to the present one are in memory.
    """

    def __init__(self, uploads: Sequence[Upload]):
        self.files: list[ExtractedFile] = []
        self.findings: list[Finding] = []
        self._open: list[Iterator[ExtractedFile | Finding]] = [
            iter([ExtractedFile(_display_name(upload), upload.data) for upload in uploads])
        ]
        self._total = self._entries = self._unpacked = self._pdfs = 0

    def run(self) -> None:
        """Read everything until a limit is reached."""
        while self._open:
            entry = next(self._open[-1], None)
            if entry is None:
                self._open.pop()
            elif isinstance(entry, Finding):
                self.findings.append(entry)
            elif not self._take(entry):
                self.findings.append(TOO_MANY_FILES)
                return

    def _take(self, file: ExtractedFile) -> bool:
        """Read one file. Return whether this was within the limits of all files together."""
        if file.depth:
            self._entries += 1
            self._unpacked += len(file.data)
        extract = None if file.is_email_body or file.document else extractor_of(file.data)
        self._pdfs += extract is extract_pdf
        refusal = _refuse(file, extract, self._pdfs)
        if refusal:
            self.findings.append(refusal)
        elif extract:
            return self._open_container(file, extract)
        elif len(self.files) >= ENTRY_LIMIT or self._total + len(file.data) > TOTAL_KIB * 1024:
            return False
        else:
            self._total += len(file.data)
            self.files.append(file)
        return self._unpacked <= ALL_UNPACKED_MAX

    def _open_container(self, file: ExtractedFile, extract: Extract) -> bool:
        if self._entries > ENTRY_LIMIT or self._unpacked > ALL_UNPACKED_MAX:
            return False
        if extract not in TEXT_CONTAINERS and contains_private_key(file.data):
            self.files.append(file)  # also a key that is in no file of the container is found
        self._open.append(_noting_unpacking(file, extract))
        return True


def _noting_unpacking(file: ExtractedFile, extract: Extract) -> Iterator[ExtractedFile | Finding]:
    """Yield the contents of a container, and a finding if they are files that the partner would also get."""
    has_files = False
    for entry in extract(file):
        has_files = has_files or not (isinstance(entry, Finding) or entry.is_email_body or entry.document)
        yield entry
    if has_files and extract in UNPACKED:
        yield upload_finding("bundle_unpacked", file.name)


def extract_files(uploads: Sequence[Upload]) -> tuple[list[ExtractedFile], list[Finding]]:
    """Return the files in `uploads` and in their containers, and the findings about files that are not read."""
    extraction = Extraction(uploads)
    extraction.run()
    return extraction.files, extraction.findings


def _display_name(upload: Upload) -> str:
    return safe_file_name(upload.name) or (UNNAMED_FILE if upload.name else "")


def _refuse(file: ExtractedFile, extract: Extract | None, pdfs: int) -> Finding | None:
    """Return why a file is not read at all; None if it is."""
    if not extract and not file.data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return None if file.is_email_body or file.document else upload_finding("file_empty", file.name)
    if extract and file.depth >= NESTING_MAX:
        return not_a_certificate(file.name, FileType.ARCHIVE)
    if extract is extract_pdf and pdfs > PDF_LIMIT:
        return not_a_certificate(file.name, FileType.PDF)
    limit = CONTAINER_LIMIT_KIB if extract else FILE_LIMIT_KIB
    if len(file.data) <= limit * 1024:
        return None
    file_type = detect_file_type(file.data[: CONTAINER_LIMIT_KIB * 1024])
    if file_type not in (FileType.TEXT, FileType.UNKNOWN, FileType.DAMAGED_ZIP):
        return not_a_certificate(file.name, file_type)
    return too_large(file.name, limit)
