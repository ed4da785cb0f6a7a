"""RSA keys: generation, fingerprints and known weaknesses; and the encoding of passphrases."""

import unicodedata
from math import isqrt

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from onboarding.pki.errors import PkiError

KEY_SIZES = (2048, 3072, 4096)
PUBLIC_EXPONENT = 65537


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


RSA_BITS_MIN = 2048
RSA_BITS_EXAMINED_MAX = 8192  # larger numbers take too long to examine
EXPONENT_MIN = 65537
FERMAT_ROUNDS = 100  # enough if the primes have the same upper half; random primes never do

PRIMES = [n for n in range(3, 168) if all(n % d for d in range(2, isqrt(n) + 1))]
# The faulty generator (CVE-2017-15361) made primes of the form k*M + (65537^a mod M), where M is a product of small
# primes. The RSA modulus is then a power of 65537 modulo each of these small primes.
POWERS_OF_65537 = {prime: {pow(65537, power, prime) for power in range(prime)} for prime in PRIMES}


def key_weakness(key: RSAPublicKey) -> str:
    """Return why the key is weak, as the second half of a sentence; empty if no weakness was found."""
    numbers = key.public_numbers()
    modulus, exponent = numbers.n, numbers.e
    if key.key_size < RSA_BITS_MIN:
        return f"it has {key.key_size} bits, and {RSA_BITS_MIN} is the least"
    if exponent < EXPONENT_MIN or exponent % 2 == 0:
        return f"its public exponent is {exponent} instead of {EXPONENT_MIN}"
    if key.key_size > RSA_BITS_EXAMINED_MAX:
        return ""
    if any(modulus % prime == 0 for prime in (2, *PRIMES)):
        return "its modulus can be divided by a small number: it is damaged, or badly made"
    if _is_roca(modulus):
        return "it was made by a faulty chip or library (ROCA, CVE-2017-15361)"
    if _has_close_primes(modulus):
        return "its two primes are too close to each other"
    return ""


def _is_roca(modulus: int) -> bool:
    return all(modulus % prime in powers for prime, powers in POWERS_OF_65537.items())


def _has_close_primes(modulus: int) -> bool:
    """Return whether a few rounds of Fermat's factorization find the primes, because they differ little."""
    middle = isqrt(modulus)
    middle += middle * middle < modulus
    for _ in range(FERMAT_ROUNDS):
        rest = middle * middle - modulus
        if isqrt(rest) ** 2 == rest:
            return True
        middle += 1
    return False
