"""Private keys as files: writing encrypted PKCS#8, and opening a partner's own key file."""

import base64
import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from math import prod

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from onboarding.pki.der import CONTEXT_0, INTEGER, OCTETS, OID, SEQUENCE, Shape, children, length_of, shape_of
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.intake.containers import FILE_LIMIT_KIB
from onboarding.pki.intake.file_types import JAVA_KEYSTORES
from onboarding.pki.intake.text import decode_text
from onboarding.pki.keys import spki_fingerprint

ROUNDS = 600_000  # OWASP's figure for PBKDF2-HMAC-SHA-256
PBKDF2_SALT_BYTES = 16


def _der(tag: int, *parts: bytes) -> bytes:
    """One DER value (X.690, 8.1): tag, length, contents."""
    contents = b"".join(parts)
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + contents


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


def _oid(contents: str) -> bytes:
    return _der(0x06, bytes.fromhex(contents))


def _octets(contents: bytes) -> bytes:
    return _der(0x04, contents)


_PBES2, _PBKDF2 = _oid("2a864886f70d01050d"), _oid("2a864886f70d01050c")
_AES256_CBC = _oid("60864801650304012a")
_HMAC_SHA256 = _sequence(_oid("2a864886f70d0209"), _der(0x05))


def _algorithm(salt: bytes, iv: bytes, count: int) -> bytes:
    """The AlgorithmIdentifier of PBES2 with this module's choices."""
    rounds = _der(0x02, count.to_bytes((count.bit_length() + 8) // 8, "big"))
    kdf = _sequence(_PBKDF2, _sequence(_octets(salt), rounds, _HMAC_SHA256))
    return _sequence(_PBES2, _sequence(kdf, _sequence(_AES256_CBC, _octets(iv))))


def encrypted_pem(key: RSAPrivateKey, passphrase: str, *, rounds: int = ROUNDS) -> bytes:
    """`key` as a PEM "ENCRYPTED PRIVATE KEY" under `passphrase` (NFC, UTF-8).

    Fewer `rounds` are only for a passphrase that can't be guessed, being random and long.
    """
    salt, iv = os.urandom(PBKDF2_SALT_BYTES), os.urandom(16)
    typed = unicodedata.normalize("NFC", passphrase).encode()
    derived = hashlib.pbkdf2_hmac("sha256", typed, salt, rounds, 32)
    padder = PKCS7(128).padder()
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    padded = padder.update(clear) + padder.finalize()
    encryptor = Cipher(algorithms.AES(derived), modes.CBC(iv)).encryptor()
    der = _sequence(_algorithm(salt, iv, rounds), _octets(encryptor.update(padded) + encryptor.finalize()))
    text = base64.b64encode(der).decode()
    body = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n".encode()


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


Loader = Callable[[bytes, bytes | None], object]

# The library would test the primes first, which takes minutes where they are large: see `_fits`.
_load_der = partial(load_der_private_key, unsafe_skip_rsa_key_validation=True)
_load_pem = partial(load_pem_private_key, unsafe_skip_rsa_key_validation=True)
_load_ssh = partial(load_ssh_private_key, unsafe_skip_rsa_key_validation=True)


def open_key_file(data: bytes, passphrase: str, spki: str) -> RSAPrivateKey:
    """The RSA key in `data`, which must be the one of fingerprint `spki`; `passphrase` is empty for a key in clear.

    PEM and DER of PKCS#8, PKCS#1 and OpenSSH, and PKCS#12. PkiError: key_file_unreadable, key_file_keystore,
    passphrase_missing, passphrase_wrong (a damaged encrypted file looks the same), key_type, key_file_other,
    file_empty, file_too_large. A file that takes more than a moment to open is key_file_unreadable.
    """
    if not data.strip():
        raise PkiError("file_empty", found="The key file")
    if len(data) > FILE_LIMIT_KIB * 1024:
        raise PkiError("file_too_large", found="The key file", params={"limit": FILE_LIMIT_KIB})
    if data.startswith(JAVA_KEYSTORES):
        raise PkiError("key_file_keystore")
    load, contents = _loader(data)
    key = _loaded(load, contents, passphrase)
    if not isinstance(key, RSAPrivateKey):
        raise PkiError("key_type", found=type(key).__name__.removesuffix("PrivateKey").strip("_"))
    if spki_fingerprint(key.public_key()) != spki:
        raise PkiError("key_file_other")
    if not _fits(key):
        raise PkiError("key_file_unreadable")
    return key


def _fits(key: RSAPrivateKey) -> bool:
    """Whether the private numbers belong to the public ones, which are those of the request."""
    numbers = key.private_numbers()
    p, q, exponent = numbers.p, numbers.q, numbers.d * numbers.public_numbers.e
    return p > 1 and q > 1 and p * q == numbers.public_numbers.n and exponent % (p - 1) == 1 == exponent % (q - 1)


def _loader(data: bytes) -> tuple[Loader, bytes]:
    """What reads the file, and its contents as that wants them."""
    shape = shape_of(data)
    if shape == Shape.PRIVATE_KEY:
        return _load_der, _affordable(data)
    if shape == Shape.PKCS12:
        return _load_der, _affordable(key_in_pkcs12(data))
    text = decode_text(data)[0].replace("\r\n", "\n").replace("\r", "\n")
    start = text.find("-----BEGIN")
    if start < 0 or "PRIVATE KEY-----" not in text:
        raise PkiError("key_file_unreadable")
    block = _key_block("\n".join(line.strip() for line in text[start:].split("\n")))
    if "BEGIN ENCRYPTED" in block:
        return _load_der, _affordable(_unarmoured(block))
    # In clear, or encrypted in the old way, which costs nothing. An OpenSSH key that is encrypted asks for bcrypt,
    # which is not installed, so that nobody's rounds are counted here.
    return (_load_ssh if "BEGIN OPENSSH" in block else _load_pem), block.encode()


def _affordable(der: bytes) -> bytes:
    if not der or not is_affordable(der):
        raise PkiError("key_file_unreadable")
    return der


def _unarmoured(block: str) -> bytes:
    """What stands between the marker lines."""
    try:
        return base64.b64decode(block.split("-----")[2])
    except (ValueError, IndexError):
        raise PkiError("key_file_unreadable") from None


def _key_block(text: str) -> str:
    """The block that holds the key, where certificates stand before it."""
    blocks = [f"-----BEGIN{part}" for part in text.split("-----BEGIN")]
    return next(block for block in blocks if "PRIVATE KEY-----" in block.split("\n", 1)[0])


def _loaded(load: Loader, contents: bytes, passphrase: str) -> object:
    secret = unicodedata.normalize("NFC", passphrase).encode() or None
    try:
        return load(contents, secret)
    except TypeError:  # encrypted and no passphrase, or the other way round
        if not passphrase:
            raise PassphraseError("passphrase_missing") from None
    except UnsupportedAlgorithm:
        raise PkiError("key_file_unreadable") from None
    except ValueError as error:
        refused = "password" in str(error).lower() or "decrypt" in str(error).lower()
        opening = "passphrase_wrong" if passphrase else "passphrase_missing"
        if refused:
            raise PassphraseError(opening) from None
        raise PkiError("key_file_unreadable") from None
    try:
        return load(contents, None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise PkiError("key_file_unreadable") from None
