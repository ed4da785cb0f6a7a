"""Private key files: writing encrypted PKCS#8, and reading a key file that a partner made elsewhere."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import prod

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
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

from onboarding.pki.der import (
    CONTEXT_0,
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    Shape,
    children,
    is_complete,
    length_of,
    shape_of,
)
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.intake.containers import FILE_LIMIT_KIB
from onboarding.pki.intake.private_keys import JAVA_KEYSTORES
from onboarding.pki.intake.text import decode_text
from onboarding.pki.keys import passphrase_bytes, spki_fingerprint

ROUNDS = 600_000  # what OWASP recommends for PBKDF2-HMAC-SHA-256
PBKDF2_SALT_BYTES = 16
IV_BYTES = 16  # the block size of AES


@asn1.sequence
class HmacSha256:
    """The AlgorithmIdentifier of the PRF, with its NULL parameters (RFC 8018, B.1.2)."""

    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class Pbkdf2Parameters:
    """PBKDF2-params (RFC 8018, A.2)."""

    salt: bytes
    iteration_count: int
    prf: HmacSha256


@asn1.sequence
class KeyDerivation:
    """The AlgorithmIdentifier of PBKDF2."""

    algorithm: x509.ObjectIdentifier
    parameters: Pbkdf2Parameters


@asn1.sequence
class EncryptionScheme:
    """The AlgorithmIdentifier of AES-256-CBC; its parameter is the IV (RFC 8018, B.2.5)."""

    algorithm: x509.ObjectIdentifier
    iv: bytes


@asn1.sequence
class Pbes2Parameters:
    """PBES2-params (RFC 8018, A.4)."""

    key_derivation: KeyDerivation
    encryption_scheme: EncryptionScheme


@asn1.sequence
class EncryptionAlgorithm:
    """The AlgorithmIdentifier of PBES2."""

    algorithm: x509.ObjectIdentifier
    parameters: Pbes2Parameters


@asn1.sequence
class EncryptedPrivateKeyInfo:
    """EncryptedPrivateKeyInfo (RFC 5958, 3) with PBES2."""

    encryption_algorithm: EncryptionAlgorithm
    encrypted_data: bytes


PBES2 = x509.ObjectIdentifier("1.2.840.113549.1.5.13")
PBKDF2 = x509.ObjectIdentifier("1.2.840.113549.1.5.12")
HMAC_WITH_SHA256 = x509.ObjectIdentifier("1.2.840.113549.2.9")
AES256_CBC = x509.ObjectIdentifier("2.16.840.1.101.3.4.1.42")


def encode_pbes2(encrypted_data: bytes, *, salt: bytes, iv: bytes, rounds: int) -> bytes:
    """Return the DER EncryptedPrivateKeyInfo: PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC."""
    prf = HmacSha256(algorithm=HMAC_WITH_SHA256, parameters=asn1.Null())
    pbkdf2 = Pbkdf2Parameters(salt=salt, iteration_count=rounds, prf=prf)
    pbes2 = Pbes2Parameters(
        key_derivation=KeyDerivation(algorithm=PBKDF2, parameters=pbkdf2),
        encryption_scheme=EncryptionScheme(algorithm=AES256_CBC, iv=iv),
    )
    algorithm = EncryptionAlgorithm(algorithm=PBES2, parameters=pbes2)
    return asn1.encode_der(EncryptedPrivateKeyInfo(encryption_algorithm=algorithm, encrypted_data=encrypted_data))


def encrypted_pem(key: RSAPrivateKey, passphrase: str, *, rounds: int = ROUNDS) -> bytes:
    """Return `key` as a PEM "ENCRYPTED PRIVATE KEY" (PKCS#8) under `passphrase`.

    Use fewer `rounds` only for a long random passphrase, which nobody can guess.
    """
    salt, iv = os.urandom(PBKDF2_SALT_BYTES), os.urandom(IV_BYTES)
    derived = hashlib.pbkdf2_hmac("sha256", passphrase_bytes(passphrase), salt, rounds, 32)
    padder = PKCS7(algorithms.AES.block_size).padder()
    plaintext = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(algorithms.AES(derived), modes.CBC(iv)).encryptor()
    der = encode_pbes2(encryptor.update(padded) + encryptor.finalize(), salt=salt, iv=iv, rounds=rounds)
    text = base64.b64encode(der).decode()
    body = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n".encode()


ROUNDS_MAX = 1_000_000  # 0.25 s; OpenSSL writes 2,048, keytool 10,000, this module 600,000
SCRYPT_MAX = 2**18  # N times r times p: 32 MiB; OpenSSL writes 2**17

SCRYPT = bytes.fromhex("06092b06010401da47040b")  # the OID with its DER header (RFC 7914, 7)
SHROUDED_KEY_BAG = bytes.fromhex("2a864886f70d010c0a0102")  # pkcs8ShroudedKeyBag (RFC 7292, 4.2.2)


def is_affordable(encrypted: bytes) -> bool:
    """Return whether the key derivation in a DER EncryptedPrivateKeyInfo (RFC 5958, 3) has usual costs.

    Return True for an unencrypted key, which needs no derivation.
    """
    inner = children(encrypted)
    if [tag for tag, _ in inner] != [SEQUENCE, OCTETS]:
        return True
    start, end = inner[0][1], inner[1][1]
    numbers = list(_numbers(encrypted, start))
    if SCRYPT in encrypted[start:end]:
        return min(numbers, default=0) > 0 and prod(numbers[:3]) <= SCRYPT_MAX
    return all(0 <= number <= ROUNDS_MAX for number in numbers)


def _numbers(data: bytes, start: int, depth: int = 0) -> Iterator[int]:
    """Yield every INTEGER in the constructed value at `start`, in order."""
    for tag, offset in children(data, start):
        if tag == INTEGER:
            start, end = length_of(data, offset)
            yield int.from_bytes(data[start:end], "big", signed=True)
        elif tag == SEQUENCE and depth < 6:
            yield from _numbers(data, offset, depth + 1)


def key_in_pkcs12(data: bytes) -> bytes:
    """Return the DER of the first encrypted key in a PKCS#12 file (RFC 7292, 4); empty if there is none.

    OpenSSL, keytool, NSS and Windows write the key bag outside the encrypted contents, so the parameters of its key
    derivation are readable.
    """
    outer = _at(data, 1, SEQUENCE)
    for content in _each(_contents(outer)):
        for bag in _each(_contents(content)):
            inner = children(bag)
            if len(inner) > 1 and inner[0][0] == OID and _value(bag, inner[0][1]) == SHROUDED_KEY_BAG:
                return _value(bag, inner[1][1])
    return b""


def _value(data: bytes, offset: int) -> bytes:
    start, end = length_of(data, offset)
    return data[start:end]


def _at(data: bytes, index: int, tag: int) -> bytes:
    """Return the value number `index` inside `data`, with its header; empty if it is missing or has another tag."""
    inner = children(data)
    if len(inner) <= index or inner[index][0] != tag:
        return b""
    offset = inner[index][1]
    return data[offset : length_of(data, offset)[1]]


def _contents(content: bytes) -> bytes:
    """Return the contents of a ContentInfo of type data; empty for encrypted data, which has no OCTET STRING there."""
    wrapper = _at(content, 1, CONTEXT_0)
    octets = children(wrapper)
    return _value(wrapper, octets[0][1]) if octets and octets[0][0] == OCTETS else b""


def _each(values: bytes) -> Iterator[bytes]:
    """Yield the values, with their headers, inside the sequence `values`."""
    if values[:1] == bytes([SEQUENCE]):
        for _, offset in children(values):
            yield values[offset : length_of(values, offset)[1]]


Loader = Callable[[bytes, bytes | None], object]

# By default, the library tests the primes first, which takes minutes for large ones. `_is_consistent` is enough.
_load_der = partial(load_der_private_key, unsafe_skip_rsa_key_validation=True)
_load_pem = partial(load_pem_private_key, unsafe_skip_rsa_key_validation=True)
_load_ssh = partial(load_ssh_private_key, unsafe_skip_rsa_key_validation=True)


@dataclass(frozen=True)
class _StoredKey:
    """A key as the file stores it: the function of the library that reads it, and what that function expects."""

    load: Loader
    contents: bytes = field(repr=False)
    is_encrypted: bool


def open_key_file(data: bytes, passphrase: str, spki: str) -> RSAPrivateKey:
    """Return the RSA key in `data`, whose fingerprint must be `spki`; see `read_key_file`. PkiError: key_file_other."""
    key = read_key_file(data, passphrase)
    if spki_fingerprint(key.public_key()) != spki:
        raise PkiError("key_file_other")
    if not _is_consistent(key):
        raise PkiError("key_file_unreadable")
    return key


def read_key_file(data: bytes, passphrase: str) -> RSAPrivateKey:
    """Return the RSA key in `data`; an unencrypted key needs no `passphrase`.

    Reads PEM and DER of PKCS#8, PKCS#1 and OpenSSH, and PKCS#12. PkiError: key_file_unreadable, key_file_keystore,
    passphrase_missing, passphrase_wrong (the passphrase is wrong, or the encrypted contents are damaged), key_type,
    file_empty, file_too_large. A file whose key derivation is too expensive is key_file_unreadable, as is an encrypted
    OpenSSH key. Does not check that the numbers of the key belong together.
    """
    if not data.strip():
        raise PkiError("file_empty", variant="key_file")
    if len(data) > FILE_LIMIT_KIB * 1024:
        raise PkiError("file_too_large", variant="key_file", params={"limit": FILE_LIMIT_KIB})
    if data.startswith(JAVA_KEYSTORES):
        raise PkiError("key_file_keystore")
    key = _load(_find_key(data), passphrase)
    if not isinstance(key, RSAPrivateKey):
        raise PkiError("key_type", found=type(key).__name__.removesuffix("PrivateKey").strip("_"))
    return key


def is_encrypted_key_file(data: bytes) -> bool:
    """Return whether the key in `data` needs a passphrase. PkiError key_file_unreadable: there is no key."""
    return _find_key(data).is_encrypted


def _is_consistent(key: RSAPrivateKey) -> bool:
    """Return whether the private numbers belong to the public ones, which are those of the request."""
    numbers = key.private_numbers()
    p, q, exponent = numbers.p, numbers.q, numbers.d * numbers.public_numbers.e
    return p > 1 and q > 1 and p * q == numbers.public_numbers.n and exponent % (p - 1) == 1 == exponent % (q - 1)


def _find_key(data: bytes) -> _StoredKey:
    """Return the key in a file of any supported format (PkiError key_file_unreadable: there is none)."""
    shape = shape_of(data)
    if shape == Shape.PRIVATE_KEY:
        return _der_key(data)
    if shape == Shape.PKCS12:
        return _der_key(key_in_pkcs12(data))
    text = decode_text(data)[0].replace("\r\n", "\n").replace("\r", "\n")
    start = text.find("-----BEGIN")
    if start < 0 or "PRIVATE KEY-----" not in text:
        raise PkiError("key_file_unreadable")
    block = _key_block("\n".join(line.strip() for line in text[start:].split("\n")))
    if "BEGIN ENCRYPTED" in block:
        return _der_key(_decode_pem(block))
    # An unencrypted key, or the old PEM encryption (RFC 1421, 4.6.1.1), which has no rounds. An encrypted OpenSSH key
    # needs bcrypt, which is not installed, so its rounds need no limit.
    if "BEGIN OPENSSH" in block:
        return _StoredKey(_load_ssh, block.encode(), is_encrypted=False)
    is_encrypted = "Proc-Type: 4,ENCRYPTED" in block and "-----END" in block
    return _StoredKey(_load_pem, block.encode(), is_encrypted)


def _der_key(der: bytes) -> _StoredKey:
    """Return the key in `der` (PkiError key_file_unreadable: empty, cut short, or too expensive to decrypt)."""
    is_encrypted = [tag for tag, _ in children(der)] == [SEQUENCE, OCTETS]
    if not is_complete(der) or not is_affordable(der):
        raise PkiError("key_file_unreadable")
    return _StoredKey(_load_der, der, is_encrypted)


def _decode_pem(block: str) -> bytes:
    """Return the DER between the marker lines (PkiError key_file_unreadable)."""
    try:
        return base64.b64decode(block.split("-----")[2])
    except (ValueError, IndexError):
        raise PkiError("key_file_unreadable") from None


def _key_block(text: str) -> str:
    """Return the PEM block of the key; certificates may come before it."""
    blocks = [f"-----BEGIN{part}" for part in text.split("-----BEGIN")]
    return next(block for block in blocks if "PRIVATE KEY-----" in block.split("\n", 1)[0])


def _load(stored: _StoredKey, passphrase: str) -> object:
    """Return the key of any type (PassphraseError passphrase_missing, passphrase_wrong; PkiError key_file_unreadable).

    With a wrong passphrase, the padding of the decrypted bytes is valid by chance about once in 256 times. The library
    then fails to parse them, and reports that as an unreadable file.
    """
    if stored.is_encrypted and not passphrase:
        raise PassphraseError("passphrase_missing")
    try:
        return stored.load(stored.contents, passphrase_bytes(passphrase) if stored.is_encrypted else None)
    except (TypeError, UnsupportedAlgorithm):
        raise PkiError("key_file_unreadable") from None
    except ValueError:
        if stored.is_encrypted:
            raise PassphraseError("passphrase_wrong") from None
        raise PkiError("key_file_unreadable") from None
