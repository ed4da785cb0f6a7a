"""Certificates with any content, for the differential tests: encoded here, because no library issues invalid ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.pki.conftest import NOW

UTF8, PRINTABLE, IA5, T61, BMP, UNIVERSAL, NUMERIC = 0x0C, 0x13, 0x16, 0x14, 0x1E, 0x1C, 0x12
ENCODINGS = {T61: "latin-1", BMP: "utf-16-be", UNIVERSAL: "utf-32-be"}
COMMON_NAME, COUNTRY, ORGANIZATION, UNIT, EMAIL = "2.5.4.3", "2.5.4.6", "2.5.4.10", "2.5.4.11", "1.2.840.113549.1.9.1"
NULL = b"\x05\x00"
CURVES = {
    "explicit": ec.SECP256R1,
    "p192": ec.SECP192R1,
    "p224": ec.SECP224R1,
    "p256": ec.SECP256R1,
    "p384": ec.SECP384R1,
    "p521": ec.SECP521R1,
}
HASHES = {"md5": hashes.MD5, "sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256}
HASHES |= {"sha384": hashes.SHA384, "sha512": hashes.SHA512}
RSA_SIGNATURES = {"md5": 4, "sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13, "sha224": 14}
EC_SIGNATURES = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}


def tlv(tag: int, *contents: bytes) -> bytes:
    """Return a DER value with the definite length (X.690, 8.1)."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def oid(dotted: str) -> bytes:
    first, second, *others = (int(arc) for arc in dotted.split("."))
    octets = b""
    for arc in (40 * first + second, *others):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.insert(0, 0x80 | (arc & 0x7F))
        octets += bytes(septets)
    return tlv(0x06, octets)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def boolean(value: bool) -> bytes:
    return tlv(0x01, b"\xff" if value else b"\x00")


def bits(*places: int) -> bytes:
    """Return a named BIT STRING with the bits at `places` set, without trailing zeros."""
    if not places:
        return tlv(0x03, b"\x00")
    size = max(places) // 8 + 1
    number = sum(1 << (8 * size - 1 - place) for place in places)
    return tlv(0x03, bytes([8 * size - 1 - max(places)]) + number.to_bytes(size, "big"))


def time(moment: datetime, *, generalized: bool = False) -> bytes:
    if generalized or moment.year >= 2050:
        return tlv(0x18, f"{moment:%Y%m%d%H%M%SZ}".encode())
    return tlv(0x17, f"{moment:%y%m%d%H%M%SZ}".encode())


@dataclass(frozen=True)
class Attribute:
    """One attribute of a name, with the type of its string."""

    type: str
    value: str
    string: int = UTF8

    def encode(self) -> bytes:
        value = self.value.encode(ENCODINGS.get(self.string, "utf-8"))
        return tlv(0x31, sequence(oid(self.type), tlv(self.string, value)))


Name = tuple[Attribute, ...]


def encode_name(name: Name) -> bytes:
    return sequence(*(attribute.encode() for attribute in name))


@cache
def key(name: str):
    """Return the private key of that name: `rsa2048-root` has 2048 bits, and `p256-root` is on the curve P-256.

    A certificate for `explicit-root` does not name the curve P-256, but has its parameters.

    The part after the hyphen distinguishes keys of one kind.
    """
    kind = name.partition("-")[0]
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return {"ed25519": ed25519.Ed25519PrivateKey, "ed448": ed448.Ed448PrivateKey}[kind].generate()


def explicit_p256() -> bytes:
    """Return the parameters of the curve P-256 written out (RFC 3279, 2.3.5), which nobody should use."""
    p = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    field = sequence(oid("1.2.840.10045.1.1"), integer(p))
    curve = sequence(*(tlv(0x04, value.to_bytes(32, "big")) for value in (p - 3, b)))
    base = tlv(0x04, b"\x04", x.to_bytes(32, "big"), y.to_bytes(32, "big"))
    return sequence(integer(1), field, curve, base, integer(order), integer(1))


@cache
def spki(name: str) -> bytes:
    if name.startswith("explicit"):
        point = key(name).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return sequence(sequence(oid("1.2.840.10045.2.1"), explicit_p256()), tlv(0x03, b"\x00", point))
    return key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@cache
def key_identifier(name: str) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(spki(name))
    return digest.finalize()[:20]


def signature_algorithm(name: str, digest: str) -> bytes:
    """Return the AlgorithmIdentifier of a signature with the key `name`; `digest` may be "pss" (with SHA-256)."""
    private_key = key(name)
    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        return sequence(oid(f"1.2.840.10045.4.{EC_SIGNATURES[digest]}"))
    if not isinstance(private_key, rsa.RSAPrivateKey):
        return sequence(oid("1.3.101.112" if isinstance(private_key, ed25519.Ed25519PrivateKey) else "1.3.101.113"))
    if digest != "pss":
        return sequence(oid(f"1.2.840.113549.1.1.{RSA_SIGNATURES[digest]}"), NULL)
    sha256 = sequence(oid("2.16.840.1.101.3.4.2.1"), NULL)
    mask = sequence(oid("1.2.840.113549.1.1.8"), sha256)
    parameters = (tlv(0xA0, sha256), tlv(0xA1, mask), tlv(0xA2, integer(32)))
    return sequence(oid("1.2.840.113549.1.1.10"), sequence(*parameters))


def sign(name: str, digest: str, data: bytes) -> bytes:
    private_key = key(name)
    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        return private_key.sign(data, ec.ECDSA(HASHES[digest]()))
    if not isinstance(private_key, rsa.RSAPrivateKey):
        return private_key.sign(data)
    if digest == "pss":
        return private_key.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return private_key.sign(data, padding.PKCS1v15(), HASHES[digest]())


@dataclass(frozen=True)
class Extension:
    """An extension: its object identifier, and the DER of its value."""

    type: str
    value: bytes
    critical: bool = False

    def encode(self) -> bytes:
        critical = boolean(True) if self.critical else b""  # the value of a DER BOOLEAN
        return sequence(oid(self.type), critical, tlv(0x04, self.value))


@dataclass(frozen=True)
class Specification:
    """What a certificate contains. `key` and `signer` are names of keys; `version` counts from 1."""

    subject: Name
    issuer: Name
    key: str
    signer: str
    extensions: tuple[Extension, ...] = ()
    serial: int = 1000
    begins: datetime = NOW - timedelta(days=100)
    ends: datetime = NOW + timedelta(days=365)
    version: int = 3
    digest: str = "sha256"
    generalized: bool = False
    damaged: bool = False
    other_algorithm: str = ""  # named inside, where it differs from the one that signs
    repeated: Sequence[Extension] = field(default=())

    def extension(self, type_: str) -> Extension | None:
        return next((each for each in self.extensions if each.type == type_), None)

    def with_extension(self, extension: Extension) -> "Specification":
        """Return a copy with `extension` instead of the one of that type."""
        others = [each for each in self.extensions if each.type != extension.type]
        return replace(self, extensions=(*others, extension))

    def without_extension(self, type_: str) -> "Specification":
        return replace(self, extensions=tuple(each for each in self.extensions if each.type != type_))


@cache
def build(specification: Specification) -> bytes:
    """Return the certificate as DER (RFC 5280, 4.1)."""
    each = specification
    algorithm = signature_algorithm(each.signer, each.digest)
    inside = signature_algorithm(each.signer, each.other_algorithm) if each.other_algorithm else algorithm
    extensions = (*each.extensions, *each.repeated)
    body = sequence(
        tlv(0xA0, integer(each.version - 1)) if each.version > 1 else b"",
        integer(each.serial),
        inside,
        encode_name(each.issuer),
        sequence(*(time(moment, generalized=each.generalized) for moment in (each.begins, each.ends))),
        encode_name(each.subject),
        spki(each.key),
        tlv(0xA3, sequence(*(extension.encode() for extension in extensions))) if extensions else b"",
    )
    signature = bytearray(sign(each.signer, each.digest, body))
    if each.damaged:
        signature[len(signature) // 2] ^= 1
    return sequence(body, algorithm, tlv(0x03, b"\x00", bytes(signature)))
