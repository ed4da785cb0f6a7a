"""Storage of private keys in two layers of encryption: the partner's passphrase inside, a server key outside.

The inner layer is AES-256-GCM with a key that Argon2id derives from the passphrase. The outer layer is AES-256-GCM with
a key-encryption key from the keyring, which is stored outside the database. The associated data of both layers contain
the onboarding, the request and its CSR (`Binding`), the public key and the parameters, so a record can be decrypted
only in its own row, beside its own CSR. Nobody can decrypt it without the passphrase, and nobody can test passphrases
without the keyring.

Version 1 bound a record to the onboarding and the public key only. `open_key` returns such a record in version 2.
"""

import base64
import binascii
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
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
from onboarding.pki.keys import passphrase_bytes, spki_fingerprint

VERSION = 2
# RFC 9106, 4, the second recommended option.
MEMORY_KIB = 64 * 1024
ITERATIONS = 3
LANES = 4
SALT_BYTES = 16
NONCE_BYTES = 12  # of AES-GCM (NIST SP 800-38D, 8.2)
KEY_BYTES = 32
# OpenSSL runs the lanes of Argon2id in one thread pool for the whole process: two derivations at the same time can
# deadlock, or fail because memory is short. One derivation at a time also uses all cores, and 64 MiB in total.
DERIVATION_LOCK = threading.Lock()


@dataclass(frozen=True)
class Keyring:
    """The server keys by id, in order. The first one encrypts; all of them decrypt."""

    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Return the keyring from the file at `path` (PkiError keyring_missing, keyring_malformed)."""
        try:
            return cls.from_text(path.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as exc:
            raise PkiError("keyring_missing") from exc

    @classmethod
    def from_text(cls, text: str) -> "Keyring":
        """Return the keyring from `text` (PkiError keyring_malformed).

        Each line has one key as `id:base64 of 32 bytes`; # starts a comment line.
        """
        keys: dict[str, bytes] = {}
        lines = [line.strip() for line in text.splitlines()]
        for number, line in enumerate(lines, 1):
            if not line or line.startswith("#"):
                continue
            name, _, encoded = line.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not name or len(name) > 64 or name in keys or len(key) != KEY_BYTES:
                raise PkiError("keyring_malformed", params={"line": number})
            keys[name] = key
        if not keys:
            raise PkiError("keyring_malformed", params={"line": len(lines)})
        return cls(keys)

    @staticmethod
    def new_text() -> str:
        """Return the text of a new keyring file with one random key."""
        name = os.urandom(4).hex()
        # not shown: a file that only administrators read
        return f"# The first key encrypts, all decrypt.\n{name}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"

    @property
    def first_id(self) -> str:
        """The id of the server key that encrypts."""
        return next(iter(self.keys))


@dataclass(frozen=True)
class Binding:
    """The place of a sealed key: its onboarding, its request, and the SHA-256 of the CSR in hex.

    The ids are strings that never change. They and the fingerprint are part of the associated data.
    """

    onboarding: str
    request: str
    csr_fingerprint: str


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
        server_key_id=keyring.first_id,
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


def _encrypt_outer_layer(sealed: SealedKey, inner: bytes, keyring: Keyring, binding: Binding) -> SealedKey:
    fresh = replace(sealed, server_key_id=keyring.first_id, outer_nonce=os.urandom(NONCE_BYTES))
    cipher = AESGCM(keyring.keys[fresh.server_key_id])
    ciphertext = cipher.encrypt(fresh.outer_nonce, inner, fresh.associated_data(binding, Layer.OUTER))
    return replace(fresh, ciphertext=ciphertext)


def _decrypt_outer_layer(sealed: SealedKey, keyring: Keyring, binding: Binding) -> bytes:
    key = keyring.keys.get(sealed.server_key_id)
    if key is None:
        raise PkiError("server_key_unknown", found=sealed.server_key_id)
    try:
        associated_data = sealed.associated_data(binding, Layer.OUTER)
        return AESGCM(key).decrypt(sealed.outer_nonce, sealed.ciphertext, associated_data)
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
    server_key_unknown. The outer layer is decrypted first and authenticates every field, so a wrong passphrase and a
    damaged record are told apart. Only in version 1, a changed `inner_nonce` looks like a wrong passphrase.
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


def rewrap(sealed: SealedKey, keyring: Keyring, binding: Binding) -> SealedKey:
    """Return the record with its outer layer encrypted anew under the keyring's first key (PkiError as `open_key`).

    This rotates a server key. The passphrase is not needed.
    """
    return _encrypt_outer_layer(sealed, _decrypt_outer_layer(sealed, keyring, binding), keyring, binding)
