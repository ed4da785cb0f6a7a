"""Storage of private keys in two layers of encryption: the partner's passphrase inside, a server key outside.

The inner layer is AES-256-GCM with a key that Argon2id derives from the passphrase. The outer layer is AES-256-GCM with
a key from the keyring, which is stored outside the database, or with a data key that a key-management service wraps
(`pki/keyring.py`); the wrapped data key is then in front of the ciphertext. The associated data of both layers contain
the onboarding, the request and its CSR (`Binding`), the public key and the parameters, so a record can be decrypted
only in its own row, beside its own CSR. Nobody can decrypt it without the passphrase, and nobody can test passphrases
without the keyring.

Version 1 bound a record to the onboarding and the public key only. `open_key` returns such a record in version 2.
"""

import os
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.keyring import KEY_BYTES, Keyring
from onboarding.pki.keys import passphrase_bytes, spki_fingerprint

VERSION = 2
# RFC 9106, 4, the second recommended option.
MEMORY_KIB = 64 * 1024
ITERATIONS = 3
LANES = 4
SALT_BYTES = 16
NONCE_BYTES = 12  # of AES-GCM (NIST SP 800-38D, 8.2)
# OpenSSL runs the lanes of Argon2id in one thread pool for the whole process: two derivations at the same time can
# deadlock, or fail because memory is short. One derivation at a time also uses all cores, and 64 MiB in total.
DERIVATION_LOCK = threading.Lock()


@dataclass(frozen=True)
class Binding:
    """The place of a sealed key: its onboarding, its request, and the SHA-256 of the CSR in hex.

    The ids are strings that never change. They and the fingerprint are part of the associated data.
    """

    onboarding: str
    request: str
    csr_fingerprint: str

    @property
    def context(self) -> bytes:
        """The place as bytes: what a key-management service binds to the data key of a record."""
        return "|".join(("onboarding data key", self.onboarding, self.request, self.csr_fingerprint)).encode()


class Layer(StrEnum):
    """The layers of encryption. The values are part of the associated data: changing one makes stored keys useless."""

    INNER = "inner"
    OUTER = "outer"


@dataclass(frozen=True)
class SealedKey:
    """A private key in both layers of encryption. Each field can be stored in its own database column."""

    version: int
    spki: str
    server_key_id: str
    kdf_memory_kib: int
    kdf_iterations: int
    kdf_lanes: int
    salt: bytes
    inner_nonce: bytes
    outer_nonce: bytes
    ciphertext: bytes = field(repr=False)

    def associated_data(self, binding: Binding, layer: Layer) -> bytes:
        """Return the associated data of `layer`: everything that must be unchanged when the key is decrypted."""
        place: tuple[str, ...] = (binding.onboarding,)
        outer: tuple[str, ...] = (self.server_key_id,)
        if self.version > 1:
            place += (binding.request, binding.csr_fingerprint)
            outer += (self.inner_nonce.hex(),)
        parameters = (self.spki, self.kdf_memory_kib, self.kdf_iterations, self.kdf_lanes, self.salt.hex())
        parts = (layer, self.version, *place, *parameters, *(outer if layer == Layer.OUTER else ()))
        return "|".join(str(part) for part in ("onboarding sealed key", *parts)).encode()

    def derive_key(self, passphrase: str) -> bytes:
        """Return the key of the inner layer. Needs 64 MiB of memory and about 0.1 s."""
        kdf = Argon2id(
            salt=self.salt,
            length=KEY_BYTES,
            iterations=self.kdf_iterations,
            lanes=self.kdf_lanes,
            memory_cost=self.kdf_memory_kib,
        )
        with DERIVATION_LOCK:
            return kdf.derive(passphrase_bytes(passphrase))


class OpenedKey(NamedTuple):
    """A decrypted private key, and its record in the current version, which is to be stored if it has changed."""

    key: RSAPrivateKey
    record: SealedKey


def seal_key(key: RSAPrivateKey, passphrase: str, keyring: Keyring, binding: Binding) -> SealedKey:
    """Return `key` encrypted in both layers; `binding` is the place where it will be stored."""
    sealed = SealedKey(
        version=VERSION,
        spki=spki_fingerprint(key.public_key()),
        server_key_id="",
        kdf_memory_kib=MEMORY_KIB,
        kdf_iterations=ITERATIONS,
        kdf_lanes=LANES,
        salt=os.urandom(SALT_BYTES),
        inner_nonce=b"",
        outer_nonce=b"",
        ciphertext=b"",
    )
    plaintext = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _encrypt_layers(sealed, plaintext, sealed.derive_key(passphrase), keyring, binding)


def _encrypt_layers(
    sealed: SealedKey, plaintext: bytes, derived: bytes, keyring: Keyring, binding: Binding
) -> SealedKey:
    fresh = replace(sealed, version=VERSION, inner_nonce=os.urandom(NONCE_BYTES))
    inner = AESGCM(derived).encrypt(fresh.inner_nonce, plaintext, fresh.associated_data(binding, Layer.INNER))
    return _encrypt_outer_layer(fresh, inner, keyring, binding)


def _encrypt_outer_layer(
    sealed: SealedKey, inner: bytes, keyring: Keyring, binding: Binding, key_id: str = ""
) -> SealedKey:
    data_key = keyring.new_data_key(binding.context, key_id)
    fresh = replace(sealed, server_key_id=data_key.server_key_id, outer_nonce=os.urandom(NONCE_BYTES))
    ciphertext = AESGCM(data_key.key).encrypt(fresh.outer_nonce, inner, fresh.associated_data(binding, Layer.OUTER))
    return replace(fresh, ciphertext=data_key.prefix + ciphertext)


def _decrypt_outer_layer(sealed: SealedKey, keyring: Keyring, binding: Binding) -> bytes:
    data_key = keyring.data_key(sealed.server_key_id, sealed.ciphertext, binding.context)
    ciphertext = sealed.ciphertext[len(data_key.prefix) :]
    try:
        associated_data = sealed.associated_data(binding, Layer.OUTER)
        return AESGCM(data_key.key).decrypt(sealed.outer_nonce, ciphertext, associated_data)
    except (InvalidTag, ValueError):
        raise PkiError("sealed_key_damaged") from None


def check_record(sealed: SealedKey, keyring: Keyring, binding: Binding) -> None:
    """Raise PkiError if a record was altered or moved, or if its CSR was replaced. The passphrase is not needed.

    The codes are those of `open_key`. A record of version 1 is not bound to its request and its CSR: compare the
    public key of the CSR with `spki` as well.
    """
    _decrypt_outer_layer(sealed, keyring, binding)


def open_key(sealed: SealedKey, passphrase: str, keyring: Keyring, binding: Binding) -> OpenedKey:
    """Return the decrypted private key, and its record in the current version.

    PkiError: passphrase_wrong; sealed_key_damaged (altered, moved from another row, or beside another CSR);
    server_key_unknown; those of a key-management service (`pki/transit.py`). The outer layer is decrypted first and
    authenticates every field, so a wrong passphrase and a damaged record are told apart. Only in version 1, a changed
    `inner_nonce` looks like a wrong passphrase.
    """
    inner = _decrypt_outer_layer(sealed, keyring, binding)
    derived = sealed.derive_key(passphrase)
    try:
        plaintext = AESGCM(derived).decrypt(sealed.inner_nonce, inner, sealed.associated_data(binding, Layer.INNER))
    except InvalidTag:
        raise PassphraseError("passphrase_wrong") from None
    # Both layers are authenticated. Testing the primes again would take longer than a TLS handshake.
    key = load_der_private_key(plaintext, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey) or spki_fingerprint(key.public_key()) != sealed.spki:
        raise PkiError("sealed_key_damaged")
    is_current = sealed.version == VERSION
    return OpenedKey(key, sealed if is_current else _encrypt_layers(sealed, plaintext, derived, keyring, binding))


def rewrap(sealed: SealedKey, keyring: Keyring, binding: Binding, key_id: str = "") -> SealedKey:
    """Return the record with its outer layer encrypted anew (PkiError as `open_key`).

    The server key is `key_id`, or else the one that encrypts now.

    This rotates a server key, or moves the record from the file to a service or back. The passphrase is not needed.
    """
    return _encrypt_outer_layer(sealed, _decrypt_outer_layer(sealed, keyring, binding), keyring, binding, key_id)
