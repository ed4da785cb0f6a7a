"""RSA keys that are easy to break: too short, or made by faulty software."""

from enum import StrEnum
from math import isqrt

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from onboarding.pki.keys import RSA_BITS_MIN

RSA_BITS_MAX = 8192  # of a modulus that is examined: a longer modulus takes too long
EXPONENT_MIN = 65537
FERMAT_ROUNDS = 100  # enough for primes with the same upper half, which random primes never have

PRIMES = [n for n in range(3, 168) if all(n % d for d in range(2, isqrt(n) + 1))]
# The faulty generator (ROCA, CVE-2017-15361) makes primes of the form k*M + 65537^a mod M, where M is a product of
# small primes. So the modulus of such a key is a power of 65537 modulo each of these primes.
POWERS_OF_65537 = {prime: {pow(65537, power, prime) for power in range(prime)} for prime in PRIMES}


class KeyWeakness(StrEnum):
    """Why an RSA key is weak."""

    TOO_SHORT = "too_short"
    SMALL_EXPONENT = "small_exponent"
    SMALL_FACTOR = "small_factor"
    ROCA = "roca"
    CLOSE_PRIMES = "close_primes"


def key_weakness(key: RSAPublicKey) -> KeyWeakness | None:
    """Return why `key` is weak; None if no weakness was found. Does not look into keys of more than RSA_BITS_MAX."""
    numbers = key.public_numbers()
    if key.key_size < RSA_BITS_MIN:
        return KeyWeakness.TOO_SHORT
    if numbers.e < EXPONENT_MIN or numbers.e % 2 == 0:
        return KeyWeakness.SMALL_EXPONENT
    if key.key_size > RSA_BITS_MAX:
        return None
    if any(numbers.n % prime == 0 for prime in (2, *PRIMES)):
        return KeyWeakness.SMALL_FACTOR
    if _is_roca(numbers.n):
        return KeyWeakness.ROCA
    return KeyWeakness.CLOSE_PRIMES if _has_close_primes(numbers.n) else None


def _is_roca(modulus: int) -> bool:
    return all(modulus % prime in powers for prime, powers in POWERS_OF_65537.items())


def _has_close_primes(modulus: int) -> bool:
    """Return whether a few rounds of Fermat's factorization find two primes that differ little."""
    middle = isqrt(modulus)
    middle += middle * middle < modulus
    for _ in range(FERMAT_ROUNDS):
        rest = middle * middle - modulus
        if isqrt(rest) ** 2 == rest:
            return True
        middle += 1
    return False
