"""Detection of the type of a file that contains no certificate."""

import re
from enum import StrEnum

from onboarding.pki.intake.private_keys import JAVA_KEYSTORES
from onboarding.pki.intake.text import decode_text

FILE_HEAD = 4096  # bytes at the beginning of a file that show its type

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Outlook messages and old Office documents
OUTLOOK_STREAM = "__substg1.0_".encode("utf-16-le")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the latter is an empty zip file


class FileType(StrEnum):
    """What a file is instead of a certificate. The value is the variant of the finding about it."""

    ARCHIVE = "archive"  # one that we don't unpack
    CRL = "crl"
    DAMAGED_ZIP = "damaged_zip"
    EMAIL = "email"  # without a certificate
    EMPTY_PKCS7 = "empty_pkcs7"
    ENCRYPTED_ZIP = "encrypted_zip"
    JAVA_KEYSTORE = "java_keystore"  # without a private key
    LINK = "link"
    OUTLOOK_EMAIL = "outlook_email"
    PARAMETERS = "parameters"  # of a cryptographic algorithm
    PDF = "pdf"
    PICTURE = "picture"
    PROGRAM = "program"
    PUBLIC_KEY = "public_key"
    SHORTCUT = "shortcut"
    SIGN_IN_PAGE = "sign_in_page"
    TEXT = "text"
    UNKNOWN = "unknown"
    WEB_PAGE = "web_page"
    WINMAIL = "winmail"
    WORD_DOCUMENT = "word_document"


MAGIC_NUMBERS: tuple[tuple[bytes, FileType], ...] = (
    (b"%PDF", FileType.PDF),
    (b"\x89PNG", FileType.PICTURE),
    (b"\xff\xd8\xff", FileType.PICTURE),
    (b"GIF8", FileType.PICTURE),
    (b"BM", FileType.PICTURE),
    (b"II*\x00", FileType.PICTURE),
    (b"MM\x00*", FileType.PICTURE),
    (b"RIFF", FileType.PICTURE),
    (b"\x00\x00\x00\x18ftyp", FileType.PICTURE),
    (b"\x00\x00\x00\x1cftyp", FileType.PICTURE),
    (b"{\\rtf", FileType.WORD_DOCUMENT),
    (b"\x1f\x8b", FileType.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", FileType.ARCHIVE),
    (b"Rar!", FileType.ARCHIVE),
    (b"BZh", FileType.ARCHIVE),
    (b"\xfd7zXZ", FileType.ARCHIVE),
    (b"MSCF", FileType.ARCHIVE),
    (b"\x78\x9f\x3e\x22", FileType.WINMAIL),
    (b"MZ", FileType.PROGRAM),
    (b"\x7fELF", FileType.PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02", FileType.SHORTCUT),
    (b"[InternetShortcut]", FileType.SHORTCUT),
)
PLAIN_TEXT = re.compile(r"[\s -~\u00a0-\uffff]*")
HTML_SIGNS = ("<!doctype html", "<html", "<head", "<body", "<?xml", "<script")
SIGN_IN = re.compile(r"type\s*=\s*[\"']?password|sign[ -]?in|log[ -]?in|s.identifier|connexion", re.IGNORECASE)
ADDRESS = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)


def detect_file_type(data: bytes) -> FileType:
    """Return the type of a file that contains no certificate. Reads little more than its beginning."""
    head = data[:FILE_HEAD]
    for magic, file_type in MAGIC_NUMBERS:
        # Two letters are too little to tell a binary format from a text.
        if head.startswith(magic) and not (len(magic) == 2 and magic.isalpha() and _is_text(head)):
            return file_type
    if head.startswith(OLE):
        return FileType.OUTLOOK_EMAIL if OUTLOOK_STREAM in data else FileType.WORD_DOCUMENT
    if head.startswith(ZIP):
        return FileType.DAMAGED_ZIP
    if data.startswith(JAVA_KEYSTORES):
        return FileType.JAVA_KEYSTORE
    return _detect_text_type(head)


def _detect_text_type(head: bytes) -> FileType:
    text, _ = decode_text(head)
    lowered = text.lower()
    if any(sign in lowered for sign in HTML_SIGNS):
        return FileType.SIGN_IN_PAGE if SIGN_IN.search(lowered) else FileType.WEB_PAGE
    if ADDRESS.fullmatch(text):
        return FileType.LINK
    return FileType.TEXT if _is_text(head) else FileType.UNKNOWN


def _is_text(head: bytes) -> bool:
    return PLAIN_TEXT.fullmatch(decode_text(head)[0].rstrip("\ufffd")) is not None
