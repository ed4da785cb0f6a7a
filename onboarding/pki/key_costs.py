"""What opening a key file would cost, read from the file before anything is derived: whoever sends it sets the price.

The library derives while it holds the interpreter, so a file that asks for a thousand million rounds would stop every
other page for as long as they take.
"""

from collections.abc import Iterator
from math import prod

from onboarding.pki.der import CONTEXT_0, INTEGER, OCTETS, OID, SEQUENCE, children, length_of

ROUNDS_MAX = 1_000_000  # a quarter of a second; OpenSSL writes 2,048, keytool 10,000, we 600,000
SCRYPT_MAX = 2**18  # N times r times p: 32 MiB; OpenSSL writes 2**17

SCRYPT = bytes.fromhex("06092b06010401da47040b")  # RFC 7914, 7: the OID with its header
SHROUDED = bytes.fromhex("2a864886f70d010c0a0102")  # RFC 7292, 4.2.2


def is_affordable(encrypted: bytes) -> bool:
    """Whether the derivation that an EncryptedPrivateKeyInfo (RFC 5958, 3; DER) asks for is a usual one.

    True also for a key in clear, which asks for none.
    """
    inner = children(encrypted)
    if [tag for tag, _ in inner] != [SEQUENCE, OCTETS]:
        return True
    begins, ends = inner[0][1], inner[1][1]
    numbers = list(_numbers(encrypted, begins))
    if SCRYPT in encrypted[begins:ends]:
        return min(numbers, default=0) > 0 and prod(numbers[:3]) <= SCRYPT_MAX
    return all(0 <= number <= ROUNDS_MAX for number in numbers)


def _numbers(data: bytes, start: int, depth: int = 0) -> Iterator[int]:
    """Every INTEGER in the constructed value at `start`, in order."""
    for tag, offset in children(data, start):
        if tag == INTEGER:
            begins, ends = length_of(data, offset)
            yield int.from_bytes(data[begins:ends], "big", signed=True)
        elif tag == SEQUENCE and depth < 6:
            yield from _numbers(data, offset, depth + 1)


def key_in_pkcs12(data: bytes) -> bytes:
    """The first encrypted key in a PKCS#12 file (RFC 7292, 4) as its tools write it (DER); empty where none is.

    OpenSSL, keytool, NSS and Windows leave the key's own bag outside the encrypted contents, where its price can be
    read.
    """
    outer = _at(data, 1, SEQUENCE)
    for content in _each(_contents(outer)):
        for bag in _each(_contents(content)):
            inner = children(bag)
            if len(inner) > 1 and inner[0][0] == OID and _value(bag, inner[0][1]) == SHROUDED:
                return _value(bag, inner[1][1])
    return b""


def _value(data: bytes, offset: int) -> bytes:
    begins, ends = length_of(data, offset)
    return data[begins:ends]


def _at(data: bytes, index: int, tag: int) -> bytes:
    """The value `index` inside `data`, with its header; empty where it is none of `tag`."""
    inner = children(data)
    if len(inner) <= index or inner[index][0] != tag:
        return b""
    offset = inner[index][1]
    return data[offset : length_of(data, offset)[1]]


def _contents(content: bytes) -> bytes:
    """What a ContentInfo of type data holds; empty for an encrypted one, which has no OCTET STRING there."""
    held = _at(content, 1, CONTEXT_0)
    octets = children(held)
    return _value(held, octets[0][1]) if octets and octets[0][0] == OCTETS else b""


def _each(values: bytes) -> Iterator[bytes]:
    """The values, with their headers, inside the one that `values` holds."""
    if values[:1] == bytes([SEQUENCE]):
        for _, offset in children(values):
            yield values[offset : length_of(values, offset)[1]]
