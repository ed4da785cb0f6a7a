"""Requests built byte by byte: what tools of other systems write, and what no library would write."""

import base64
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SEQUENCE, SET, UTF8, PRINTABLE, TELETEX, IA5, UNIVERSAL, BMP = 0x30, 0x31, 0x0C, 0x13, 0x14, 0x16, 0x1C, 0x1E
ENCODINGS = {
    UTF8: "utf-8", PRINTABLE: "latin-1", TELETEX: "latin-1", IA5: "latin-1", UNIVERSAL: "utf-32-be", BMP: "utf-16-be",
}  # fmt: skip
OIDS = {
    "C": "2.5.4.6", "ST": "2.5.4.8", "L": "2.5.4.7", "O": "2.5.4.10", "OU": "2.5.4.11", "CN": "2.5.4.3",
    "E": "1.2.840.113549.1.9.1", "DC": "0.9.2342.19200300.100.1.25", "SN": "2.5.4.5",
}  # fmt: skip
USUAL = {"C": PRINTABLE, "E": IA5}
RSA_ENCRYPTION, RSA_PSS, SHA256_WITH_RSA = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.11"
SIGNED_DATA, DATA, PKI_DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1", "1.3.6.1.5.5.7.12.2"
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
OS_VERSION, CLIENT_INFORMATION = "1.3.6.1.4.1.311.13.2.3", "1.3.6.1.4.1.311.21.20"
ENROLLMENT_PROVIDER, RENEWAL_CERTIFICATE = "1.3.6.1.4.1.311.13.2.2", "1.3.6.1.4.1.311.13.1"
GOOD = (
    ("C", "FR"), ("ST", "Île-de-France"), ("L", "Saint-Ouen"), ("O", "Flottes et Cie"), ("OU", "Programs Partners"),
    ("CN", "MZP128745"), ("E", "it@flottes.example"),
)  # fmt: skip


@cache
def new_key():
    return rsa.generate_private_key(65537, 2048)


def der(tag, *parts):
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + contents


def integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for number in (40 * first + second, *rest):
        chunk = [number & 0x7F]
        while number := number >> 7:
            chunk.append(number & 0x7F | 0x80)
        octets += bytes(reversed(chunk))
    return der(0x06, bytes(octets))


def attribute(short_name, value, tag=None):
    tag = tag or USUAL.get(short_name, UTF8)
    data = value if isinstance(value, bytes) else value.encode(ENCODINGS[tag])
    return der(SEQUENCE, oid(OIDS[short_name]), der(tag, data))


def name(*rdns):
    """Return a name. An RDN is a pair, a triple with the tag of the string, or a list of them."""
    return der(
        SEQUENCE,
        *(der(SET, *(attribute(*each) for each in (rdn if isinstance(rdn, list) else [rdn]))) for rdn in rdns),
    )


def changed(**values):
    """Return the good subject with some values replaced; a value may be a pair of value and tag, or None: left out."""
    rdns = []
    for short_name, value in GOOD:
        new = values.get(short_name, value)
        if new is not None:
            rdns.append((short_name, *new) if isinstance(new, tuple) else (short_name, new))
    return name(*rdns)


def request_attribute(dotted, *values):
    return der(SEQUENCE, oid(dotted), der(SET, *values))


def extension(dotted, value):
    return der(SEQUENCE, oid(dotted), der(0x04, value))


def windows_attributes(*, ordered=True):
    """Return what certreq adds: system, client, provider and extensions, as in Microsoft's documented example."""
    text = "Microsoft Software Key Storage Provider".encode("utf-16-be")
    client = der(SEQUENCE, integer(9), der(UTF8, b"pc.corp.example"), der(UTF8, b"CORP\\me"), der(UTF8, b"certreq.exe"))
    extensions = der(
        SEQUENCE,
        extension("2.5.29.15", der(0x03, b"\x05\xa0")),
        extension("2.5.29.14", der(0x04, b"\x01" * 20)),
    )
    values = (
        request_attribute(OS_VERSION, der(IA5, b"10.0.22631.2")),
        request_attribute(CLIENT_INFORMATION, client),
        request_attribute(ENROLLMENT_PROVIDER, der(SEQUENCE, integer(0), der(BMP, text), der(0x03, b"\x00"))),
        request_attribute(EXTENSION_REQUEST, extensions),
    )
    return b"".join(sorted(values, reverse=not ordered))


def algorithm(dotted, parameters=b"\x05\x00"):
    return der(SEQUENCE, oid(dotted), parameters)


def pss_parameters():
    sha256 = algorithm("2.16.840.1.101.3.4.2.1")
    return der(
        SEQUENCE, der(0xA0, sha256), der(0xA1, algorithm("1.2.840.113549.1.1.8", sha256)), der(0xA2, integer(32))
    )


def public_key(dotted=RSA_ENCRYPTION, parameters=b"\x05\x00"):
    numbers = new_key().public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return der(SEQUENCE, algorithm(dotted, parameters), der(0x03, b"\x00" + numbers))


def request(subject=None, attributes=b"", *, key=None, pss=False, has_attributes=True, version=0):
    """Return a DER request that is signed with its own key."""
    body = der(
        SEQUENCE,
        integer(version),
        subject or name(*GOOD),
        key or public_key(),
        der(0xA0, attributes) if has_attributes else b"",
    )
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else padding.PKCS1v15()
    signature = new_key().sign(body, scheme, hashes.SHA256())
    signed_with = algorithm(RSA_PSS, pss_parameters()) if pss else algorithm(SHA256_WITH_RSA)
    return der(SEQUENCE, body, signed_with, der(0x03, b"\x00" + signature))


def signed_data(content_type, content, certificates=b""):
    """Return a CMS SignedData around `content`. Its signature is not valid: no reader of requests checks it."""
    sha256 = algorithm("2.16.840.1.101.3.4.2.1", b"")
    signer = der(
        SEQUENCE, integer(3), der(0x80, b"\x01" * 20), sha256, algorithm(RSA_ENCRYPTION), der(0x04, b"\x02" * 256)
    )
    body = der(
        SEQUENCE,
        integer(3),
        der(SET, sha256),
        der(SEQUENCE, oid(content_type), der(0xA0, der(0x04, content))),
        der(0xA0, certificates) if certificates else b"",
        der(SET, signer),
    )
    return der(SEQUENCE, oid(SIGNED_DATA), der(0xA0, body))


def cmc(inner):
    """Return the request in a full CMC request (RFC 5272, 3.2), as certreq writes it with RequestType = CMC."""
    control = der(SEQUENCE, integer(2), oid("1.3.6.1.4.1.311.10.10.1"), der(SET, der(SEQUENCE, integer(0))))
    tagged = der(0xA0, integer(1), inner)
    content = der(SEQUENCE, der(SEQUENCE, control), der(SEQUENCE, tagged), der(SEQUENCE), der(SEQUENCE))
    return signed_data(PKI_DATA, content)


def renewal(inner, certificate=b""):
    """Return the request in a PKCS#7 that the old certificate signs, as certreq writes it with RequestType = PKCS7."""
    return signed_data(DATA, inner, certificate)


def pem(data, label="CERTIFICATE REQUEST", line_break="\n"):
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return line_break.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def windows_pem(data):
    return pem(data, "NEW CERTIFICATE REQUEST", "\r\n")
