"""Private keys as encrypted PKCS#8 files with as many PBKDF2 rounds as a file that travels should have.

`cryptography`'s own builder writes 2,048 rounds; here the EncryptedPrivateKeyInfo (RFC 5958, 3) is assembled from its
parts, under PBES2 (RFC 8018, 6.2) with PBKDF2-HMAC-SHA-256 and AES-256-CBC. OpenSSL 3 and Java 17 read it.
"""

import base64
import hashlib
import os
import unicodedata

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ROUNDS = 600_000  # OWASP's figure for PBKDF2-HMAC-SHA-256
SALT_BYTES = 16


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
    salt, iv = os.urandom(SALT_BYTES), os.urandom(16)
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
