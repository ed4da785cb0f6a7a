"""Certificate signing requests (PKCS#10, RFC 2986): making a request, and reading its name attribute by attribute."""

import string
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.der import length_of
from onboarding.pki.subject import SUBJECT_FIELDS, Subject


def make_csr(key: RSAPrivateKey, subject: Subject) -> x509.CertificateSigningRequest:
    """Return a request for `subject`, signed with SHA-256, without extensions. Does not check the subject."""
    return x509.CertificateSigningRequestBuilder().subject_name(subject.to_name()).sign(key, hashes.SHA256())


def csr_pem(csr: x509.CertificateSigningRequest) -> str:
    """Return the request as PEM."""
    return csr.public_bytes(Encoding.PEM).decode("ascii")


def csr_fingerprint(csr: x509.CertificateSigningRequest) -> str:
    """Return the SHA-256 of the DER request, as 64 hexadecimal digits in lower case."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(csr.public_bytes(Encoding.DER))
    return digest.finalize().hex()


FIELD_NAMES_BY_OID = {field.oid.dotted_string: field.name for field in SUBJECT_FIELDS}
ASN1_STRING_TYPES = {
    0x0C: ("UTF8String", "utf-8"),
    0x13: ("PrintableString", "latin-1"),
    0x14: ("TeletexString", "latin-1"),
    0x16: ("IA5String", "latin-1"),
    0x1A: ("VisibleString", "latin-1"),
    0x1C: ("UniversalString", "utf-32-be"),
    0x1E: ("BMPString", "utf-16-be"),
}
TELETEX_STRING = 0x14
PRINTABLE_CHARACTERS = frozenset(f"{string.ascii_letters}{string.digits} '()+,-./:=?")
ASCII_STRING_TYPES = ("TeletexString", "IA5String", "VisibleString")
NAME_ATTRIBUTES_MAX = 100
OID_OCTETS_MAX = 63  # as in the library; a longer number takes quadratic time to read


@dataclass(frozen=True)
class NameAttribute:
    """One attribute of a distinguished name, as it is encoded."""

    rdn_index: int  # the position of the relative distinguished name that holds it
    field: str  # the name of the subject's field, or the dotted OID of any other attribute
    string_type: str  # "" for a type that ASN1_STRING_TYPES does not have
    value: str
    is_readable: bool  # False if the bytes are not valid in the string type; `value` is a guess then


def read_name_attributes(name: bytes) -> tuple[NameAttribute, ...]:
    """Return the attributes of the DER name, in order, at most NAME_ATTRIBUTES_MAX.

    Raise ValueError if `name` is not a DER name.
    """
    return tuple(_read_attribute(name, *where) for where in islice(_attribute_offsets(name), NAME_ATTRIBUTES_MAX))


def with_readable_strings(name: bytes) -> bytes:
    """Return the DER name with the tag TeletexString for each string whose bytes are not valid in its own type.

    Libraries that refuse such a name read the copy, but not these strings. Raise ValueError as `read_name_attributes`.
    """
    copy = bytearray(name)
    for where in islice(_attribute_offsets(name), NAME_ATTRIBUTES_MAX):
        if not _read_attribute(name, *where).is_readable:
            copy[where[2]] = TELETEX_STRING
    return bytes(copy)


def _attribute_offsets(name: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the number of the RDN, and the offsets of the OID and the value, of each attribute."""
    for rdn_index, rdn in enumerate(_child_offsets(name, 0)):
        for attribute in _child_offsets(name, rdn):
            oid, value = _child_offsets(name, attribute)[:2]
            yield rdn_index, oid, value


def _child_offsets(data: bytes, start: int) -> list[int]:
    """Return where each value inside the constructed value at `start` begins."""
    offset, end = length_of(data, start)
    offsets = []
    while offset < min(end, len(data)):
        offsets.append(offset)
        offset = length_of(data, offset)[1]
    return offsets


def _read_attribute(data: bytes, rdn_index: int, oid: int, value: int) -> NameAttribute:
    """Return the attribute whose OID and value begin at the offsets `oid` and `value`."""
    start, end = length_of(data, oid)
    dotted = _dotted(data[start:end])
    start, end = length_of(data, value)
    string_type, encoding = ASN1_STRING_TYPES.get(data[value], ("", "latin-1"))
    text = _decode_string(data[start:end], encoding)
    is_readable = text is not None and not unfit_character(string_type, text)
    if text is None or not is_readable:
        text = _decode_string(data[start:end], "utf-8") or data[start:end].decode("latin-1")
    return NameAttribute(rdn_index, FIELD_NAMES_BY_OID.get(dotted, dotted), string_type, text, is_readable)


def _decode_string(octets: bytes, encoding: str) -> str | None:
    try:
        return octets.decode(encoding)
    except UnicodeDecodeError:
        return None


def unfit_character(string_type: str, text: str) -> str:
    """Return the first character that the string type can't hold; "" if there is none (X.680, 41.4 and table 8).

    A TeletexString can hold accents, but software disagrees on their encoding, so only ASCII counts.
    """
    if string_type == "PrintableString":
        return next((c for c in text if c not in PRINTABLE_CHARACTERS), "")
    if string_type in ASCII_STRING_TYPES:
        return next((c for c in text if not c.isascii()), "")
    return ""


def _dotted(contents: bytes) -> str:
    """Return the contents octets of an object identifier in dotted notation (X.690, section 8.19).

    Raise ValueError if it is longer than OID_OCTETS_MAX.
    """
    if len(contents) > OID_OCTETS_MAX:
        raise ValueError("the object identifier is too long")
    numbers: list[int] = []
    current = 0
    for octet in contents:
        current = current << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(current)
            current = 0
    if not numbers:
        return ""
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in (first, numbers[0] - 40 * first, *numbers[1:]))
