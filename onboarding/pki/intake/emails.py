"""Extracting the texts and attachments of saved emails and mailbox files (RFC 5322, RFC 2045, RFC 4155)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32

from onboarding.messages.finding import Finding
from onboarding.pki.intake.calendars import extract_calendar, is_calendar
from onboarding.pki.intake.files import (
    CONTAINER_LIMIT_KIB,
    ENTRY_LIMIT,
    FILE_LIMIT_KIB,
    ExtractedFile,
    too_large,
    too_many_entries,
    upload_finding,
)
from onboarding.pki.intake.text import decode_charset, decode_utf_16
from onboarding.pki.intake.uuencoded import split_uuencoded

HEADERS_MAX = 256 * 1024  # bytes of the headers before the first blank line; gateways add dozens of long ones
EMAIL_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,60}):(?=[ \t\r\n])", re.MULTILINE)
EMAIL_HEADERS = {
    b"from", b"to", b"subject", b"date", b"mime-version", b"content-type", b"received", b"return-path", b"message-id",
    b"delivered-to", b"reply-to", b"content-transfer-encoding", b"content-disposition", b"dkim-signature", b"arc-seal",
    b"arc-message-signature", b"arc-authentication-results", b"authentication-results", b"received-spf",
    b"x-mozilla-status", b"x-received", b"thread-topic", b"x-gm-thrid",
}  # fmt: skip
CHUNK = 8192  # bytes
BOUNDARIES_MAX = 60  # multiparts declared in one email
LINES_MAX = 60_000  # each needs memory of its own; base64 has 14,000 lines in a mebibyte
PART_HEADERS_MAX = 20_000  # lines that look like a header
EFFORT_MAX = 600_000  # multiparts times lines: the parser compares each line with each boundary
CONTENT_HEADER_MAX = 4 * 1024  # characters of one header with parameters; the parser needs quadratic time for them
DELIMITERS_MAX = 500  # lines that begin like a boundary
BOUNDARY = re.compile(rb"boundary[\s\x1c-\x1f*0-9]*+=", re.IGNORECASE)  # also in the form of RFC 2231, boundary*0*=
LINE_BREAK = re.compile(rb"\r\n?|\n")
BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
DELIMITER = re.compile(rb"[\r\n]--")
SIGNATURE_TYPES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
# Parts that tell the mail program something: the version of PGP/MIME (RFC 3156), which delivery failed (RFC 3464).
SILENT_TYPES = {"application/pgp-encrypted", "message/delivery-status", "message/disposition-notification"}
PGP_VERSION = re.compile(rb"\s*Version: 1\s*")
ENCODINGS = {"base64", "quoted-printable", "x-uuencode", "uuencode", "uue"}
APPLE_LENGTH = re.compile(rb"\s*(\d{1,8})[ \t]*\r?\n(?=[A-Za-z][A-Za-z0-9-]{1,60}:|From )")
ENVELOPE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]{1,300}\r?\n(?=>?[A-Za-z][A-Za-z0-9-]{1,60}:)")


class EncodedMessage(Message):
    """A message part. An attached message that is encoded, which RFC 2046 forbids, is kept as data to be decoded."""

    def get_content_maintype(self) -> str:
        """Return the part of the content type before the slash, by which the parser looks for messages inside."""
        maintype = super().get_content_maintype()
        is_encoded = str(self.get("content-transfer-encoding", "")).strip().lower() in ENCODINGS
        return "application" if maintype == "message" and is_encoded else maintype


class BoundedPolicy(Compat32):
    """The usual policy of the email parser, with a limit for the headers whose parameters it reads."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and the value of a header. Raise MessageError if it is too long."""
        is_content_header = sourcelines[0][:8].lower() == "content-"
        if is_content_header and sum(map(len, sourcelines)) > CONTENT_HEADER_MAX:
            raise MessageError("a header is too long")
        return super().header_source_parse(sourcelines)


PARSER_POLICY = BoundedPolicy(message_factory=EncodedMessage)


def is_email(data: bytes) -> bool:
    """Return whether `data` begins with headers, at least two of which are headers of an email (RFC 5322)."""
    return len(_header_names(data) & EMAIL_HEADERS) >= 2


def is_mime_entity(data: bytes) -> bool:
    """Return whether `data` begins with the headers of an email or of a part of one, such as the content of S/MIME."""
    return b"content-type" in _header_names(data)


def _header_names(data: bytes) -> set[bytes]:
    head = decode_utf_16(data[:HEADERS_MAX]).removeprefix(b"\xef\xbb\xbf").lstrip()
    length = APPLE_LENGTH.match(head)
    head = head[length.end() :] if length else head
    if not (EMAIL_HEADER.match(head) or head.startswith(b"From ")):
        return set()
    blank = BLANK_LINE.search(head)
    return {name.lower() for name in EMAIL_HEADER.findall(head, 0, blank.start() if blank else len(head))}


def extract_email(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the texts and attachments of the email `file`, without the signature of a signed email. Never raises.

    A mailbox file has several emails, which are yielded one by one.
    """
    data = decode_utf_16(file.data).removeprefix(b"\xef\xbb\xbf").lstrip()
    length = APPLE_LENGTH.match(data)  # Apple Mail writes the length before the email, and properties after it
    if length:
        data = data[length.end() : length.end() + int(length[1])]
    starts = [envelope.start() for envelope in ENVELOPE.finditer(data)] if data.startswith(b"From ") else []
    if len(starts) > ENTRY_LIMIT:
        yield too_many_entries(file)
    elif len(starts) > 1:
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            yield ExtractedFile(file.name, data[start:end], file.depth + 1)
    else:
        yield from _extract_message(file, data)


def extract_uuencoded(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the uuencoded files in a text, and the rest of it. Never raises."""
    yield from _extract_text(file, file.data, "")


def _extract_message(file: ExtractedFile, data: bytes) -> Iterator[ExtractedFile | Finding]:
    boundaries = len(BOUNDARY.findall(data))
    lines = sum(1 for _ in LINE_BREAK.finditer(data))
    headers = sum(1 for _ in EMAIL_HEADER.finditer(data))
    blank = BLANK_LINE.search(data)
    if (blank.start() if blank else len(data)) > HEADERS_MAX:
        yield upload_finding("mail_damaged", file.name)
        return
    is_large = lines > LINES_MAX or headers > PART_HEADERS_MAX or (boundaries + 1) * lines > EFFORT_MAX
    if is_large or boundaries > BOUNDARIES_MAX or sum(1 for _ in DELIMITER.finditer(data)) > DELIMITERS_MAX:
        yield too_many_entries(file)
        return
    try:
        # A list, so that the parsed message is not kept while its attachments are read.
        yield from list(_extract_parts(file, _parse(data)))
    except (MessageError, ValueError, LookupError, RecursionError, TypeError, AttributeError):
        yield upload_finding("mail_damaged", file.name)


def _parse(data: bytes) -> Message:
    """Return the parsed email. In chunks, because email.message_from_bytes takes four times the memory of the email."""
    parser = BytesFeedParser(policy=PARSER_POLICY)
    for start in range(0, len(data), CHUNK):
        parser.feed(data[start : start + CHUNK])
    return parser.close()


def _extract_parts(file: ExtractedFile, message: Message) -> Iterator[ExtractedFile | Finding]:
    for number, part in enumerate(message.walk()):
        if number >= 2 * ENTRY_LIMIT:
            yield too_many_entries(file)
            return
        if part.is_multipart() or part.get_content_type() in SILENT_TYPES:
            continue
        if part.get_content_type() in SIGNATURE_TYPES or _attachment_name(part) == "smime.p7s":
            yield upload_finding("mail_signature", file.name)
            continue
        yield from _extract_part(file, part)


def _extract_part(file: ExtractedFile, part: Message) -> Iterator[ExtractedFile | Finding]:
    attachment = _attachment_name(part)
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if PGP_VERSION.fullmatch(data):
        return
    if part.get_content_maintype() == "text" and not attachment:
        yield from _extract_text(file, data, part.get_content_charset("") or "")
    elif not data and not attachment:
        return  # what follows the address of a file elsewhere (message/external-body)
    elif len(data) > CONTAINER_LIMIT_KIB * 1024:
        yield too_large(file.path_of(attachment))
    else:
        yield file.extracted(attachment or UNNAMED_ATTACHMENT, data)


def _extract_text(file: ExtractedFile, data: bytes, charset: str) -> Iterator[ExtractedFile | Finding]:
    """Yield a text of the email, and the files in it."""
    text, files = split_uuencoded(data)
    for name, contents in files[:ENTRY_LIMIT]:
        yield file.extracted(name, contents)
    if len(files) > ENTRY_LIMIT:
        yield too_many_entries(file)
    # At most four bytes for each character that is kept.
    if is_calendar(decode_charset(text[:400], charset)):
        yield from extract_calendar(replace(file, data=decode_charset(text, charset)))
    else:
        yield file.email_body(decode_charset(text[: 4 * FILE_LIMIT_KIB * 1024], charset))


UNNAMED_ATTACHMENT = "attachment"


def _attachment_name(part: Message) -> str:
    """Return the file name of an attachment, decoded (RFC 2047, RFC 2231); empty for a text."""
    try:
        return str(make_header(decode_header(part.get_filename("") or "")))
    except (ValueError, LookupError, MessageError):
        return UNNAMED_ATTACHMENT
