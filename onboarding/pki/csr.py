"""Certificate signing requests (PKCS#10, RFC 2986): making one, and reading the name in one."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.der import length_of
from onboarding.pki.subject import Subject


def make_csr(key: RSAPrivateKey, subject: Subject) -> x509.CertificateSigningRequest:
    """A request for `subject`, signed with SHA-256, without extensions. Does not check the subject."""
    return x509.CertificateSigningRequestBuilder().subject_name(subject.to_name()).sign(key, hashes.SHA256())


def csr_pem(csr: x509.CertificateSigningRequest) -> str:
    """The request as PEM."""
    return csr.public_bytes(Encoding.PEM).decode("ascii")


def csr_fingerprint(csr: x509.CertificateSigningRequest) -> str:
    """SHA-256 of the DER request, as 64 hex digits in lower case."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(csr.public_bytes(Encoding.DER))
    return digest.finalize().hex()


FIELDS = {
    "2.5.4.6": "country",
    "2.5.4.8": "state",
    "2.5.4.7": "locality",
    "2.5.4.10": "organization",
    "2.5.4.11": "organizational_unit",
    "2.5.4.3": "common_name",
    "1.2.840.113549.1.9.1": "email",
}
ASN1_STRING_TYPES = {
    0x0C: ("UTF8String", "utf-8"),
    0x13: ("PrintableString", "ascii"),
    0x14: ("TeletexString", "latin-1"),
    0x16: ("IA5String", "ascii"),
    0x1A: ("VisibleString", "ascii"),
    0x1C: ("UniversalString", "utf-32-be"),
    0x1E: ("BMPString", "utf-16-be"),
}
ROWS_MAX = 100


@dataclass(frozen=True)
class NameAttribute:
    """One attribute of a name: which relative name it stands in, its field (or dotted OID), string type and value."""

    place: int
    field: str
    string_type: str
    value: str
    readable: bool  # the bytes are what the string type allows


def read_name_attributes(name: bytes) -> tuple[NameAttribute, ...]:
    """The attributes of the DER name, in order, at most ROWS_MAX (ValueError where it is none)."""
    rows: list[NameAttribute] = []
    for place, relative in enumerate(_inside(name, 0)):
        for attribute in _inside(name, relative):
            oid, value = _inside(name, attribute)[:2]
            rows.append(_row(name, place, oid, value))
            if len(rows) >= ROWS_MAX:
                return tuple(rows)
    return tuple(rows)


def _inside(data: bytes, start: int) -> list[int]:
    offset, end = length_of(data, start)
    found = []
    while offset < min(end, len(data)):
        found.append(offset)
        offset = length_of(data, offset)[1]
    return found


def _row(data: bytes, place: int, oid: int, value: int) -> NameAttribute:
    begins, end = length_of(data, oid)
    dotted = _dotted(data[begins:end])
    begins, end = length_of(data, value)
    string_type, encoding = ASN1_STRING_TYPES.get(data[value], ("another type", "latin-1"))
    try:
        text, readable = data[begins:end].decode(encoding), True
    except UnicodeDecodeError:
        text, readable = data[begins:end].decode("latin-1"), False
    return NameAttribute(place, FIELDS.get(dotted, dotted), string_type, text, readable)


def _dotted(contents: bytes) -> str:
    """An object identifier's contents octets as text (X.690, 8.19)."""
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
