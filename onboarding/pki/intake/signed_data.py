"""Taking the content out of signed data (CMS, RFC 5652), and telling what is encrypted.

The library returns only the certificates, and its decoder refuses BER, which mail programs write. No signature is
verified: the certificates are checked for themselves, whoever sent them.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from onboarding.messages.finding import Finding
from onboarding.pki.der import OID, SEQUENCE, length_of
from onboarding.pki.intake.emails import extract_email, is_mime_entity
from onboarding.pki.intake.file_types import FileType
from onboarding.pki.intake.files import (
    CONTAINER_LIMIT_KIB,
    ExtractedFile,
    not_a_certificate,
    upload_finding,
)
from onboarding.pki.intake.unpacking import TooLargeError, unpack_zlib

PKCS7_TYPES = bytes.fromhex("2a864886f70d0107")
SMIME_TYPES = bytes.fromhex("2a864886f70d01091001")
DATA, SIGNED, DIGESTED = PKCS7_TYPES + b"\x01", PKCS7_TYPES + b"\x02", PKCS7_TYPES + b"\x05"
COMPRESSED = SMIME_TYPES + b"\x09"  # RFC 3274
ENCRYPTED_TYPES = {PKCS7_TYPES + b"\x03", PKCS7_TYPES + b"\x06", SMIME_TYPES + b"\x17"}  # enveloped, and RFC 5083
# Values before the content: version and algorithms.
VALUES_BEFORE = {SIGNED: 2, DIGESTED: 2, COMPRESSED: 2}
CONSTRUCTED_OCTETS = 0x24
END_OF_CONTENTS = b"\x00\x00"
ARMOR = re.compile(rb"\s*-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----([A-Za-z0-9+/=\s]+)-----END")
BASE64_START = re.compile(rb"\s*M[A-P][A-Za-z0-9+/]{2,10}(?:GCSqGSIb3DQ|YJKoZIhvcN|BgkqhkiG9w0)")
BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
SIGNED_SUFFIX = re.compile(r"\.(?:p7m|p7s|p7)$", re.IGNORECASE)


def decode_cms(data: bytes) -> bytes:
    """Return the CMS value in a file that contains nothing else: binary, in PEM, or base64; empty if there is none."""
    armored = ARMOR.match(data) or (BASE64.fullmatch(data) if BASE64_START.match(data) else None)
    if armored:
        try:
            data = base64.b64decode(armored[armored.re.groups])
        except binascii.Error:
            return b""
    return data if content_type_of(data) else b""


def content_type_of(data: bytes) -> bytes:
    """Return the contents of the OID that a CMS value begins with; empty if `data` is something else."""
    try:
        start = length_of(data)[0] if data[:1] == bytes([SEQUENCE]) else len(data)
        if data[start : start + 1] != bytes([OID]):
            return b""
        first, end = length_of(data, start)
    except ValueError:
        return b""
    oid = data[first:end]
    return oid if oid.startswith((PKCS7_TYPES, SMIME_TYPES)) else b""


def content_of(data: bytes) -> bytes:
    """Return the content of a CMS value of a type that is not encrypted; empty if it has none (ValueError: damaged)."""
    oid = content_type_of(data)
    offset = _inside(data, _end_of(data, _inside(data, 0)))  # in the [0] after the OID
    if oid in VALUES_BEFORE:
        offset = _inside(data, offset)
        for _ in range(VALUES_BEFORE[oid]):
            offset = _end_of(data, offset)
        end = length_of(data, offset)[1]
        offset = _end_of(data, _inside(data, offset))  # behind the OID of the content
        if offset >= min(end, len(data)) or data[offset : offset + 2] == END_OF_CONTENTS:
            return b""
        offset = _inside(data, offset)
    return _octets(data, offset)


def _inside(data: bytes, offset: int) -> int:
    return length_of(data, offset)[0]


def _end_of(data: bytes, offset: int) -> int:
    """Return the offset after the value at `offset`, of which each length may be indefinite (ValueError: damaged)."""
    open_values = 0
    while True:
        if open_values and data[offset : offset + 2] == END_OF_CONTENTS:
            open_values -= 1
            offset += 2
        else:
            start, end = length_of(data, offset)
            is_indefinite = data[offset + 1] == 0x80
            open_values += is_indefinite
            offset = start if is_indefinite else end
        if not open_values:
            return offset


def _octets(data: bytes, offset: int) -> bytes:
    """Return the contents of an OCTET STRING, which may consist of several (ValueError: damaged)."""
    if data[offset : offset + 1] != bytes([CONSTRUCTED_OCTETS]):
        start, end = length_of(data, offset)
        return data[start:end]
    end = _end_of(data, offset)
    parts = []
    while offset < min(end, len(data)):
        start, value_end = length_of(data, offset)
        if data[offset] == CONSTRUCTED_OCTETS:
            offset = start
            continue
        parts.append(data[start:value_end])
        offset = value_end
    return b"".join(parts)


def extract_cms(file: ExtractedFile) -> Iterator[ExtractedFile | Finding]:
    """Yield the content of a signed email or file without the certificates of the signature. Never raises."""
    data = decode_cms(file.data)
    oid = content_type_of(data)
    if oid in ENCRYPTED_TYPES:
        yield not_a_certificate(file.name, FileType.ENCRYPTED_EMAIL)
        return
    try:
        content = content_of(data)
        if oid == COMPRESSED:
            content = unpack_zlib(content, CONTAINER_LIMIT_KIB * 1024)
    except (ValueError, TooLargeError, zlib.error):
        yield not_a_certificate(file.name, FileType.DAMAGED_CMS)
        return
    is_message = is_mime_entity(content)
    if oid == SIGNED:
        yield upload_finding("mail_signature", file.name, "" if is_message else "file")
    if is_message:
        yield from extract_email(ExtractedFile(file.name, content, file.depth))
    else:
        yield file.extracted(SIGNED_SUFFIX.sub("", file.name), content)


def content_to_open(data: bytes) -> bytes | None:
    """Return the content of a CMS value in `data`, empty if it is encrypted; None if there is no value or content."""
    cms = decode_cms(data)
    oid = content_type_of(cms)
    if oid in ENCRYPTED_TYPES:
        return b""
    try:
        return (content_of(cms) or None) if oid in {DATA, *VALUES_BEFORE} else None
    except ValueError:
        return None
