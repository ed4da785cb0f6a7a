"""Uploads, the files extracted from them, the limits of both, and the findings about files."""

import re
import unicodedata
from dataclasses import dataclass

from onboarding.messages.finding import Finding
from onboarding.messages.findings.uploads import UPLOAD_FINDINGS
from onboarding.messages.text import Params
from onboarding.pki.intake.file_types import FileType

FILE_LIMIT_KIB = 64
CONTAINER_LIMIT_KIB = 1024  # of a container or a document, also of one inside another
ENTRY_LIMIT = 50  # files in one container, and in all of them together
UNPACKED_MAX = 4 * CONTAINER_LIMIT_KIB * 1024  # bytes of all files that are read from one container
RATIO_MAX = 100  # unpacked size divided by packed size; text is packed to about a fifth
FILE_NAME_MAX = 80
UNNAMED_FILE = "file"  # the name of a file whose own name has only control characters


@dataclass(frozen=True)
class Upload:
    """An uploaded file, or pasted text; pasted text has an empty `name`."""

    name: str
    data: bytes


@dataclass(frozen=True)
class ExtractedFile:
    """A file after extraction from its containers; pasted text has an empty `name`.

    `depth` is the number of containers around it. `is_email_body` marks the text of an email, as opposed to an
    attachment. `document` is the type of the document whose text this is; None for every other file.
    """

    name: str
    data: bytes
    depth: int = 0
    is_email_body: bool = False
    document: FileType | None = None

    def path_of(self, name: str) -> str:
        """Return the path of the file `name` in this container, such as certificates.zip/ca.pem."""
        return f"{self.name}/{name}" if self.name else name

    def extracted(self, path: str, data: bytes) -> "ExtractedFile":
        """Return the file `path` that was in this container."""
        return ExtractedFile(self.path_of(safe_file_name(path) or UNNAMED_FILE), data, self.depth + 1)

    def email_body(self, data: bytes) -> "ExtractedFile":
        """Return a text of this email; a long conversation is truncated."""
        return ExtractedFile(self.name, data[: FILE_LIMIT_KIB * 1024], self.depth + 1, is_email_body=True)

    def document_text(self, data: bytes, document: FileType) -> "ExtractedFile":
        """Return the text of this document, truncated to the size that is read."""
        return ExtractedFile(self.name, data[: FILE_LIMIT_KIB * 1024], self.depth + 1, document=document)


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


def too_many_entries(file: ExtractedFile) -> Finding:
    """Return the finding about a container with too many files, or with too large ones."""
    return upload_finding("too_many_entries", file.name, params={"limit": ENTRY_LIMIT})


def too_large(name: str, limit: int = CONTAINER_LIMIT_KIB) -> Finding:
    """Return the finding about a file of more than `limit` KiB."""
    return upload_finding("file_too_large", name, params={"limit": limit})


def safe_file_name(path: str) -> str:
    """Return the last part of a path of any system, without control characters, at most FILE_NAME_MAX characters."""
    last = re.split(r"[\\/]", path.rstrip("\\/"))[-1]
    name = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return name if len(name) <= FILE_NAME_MAX else f"{name[: FILE_NAME_MAX - 1]}…"
