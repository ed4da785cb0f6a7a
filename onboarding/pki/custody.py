"""Private keys at rest, under two locks: the partner's passphrase inside, the server's keyring outside.

The inner lock is AES-256-GCM under a key that Argon2id derives from the passphrase; the outer one is AES-256-GCM under
a key from the keyring, which lives outside the database. Both bind the record to its onboarding (`binding`), its
public key and its parameters, so that it opens in its own row only. Without the passphrase nobody opens it; without the
keyring nobody can even try a passphrase.
"""

import base64
import binascii
import os
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

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
from onboarding.pki.keys import spki_fingerprint

VERSION = 1
# RFC 9106, 4, the second recommended option.
MEMORY_KIB = 64 * 1024
ITERATIONS = 3
LANES = 4
SALT_BYTES = 16
NONCE_BYTES = 12  # of AES-GCM (NIST SP 800-38D, 8.2)
KEY_BYTES = 32
# OpenSSL lends Argon2id's lanes from one pool of threads for the whole process: two derivations at once wait for each
# other for ever, or fail for want of memory. One at a time uses all cores just as well, and 64 MiB in all.
ONE_DERIVATION = threading.Lock()


@dataclass(frozen=True)
class Keyring:
    """The server's keys by id, in order: the first encrypts, all decrypt."""

    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """The keyring in the file at `path` (PkiError keyring_missing, keyring_malformed)."""
        try:
            return cls.from_text(path.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as exc:
            raise PkiError("keyring_missing") from exc

    @classmethod
    def from_text(cls, text: str) -> "Keyring":
        """One key a line, `id:base64 of 32 bytes`; # starts a comment line (PkiError keyring_malformed)."""
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
        """A new keyring with one random key, as its file's text."""
        name = os.urandom(4).hex()
        return f"# The first key encrypts, all decrypt.\n{name}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"

    @property
    def first_id(self) -> str:
        """The id of the key that encrypts."""
        return next(iter(self.keys))


@dataclass(frozen=True)
class SealedKey:
    """A private key under both locks; every field can stand in a column of its own."""

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

    def bound_to(self, binding: str, lock: str) -> bytes:
        """The associated data of a lock: what the record may not be separated from."""
        parts = (
            lock,
            self.version,
            binding,
            self.spki,
            self.kdf_memory_kib,
            self.kdf_iterations,
            self.kdf_lanes,
            self.salt.hex(),
        )
        outer = (self.server_key_id,) if lock == "outer" else ()
        return "|".join(str(part) for part in ("onboarding sealed key", *parts, *outer)).encode()

    def derive(self, passphrase: str) -> bytes:
        """The inner lock's key: 64 MiB and about a tenth of a second a call."""
        kdf = Argon2id(
            salt=self.salt,
            length=KEY_BYTES,
            iterations=self.kdf_iterations,
            lanes=self.kdf_lanes,
            memory_cost=self.kdf_memory_kib,
        )
        with ONE_DERIVATION:
            return kdf.derive(unicodedata.normalize("NFC", passphrase).encode())


def seal_key(key: RSAPrivateKey, passphrase: str, keyring: Keyring, binding: str) -> SealedKey:
    """`key` under both locks; `binding` names the row that it will stand in."""
    sealed = SealedKey(
        version=VERSION,
        spki=spki_fingerprint(key.public_key()),
        server_key_id=keyring.first_id,
        kdf_memory_kib=MEMORY_KIB,
        kdf_iterations=ITERATIONS,
        kdf_lanes=LANES,
        salt=os.urandom(SALT_BYTES),
        inner_nonce=os.urandom(NONCE_BYTES),
        outer_nonce=os.urandom(NONCE_BYTES),
        ciphertext=b"",
    )
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    inner = AESGCM(sealed.derive(passphrase)).encrypt(sealed.inner_nonce, clear, sealed.bound_to(binding, "inner"))
    return _lock_outer(sealed, inner, keyring, binding)


def _lock_outer(sealed: SealedKey, inner: bytes, keyring: Keyring, binding: str) -> SealedKey:
    fresh = replace(sealed, server_key_id=keyring.first_id, outer_nonce=os.urandom(NONCE_BYTES))
    lock = AESGCM(keyring.keys[fresh.server_key_id])
    return replace(fresh, ciphertext=lock.encrypt(fresh.outer_nonce, inner, fresh.bound_to(binding, "outer")))


def _open_outer(sealed: SealedKey, keyring: Keyring, binding: str) -> bytes:
    key = keyring.keys.get(sealed.server_key_id)
    if key is None:
        raise PkiError("server_key_unknown", found=sealed.server_key_id)
    try:
        return AESGCM(key).decrypt(sealed.outer_nonce, sealed.ciphertext, sealed.bound_to(binding, "outer"))
    except (InvalidTag, ValueError):
        raise PkiError("sealed_key_damaged") from None


def open_key(sealed: SealedKey, passphrase: str, keyring: Keyring, binding: str) -> RSAPrivateKey:
    """The private key, in memory.

    PkiError: passphrase_wrong; sealed_key_damaged (altered, or moved from another row); server_key_unknown. The outer
    lock opens first and covers every field, so a wrong passphrase is never taken for damage, nor damage for it.
    """
    inner = _open_outer(sealed, keyring, binding)
    try:
        lock = AESGCM(sealed.derive(passphrase))
        clear = lock.decrypt(sealed.inner_nonce, inner, sealed.bound_to(binding, "inner"))
    except InvalidTag:
        raise PassphraseError("passphrase_wrong") from None
    # Both locks have vouched for what was sealed: to test its primes again would take longer than a handshake.
    key = load_der_private_key(clear, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey) or spki_fingerprint(key.public_key()) != sealed.spki:
        raise PkiError("sealed_key_damaged")
    return key


def rewrap(sealed: SealedKey, keyring: Keyring, binding: str) -> SealedKey:
    """The same key, its outer lock under the keyring's first key: how a server key is rotated (PkiError as above)."""
    return _lock_outer(sealed, _open_outer(sealed, keyring, binding), keyring, binding)
