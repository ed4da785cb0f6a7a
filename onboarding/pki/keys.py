"""RSA keys: generation and fingerprints; and the encoding of passphrases."""

import unicodedata

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from onboarding.pki.errors import PkiError

KEY_SIZES = (2048, 3072, 4096)
PUBLIC_EXPONENT = 65537
RSA_BITS_MIN = 2048  # shorter keys are refused in requests and in certificates


def generate_key(size: int) -> rsa.RSAPrivateKey:
    """Return a new RSA key of `size` bits, one of KEY_SIZES (PkiError key_size_unknown)."""
    if size not in KEY_SIZES:
        raise PkiError("key_size_unknown", found=str(size))
    return rsa.generate_private_key(PUBLIC_EXPONENT, size)


def spki_fingerprint(public_key: PublicKeyTypes) -> str:
    """Return the SHA-256 of the DER SubjectPublicKeyInfo (RFC 5280, 4.1), as 64 hex digits in lower case."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize().hex()


def passphrase_bytes(passphrase: str) -> bytes:
    """Return the bytes that every encryption here derives its key from: the passphrase in NFC, encoded as UTF-8.

    Keyboards encode an accent in one code point or in two. NFC makes both the same passphrase (RFC 8265, 4.2.2).
    """
    return unicodedata.normalize("NFC", passphrase).encode()
