"""Detection of the type of a file that contains no certificate."""

import re
from enum import StrEnum

from onboarding.pki.intake.private_keys import JAVA_KEYSTORES
from onboarding.pki.intake.text import decode_text

FILE_HEAD = 4096  # bytes at the beginning of a file that show its type

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Outlook messages and old Office documents
OUTLOOK_STREAM = "__substg1.0_".encode("utf-16-le")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the latter is an empty zip file
GZIP = b"\x1f\x8b\x08"
BZIP2 = b"BZh"
XZ = (b"\xfd7zXZ\x00", b"\x5d\x00\x00")  # the latter is the older .lzma
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
TNEF = bytes.fromhex("789f3e22")  # winmail.dat
PDF = b"%PDF-"
PDF_HEAD = 1024  # bytes in which a PDF document begins; readers accept other bytes before it
RTF = b"{\\rtf"


class FileType(StrEnum):
    """What a file is instead of a certificate. The value is the variant of the finding about it."""

    ARCHIVE = "archive"  # one that we don't unpack
    CRL = "crl"
    DAMAGED_ARCHIVE = "damaged_archive"
    DAMAGED_CMS = "damaged_cms"
    DAMAGED_ZIP = "damaged_zip"
    DOCUMENT = "document"  # of an office program other than Word
    EMAIL = "email"  # without a certificate
    EMPTY_PKCS7 = "empty_pkcs7"
    ENCRYPTED_ARCHIVE = "encrypted_archive"
    ENCRYPTED_DOCUMENT = "encrypted_document"
    ENCRYPTED_EMAIL = "encrypted_email"  # with S/MIME
    ENCRYPTED_PDF = "encrypted_pdf"
    ENCRYPTED_ZIP = "encrypted_zip"
    JAVA_KEYSTORE = "java_keystore"  # without a private key
    LINK = "link"
    OTHER_ZIP = "other_zip"  # packed in a way that we can't unpack
    OUTLOOK_DATA = "outlook_data"
    OUTLOOK_EMAIL = "outlook_email"
    PARAMETERS = "parameters"  # of a cryptographic algorithm
    PDF = "pdf"
    PGP_KEY = "pgp_key"
    PGP_MESSAGE = "pgp_message"
    PGP_SIGNATURE = "pgp_signature"
    PICTURE = "picture"
    PROGRAM = "program"
    PROTECTED_EMAIL = "protected_email"  # with Microsoft Purview
    PUBLIC_KEY = "public_key"
    RTF_DOCUMENT = "rtf_document"
    SHORTCUT = "shortcut"
    SIGN_IN_PAGE = "sign_in_page"
    TEXT = "text"
    UNKNOWN = "unknown"
    WEB_PAGE = "web_page"
    WINMAIL = "winmail"
    WORD_DOCUMENT = "word_document"


ARCHIVES = (
    GZIP, BZIP2, XZ[0], XZ[1], SEVEN_ZIP,
    b"Rar!", b"MSCF", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"LZIP", b"\x1f\x9d", b"\x1f\xa0", b"\x60\xea", b"xar!",
    b"!<arch>\n", b"070701", b"070702", b"070707", b"\xc7\x71",
)  # fmt: skip
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
    (RTF, FileType.RTF_DOCUMENT),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", FileType.DOCUMENT),  # OneNote
    *((magic, FileType.ARCHIVE) for magic in ARCHIVES),
    (TNEF, FileType.WINMAIL),
    (b"!BDN", FileType.OUTLOOK_DATA),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", FileType.PROTECTED_EMAIL),
    (b"MZ", FileType.PROGRAM),
    (b"\x7fELF", FileType.PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02", FileType.SHORTCUT),
    (b"[InternetShortcut]", FileType.SHORTCUT),
)
# The tag and the version (of compressed data: the algorithm) of the first packet, and what the file is.
PGP_PACKETS: dict[tuple[int, int], FileType] = {
    **{(1, version): FileType.PGP_MESSAGE for version in (3, 6)},  # for a public key
    **{(3, version): FileType.PGP_MESSAGE for version in (4, 5, 6)},  # for a password
    **{(4, version): FileType.PGP_MESSAGE for version in (3, 6)},  # signed
    **{(8, algorithm): FileType.PGP_MESSAGE for algorithm in (1, 2, 3)},
    **{(2, version): FileType.PGP_SIGNATURE for version in (3, 4, 6)},
    **{(6, version): FileType.PGP_KEY for version in (4, 6)},
}
PLAIN_TEXT = re.compile(r"[\s -~\u00a0-\uffff]*")
HTML_SIGNS = ("<!doctype html", "<html", "<head", "<body", "<script")
# Root elements of other XML files: office documents in a single file, and drawings.
XML_SIGNS = {
    "<office:document": FileType.DOCUMENT,
    "<w:worddocument": FileType.WORD_DOCUMENT,
    "<pkg:package": FileType.WORD_DOCUMENT,
    "<svg": FileType.PICTURE,
}
PGP_SIGNS = {
    "-----begin pgp message": FileType.PGP_MESSAGE,  # not shown: searched for
    "-----begin pgp signature": FileType.PGP_SIGNATURE,  # not shown: searched for
    "-----begin pgp public key": FileType.PGP_KEY,  # not shown: searched for
}
# A signature follows it; the text itself is readable.
PGP_SIGNED_TEXT = "-----begin pgp signed message"  # not shown: searched for
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
    if PDF in head[:PDF_HEAD]:
        return FileType.PDF
    return _detect_pgp_packet(head) or _detect_text_type(head)


def _detect_pgp_packet(head: bytes) -> FileType | None:
    """Return the type of a file that begins with an OpenPGP packet (RFC 9580, 4.2); None if it does not."""
    if len(head) < 16 or not head[0] & 0x80:
        return None
    if head[0] & 0x40:
        tag, start = head[0] & 0x3F, 2 if head[1] < 192 or head[1] >= 224 else 3 if head[1] < 224 else 6
    else:
        tag, start = head[0] >> 2 & 0x0F, 1 + (1, 2, 4, 0)[head[0] & 3]
    return PGP_PACKETS.get((tag, head[start]))


def _detect_text_type(head: bytes) -> FileType:
    text, _ = decode_text(head)
    lowered = text.lower()
    if PGP_SIGNED_TEXT not in lowered:
        for sign, file_type in PGP_SIGNS.items():
            if sign in lowered:
                return file_type
    if any(sign in lowered for sign in HTML_SIGNS):
        return FileType.SIGN_IN_PAGE if SIGN_IN.search(lowered) else FileType.WEB_PAGE
    for sign, file_type in XML_SIGNS.items():
        if sign in lowered:
            return file_type
    if ADDRESS.fullmatch(text):
        return FileType.LINK
    return FileType.TEXT if _is_text(head) else FileType.UNKNOWN


def _is_text(head: bytes) -> bool:
    return PLAIN_TEXT.fullmatch(decode_text(head)[0].rstrip("\ufffd")) is not None
