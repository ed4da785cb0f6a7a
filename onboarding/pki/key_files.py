"""Opening a partner's own key file in memory, for one request: whoever brought a request kept the key.

Nothing of the file or the passphrase is in any error.
"""

import base64
import unicodedata
from collections.abc import Callable
from functools import partial

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from onboarding.pki.der import Shape, shape_of
from onboarding.pki.dialects import decoded
from onboarding.pki.errors import PkiError
from onboarding.pki.key_costs import is_affordable, key_in_pkcs12
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.kinds import JAVA_KEYSTORES
from onboarding.pki.pieces import FILE_LIMIT_KIB

Loader = Callable[[bytes, bytes | None], object]

# The library would test the primes first, which takes minutes where they are large: see `_fits`.
_der = partial(load_der_private_key, unsafe_skip_rsa_key_validation=True)
_pem = partial(load_pem_private_key, unsafe_skip_rsa_key_validation=True)
_ssh = partial(load_ssh_private_key, unsafe_skip_rsa_key_validation=True)


def open_key_file(data: bytes, passphrase: str, spki: str) -> RSAPrivateKey:
    """The RSA key in `data`, which must be the one of fingerprint `spki`; `passphrase` is empty for a key in clear.

    PEM and DER of PKCS#8, PKCS#1 and OpenSSH, and PKCS#12. PkiError: key_file_unreadable, key_file_keystore,
    passphrase_missing, passphrase_wrong (a damaged encrypted file looks the same), key_type, key_file_other,
    file_empty, file_too_large. A file that takes more than a moment to open is key_file_unreadable.
    """
    if not data.strip():
        raise PkiError("file_empty", found="The key file")
    if len(data) > FILE_LIMIT_KIB * 1024:
        raise PkiError("file_too_large", found="The key file", context={"limit": FILE_LIMIT_KIB})
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
        return _der, _affordable(data)
    if shape == Shape.PKCS12:
        return _der, _affordable(key_in_pkcs12(data))
    text = decoded(data)[0].replace("\r\n", "\n").replace("\r", "\n")
    start = text.find("-----BEGIN")
    if start < 0 or "PRIVATE KEY-----" not in text:
        raise PkiError("key_file_unreadable")
    block = _key_block("\n".join(line.strip() for line in text[start:].split("\n")))
    if "BEGIN ENCRYPTED" in block:
        return _der, _affordable(_unarmoured(block))
    # In clear, or encrypted in the old way, which costs nothing. An OpenSSH key that is encrypted asks for bcrypt,
    # which is not installed, so that nobody's rounds are counted here.
    return (_ssh if "BEGIN OPENSSH" in block else _pem), block.encode()


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
            raise PkiError("passphrase_missing") from None
    except UnsupportedAlgorithm:
        raise PkiError("key_file_unreadable") from None
    except ValueError as error:
        refused = "password" in str(error).lower() or "decrypt" in str(error).lower()
        opening = "passphrase_wrong" if passphrase else "passphrase_missing"
        raise PkiError(opening if refused else "key_file_unreadable") from None
    try:
        return load(contents, None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise PkiError("key_file_unreadable") from None
