"""What a file is that is no certificate, in words for the person who sent it, and what to send instead."""

import re
from dataclasses import dataclass

from onboarding.messages.finding import Finding
from onboarding.pki.intake.text import decode_text

FILE_HEAD = 4096  # bytes that are enough to tell what a file is

OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Outlook messages and old Office documents
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the latter is an empty one
JAVA_KEYSTORES = (bytes.fromhex("feedfeed"), bytes.fromhex("cececece"))
SEND_FILES = "Hand in the certificate files from Stellantis’ mail."


@dataclass(frozen=True)
class FileType:
    """What something is (“a PDF document”), and the next action."""

    what: str
    mend: str = SEND_FILES


WEB_PAGE = FileType("a web page", "Open the link in Stellantis’ mail and save the file that it leads to.")
LOGIN_PAGE = FileType(
    "a web page that asks to sign in",
    "Open the link in Stellantis’ mail, sign in there, and save the file that it then offers.",
)
PDF = FileType("a PDF document", "Attach the files to this page instead of printing the mail.")
PICTURE = FileType("a picture", "A screenshot can’t be read: save the certificate as a file, or copy its text.")
WORD = FileType("a Word document", "Copy the text from -----BEGIN to END----- out of it, and paste it below.")
OUTLOOK = FileType(
    "a mail as Outlook saves it (.msg)",
    "Open it in Outlook and save its attachments, or save the mail as .eml; then hand those in.",
)
WINMAIL = FileType(
    "an attachment that only Outlook can open (winmail.dat)",
    "Open the mail in Outlook and save what is attached, or ask your contact to send the files in a zip.",
)
ARCHIVE = FileType("an archive of a kind that we don’t open", "Unpack it, and hand in the files in it.")
LOCKED_ZIP = FileType(
    "a zip file with a password", "Unpack it with the password from the mail, and hand in the files in it."
)
BROKEN_ZIP = FileType("a damaged zip file", "Download it again, or unpack it yourself and hand in the files in it.")
TRUST_STORE = FileType(
    "a Java keystore", "Export the certificates with keytool -exportcert -rfc -alias NAME, and hand in what it prints."
)
PUBLIC_KEY = FileType(
    "a public key", "Your certificate has that key in it, signed by Stellantis: hand in the certificate."
)
CRL = FileType("a list of revoked certificates (CRL)")
SHORTCUT = FileType("a shortcut to a web page", "Open it, and save the file that it leads to.")
PROGRAM = FileType("a program")
TEXT = FileType(
    "only text",
    "Hand in the file that the mail links to, or copy the text from -----BEGIN CERTIFICATE----- to "
    "-----END CERTIFICATE-----.",
)
MAIL = FileType(
    "only a mail",
    "Open the link in it, save the files that it leads to, and hand those in.",
)
EMPTY_BUNDLE = FileType("an empty bundle (PKCS#7)", "Download the certificate itself from Stellantis’ mail.")
LINK = FileType("only a link", "Open it, save the file that it leads to, and hand that in.")
BINARY = FileType("a file of a kind that we don’t know")
PEM_OTHER = FileType("a file of cryptographic parameters")

MAGIC: tuple[tuple[bytes, FileType], ...] = (
    (b"%PDF", PDF),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"BM", PICTURE),
    (b"II*\x00", PICTURE),
    (b"MM\x00*", PICTURE),
    (b"RIFF", PICTURE),
    (b"\x00\x00\x00\x18ftyp", PICTURE),
    (b"\x00\x00\x00\x1cftyp", PICTURE),
    (b"{\\rtf", WORD),
    (b"\x1f\x8b", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ", ARCHIVE),
    (b"MSCF", ARCHIVE),
    (b"\x78\x9f\x3e\x22", WINMAIL),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02", SHORTCUT),
    (b"[InternetShortcut]", SHORTCUT),
)
PLAIN_TEXT = re.compile(r"[\s -~\u00a0-\uffff]*")
HTML_SIGNS = ("<!doctype html", "<html", "<head", "<body", "<?xml", "<script")
SIGN_IN = re.compile(r"type\s*=\s*[\"']?password|sign[ -]?in|log[ -]?in|s.identifier|connexion", re.IGNORECASE)
ADDRESS = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)


def detect_file_type(data: bytes) -> FileType:
    """The kind of a file in which no certificate was found. Looks at its beginning only."""
    head = data[:FILE_HEAD]
    for magic, kind in MAGIC:
        if head.startswith(magic) and not (len(magic) == 2 and magic.isalpha() and _is_text(head)):
            return kind
    if head.startswith(OLE):
        return OUTLOOK if "__substg1.0_".encode("utf-16-le") in data else WORD
    if head.startswith(ZIP):
        return BROKEN_ZIP
    if data.startswith(JAVA_KEYSTORES):
        return TRUST_STORE
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> FileType:
    text, _ = decode_text(head)
    lowered = text.lower()
    if any(sign in lowered for sign in HTML_SIGNS):
        return LOGIN_PAGE if SIGN_IN.search(lowered) else WEB_PAGE
    if ADDRESS.fullmatch(text):
        return LINK
    return TEXT if _is_text(head) else BINARY


def _is_text(head: bytes) -> bool:
    return PLAIN_TEXT.fullmatch(decode_text(head)[0].rstrip("\ufffd")) is not None


def not_a_certificate(name: str, kind: FileType) -> Finding:
    """The finding for a piece that was recognised as something else."""
    return Finding("not_a_certificate", found=name, params={"what": kind.what, "mend": kind.mend})
