"""Saved mails (.eml, RFC 5322 and MIME), opened within bounds into their texts and attachments."""

import email
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from onboarding.pki.findings import Finding
from onboarding.pki.pieces import ENTRY_LIMIT, FILE_LIMIT_KIB, Leaf, plain_name

HEAD = 8 * 1024  # bytes in which a mail's headers show
HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]", re.MULTILINE)
MAIL_HEADERS = {
    b"from", b"to", b"subject", b"date", b"mime-version", b"content-type", b"received", b"return-path", b"message-id",
    b"delivered-to", b"reply-to", b"content-transfer-encoding",
}  # fmt: skip
BOUNDARIES_MAX = 25  # multiparts declared in one mail
EFFORT_MAX = 200_000  # multiparts times lines: the parser compares each line with each of them
HEADERS_MAX = 64 * 1024  # bytes
DIVIDERS_MAX = 500  # lines that begin as boundaries do
SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}


def is_mail(data: bytes) -> bool:
    """Whether `data` begins as a mail does: with headers, at least two of which only mails have."""
    head = data[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    headers = re.split(rb"\r?\n\r?\n|\r\r", head)[0]
    if not (HEADER.match(headers) or headers.startswith(b"From ")):
        return False
    return len({name.lower() for name in HEADER.findall(headers)} & MAIL_HEADERS) >= 2


def opened_mail(leaf: Leaf) -> Iterator[Leaf | Finding]:
    """The texts and attachments of the mail `leaf`; without the signature of a signed mail. Never raises."""
    data = leaf.data.removeprefix(b"\xef\xbb\xbf").lstrip()
    boundaries = len(re.findall(rb"boundary\s{0,9}=", data, re.IGNORECASE))
    effort = (boundaries + 1) * data.count(b"\n")
    headers = re.split(rb"\r?\n\r?\n|\r\r", data, maxsplit=1)[0]
    if len(headers) > HEADERS_MAX:
        yield Finding("mail_damaged", found=leaf.name)
        return
    if boundaries > BOUNDARIES_MAX or effort > EFFORT_MAX or data.count(b"\n--") > DIVIDERS_MAX:
        yield Finding("too_many_entries", found=leaf.name, context={"limit": ENTRY_LIMIT})
        return
    try:
        yield from _parts(leaf, email.message_from_bytes(data))
    except (MessageError, ValueError, LookupError, RecursionError, TypeError, AttributeError):
        yield Finding("mail_damaged", found=leaf.name)


def _parts(leaf: Leaf, message: Message) -> Iterator[Leaf | Finding]:
    for number, part in enumerate(message.walk()):
        if number >= 2 * ENTRY_LIMIT:
            yield Finding("too_many_entries", found=leaf.name, context={"limit": ENTRY_LIMIT})
            return
        if part.is_multipart():
            continue
        if part.get_content_type() in SIGNATURES or _name_of(part) == "smime.p7s":
            yield Finding("mail_signature", found=leaf.name)
            continue
        yield _leaf_of(leaf, part)


def _leaf_of(leaf: Leaf, part: Message) -> Leaf | Finding:
    named = _name_of(part)
    name = f"{plain_name(named)} in {leaf.name}" if named else leaf.name
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
        return Finding("file_too_large", found=name, context={"limit": limit})
    return leaf.inner(name, data, in_mail=not named)


def _name_of(part: Message) -> str:
    """The attachment's file name, decoded where it is encoded (RFC 2047, RFC 2231); empty for a text."""
    try:
        return str(make_header(decode_header(part.get_filename("") or "")))
    except (ValueError, LookupError, MessageError):
        return "attachment"
