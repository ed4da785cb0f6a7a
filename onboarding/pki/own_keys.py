"""Reading a private key that its owner hands over for one use: PEM or DER, PKCS#8 or PKCS#1, or a PKCS#12 file."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)

from onboarding.pki.errors import PkiError
from onboarding.pki.keys import spki_fingerprint

LIMIT = 64 * 1024  # bytes


def read_own_key(data: bytes, passphrase: str, spki: str) -> RSAPrivateKey:
    """The RSA key in `data` with the SPKI fingerprint `spki`; an unencrypted one needs no passphrase.

    PkiError: own_key_unreadable, passphrase_wrong, own_key_other. Nothing of `data` is kept, in an error or elsewhere.
    """
    if len(data) > LIMIT:
        raise PkiError("own_key_unreadable")
    key = _load(data, passphrase.encode())
    if not isinstance(key, RSAPrivateKey):
        raise PkiError("own_key_unreadable")
    if spki_fingerprint(key.public_key()) != spki:
        raise PkiError("own_key_other")
    return key


def _load(data: bytes, secret: bytes) -> PrivateKeyTypes | None:
    locked = False
    for load in (load_pem_private_key, load_der_private_key):
        for password in (None, secret or None):
            try:
                return load(data, password)
            except TypeError:  # a passphrase is missing, or one too many
                locked = True
            except (ValueError, UnsupportedAlgorithm):
                locked = locked or (password is not None and b"ENCRYPTED" in data)
    try:
        return pkcs12.load_key_and_certificates(data, secret)[0]
    except ValueError:
        # A PKCS#12 file starts as any DER does; its passphrase guards an integrity check.
        locked = locked or data[:1] == b"\x30"
    raise PkiError("passphrase_wrong" if locked else "own_key_unreadable") from None
