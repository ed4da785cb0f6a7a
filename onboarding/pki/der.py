"""Classification of DER values by their structure, without full decoding: certificate, request, key, PKCS#7, PKCS#12.

The input may be truncated or invalid. The structures are those of RFC 5280 (certificate, CRL, SPKI), RFC 2986
(request), RFC 5958 and 8017 (keys), RFC 5915 (EC keys), RFC 5652 (PKCS#7) and RFC 7292 (PKCS#12).
"""

from enum import StrEnum

SEQUENCE, INTEGER, BITS, OCTETS, OID, CONTEXT_0 = 0x30, 0x02, 0x03, 0x04, 0x06, 0xA0
TIMES = {0x17, 0x18}
CHILDREN_MAX = 12  # more than any structure below needs
VALUES_MAX = 60  # consecutive values in one file

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
PKCS7_DATA = bytes.fromhex("2a864886f70d0107")
# Version 0, the RSA algorithm identifier, and the tag of the key: only an unencrypted PKCS#8 key contains these bytes.
RSA_PKCS8 = bytes.fromhex("020100300d06092a864886f70d010101050004")


class Shape(StrEnum):
    """The type of a DER value, as far as its structure shows it."""

    CERTIFICATE = "certificate"
    REQUEST = "request"
    CRL = "crl"
    PKCS7 = "pkcs7"
    PKCS12 = "pkcs12"
    PRIVATE_KEY = "private_key"
    PUBLIC_KEY = "public_key"
    UNKNOWN = "unknown"


def length_of(data: bytes, start: int = 0) -> tuple[int, int]:
    """Return the offsets of the contents and of the end of the value at `start` (ValueError: no valid header).

    An indefinite length (BER) extends to the end of `data`. The end may lie beyond `data` if the value is truncated.
    """
    if len(data) < start + 2:
        raise ValueError("no room for a header")
    first = data[start + 1]
    if first < 0x80:
        return start + 2, start + 2 + first
    if first == 0x80:
        return start + 2, len(data)
    octets = first & 0x7F
    if octets > 4 or len(data) < start + 2 + octets:
        raise ValueError("no such length")
    contents = start + 2 + octets
    return contents, contents + int.from_bytes(data[start + 2 : contents], "big")


def encode_der(tag: int, contents: bytes) -> bytes:
    """Return the value with its header, in the shortest form (X.690, 10.1)."""
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + contents


def values_in(data: bytes) -> list[bytes]:
    """Return the values inside the constructed value `data`, each with its header; the last may be truncated."""
    return [data[offset : length_of(data, offset)[1]] for _, offset in children(data)]


def is_complete(data: bytes) -> bool:
    """Return whether `data` contains the whole value that it begins with."""
    try:
        return length_of(data)[1] <= len(data)
    except ValueError:
        return False


def first_value(data: bytes) -> bytes:
    """Return the first value in `data`, without the bytes after it."""
    return data[: length_of(data)[1]]


def children(data: bytes, start: int = 0) -> list[tuple[int, int]]:
    """Return (tag, offset) of each value inside the constructed value at `start`; stop where `data` is truncated."""
    found: list[tuple[int, int]] = []
    try:
        offset, end = length_of(data, start)
        while offset < min(end, len(data)) and len(found) < CHILDREN_MAX:
            found.append((data[offset], offset))
            offset = length_of(data, offset)[1]
    except ValueError:
        pass
    return found


def shape_of(data: bytes) -> Shape:
    """Return the type of the first value in `data`, which may be truncated."""
    if not data or data[0] != SEQUENCE:
        return Shape.UNKNOWN
    inner = children(data)
    tags = [tag for tag, _ in inner]
    if not tags:
        return Shape.UNKNOWN
    try:
        if tags[0] == SEQUENCE:
            return _of_sequence(data, inner, tags)
        if tags[0] == OID:
            return Shape.PKCS7 if _oid(data, inner[0][1]).startswith(PKCS7_DATA) else Shape.UNKNOWN
        return _of_integer(data, inner, tags)
    except ValueError:  # truncated too early to be classified
        return Shape.UNKNOWN


def _of_integer(data: bytes, inner: list[tuple[int, int]], tags: list[int]) -> Shape:
    """Classify a sequence that begins with an INTEGER.

    PKCS#12 begins with version 3, private keys with version 0 or 1, and a PKCS#1 public key with its modulus.
    """
    if tags[:2] == [INTEGER, SEQUENCE]:
        first = children(data, inner[1][1])
        if first and first[0][0] == OID and _oid(data, first[0][1]).startswith(PKCS7_DATA):
            return Shape.PKCS12
        return Shape.PRIVATE_KEY if tags[2:3] in ([OCTETS], []) else Shape.UNKNOWN
    if tags[:2] == [INTEGER, OCTETS]:
        return Shape.PRIVATE_KEY  # EC
    if tags == [INTEGER, INTEGER]:
        cut = length_of(data)[1] > len(data)
        return Shape.PRIVATE_KEY if cut and _is_version(data, inner[0][1]) else Shape.PUBLIC_KEY
    if len(tags) >= 5 and set(tags[:5]) == {INTEGER}:
        return Shape.PRIVATE_KEY  # RSA has 9 integers, DSA 6; fewer if truncated
    return Shape.UNKNOWN


def _of_sequence(data: bytes, inner: list[tuple[int, int]], tags: list[int]) -> Shape:
    if tags[1:2] == [BITS] and len(tags) == 2:
        return Shape.PUBLIC_KEY
    body = [tag for tag, _ in children(data, inner[0][1])]
    if tags[1:2] == [OCTETS] and body[:1] not in ([CONTEXT_0], [INTEGER]):  # those begin a damaged certificate
        return Shape.PRIVATE_KEY  # encrypted PKCS#8
    if body[:1] == [CONTEXT_0] or body[:5] == [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]:
        return Shape.CERTIFICATE
    if body[:3] == [INTEGER, SEQUENCE, SEQUENCE]:
        return Shape.REQUEST if CONTEXT_0 in body or len(body) == 3 else Shape.CRL
    if len(body) >= 3 and (body[2] in TIMES or (body[3:4] and body[3] in TIMES)):
        return Shape.CRL
    return Shape.UNKNOWN


def _is_version(data: bytes, offset: int) -> bool:
    start, end = length_of(data, offset)
    return data[start:end] in (b"\x00", b"\x01")


def _oid(data: bytes, offset: int) -> bytes:
    start, end = length_of(data, offset)
    return data[start:end]


def known_values(data: bytes) -> list[bytes]:
    """Return the consecutive values of known types at the beginning of `data`; the last may be truncated."""
    found: list[bytes] = []
    while len(found) < VALUES_MAX and shape_of(data) != Shape.UNKNOWN:
        end = length_of(data)[1]
        found.append(data[:end])
        data = data[end:]
    return found
