"""The server keys that encrypt the outer layer of stored private keys: lines of a file, or a key-management service.

A key of the file encrypts records itself. A key of a service never leaves it: each record has a data key of its own,
which the service wraps, and the record contains the wrapped data key. Nothing that the service returns is kept.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onboarding.pki.errors import PkiError

KEY_BYTES = 32  # AES-256
ID_MAX = 64  # characters
SEPARATOR = b"\n"  # between a wrapped data key and the ciphertext


class WrappedKey(NamedTuple):
    """A data key that a service has wrapped: the id of the key that wrapped it, and its text, without a line feed."""

    key_id: str
    text: str


class KeyService(Protocol):
    """A key-management service, which wraps data keys. Its methods ask it, and raise PkiError if it fails."""

    def current_id(self) -> str:
        """Return the id of the key that wraps."""

    def owns(self, key_id: str) -> bool:
        """Return whether `key_id` has the form of this service's ids. Asks nothing."""

    def available_ids(self) -> list[str]:
        """Return the ids of the keys that unwrap, oldest first."""

    def through(self, key_id: str) -> list[str]:
        """Return the ids of all versions up to `key_id`. Asks nothing."""

    def wrap(self, data_key: bytes, context: bytes, key_id: str = "") -> WrappedKey:
        """Wrap `data_key` with `key_id`, or else with the current key; only the same `context` unwraps it."""

    def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        """Return the data key. PkiError sealed_key_damaged: another context, or an altered text."""


class DataKey(NamedTuple):
    """The key that encrypts a record, the id of the server key behind it, and the bytes in front of the ciphertext."""

    server_key_id: str
    key: bytes
    prefix: bytes


@dataclass(frozen=True)
class Keyring:
    """The server keys by id, in order. The first one encrypts, or the service if `service_encrypts`; all decrypt."""

    keys: Mapping[str, bytes] = field(repr=False)
    service: KeyService | None = field(default=None, repr=False)
    service_encrypts: bool = field(default=False, repr=False)

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
            if not name or len(name) > ID_MAX or name in keys or len(key) != KEY_BYTES:
                raise PkiError("keyring_malformed", params={"line": number})
            keys[name] = key
        if not keys:
            raise PkiError("keyring_malformed", params={"line": len(lines)})
        return cls(keys)

    @staticmethod
    def new_line() -> str:
        """Return a line with one random key."""
        return f"{os.urandom(4).hex()}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"

    @classmethod
    def new_text(cls) -> str:
        """Return the text of a new keyring file with one random key."""
        # not shown: a file that only administrators read
        return "# The first key encrypts, all decrypt.\n" + cls.new_line()

    @property
    def first_id(self) -> str:
        """The id of the first key of the file."""
        return next(iter(self.keys))

    def current_id(self) -> str:
        """Return the id of the server key that encrypts. Asks the service, if it encrypts (PkiError)."""
        return self.service.current_id() if self.service and self.service_encrypts else self.first_id

    def available_ids(self) -> list[str]:
        """Return the ids of all server keys that decrypt. Asks the service, if there is one (PkiError)."""
        return [*self.keys, *(self.service.available_ids() if self.service else [])]

    def retired_with(self, key_id: str) -> list[str]:
        """Return the ids that are retired with `key_id`: itself, and for a service the earlier versions as well."""
        return self.service.through(key_id) if self.service and self.service.owns(key_id) else [key_id]

    def new_data_key(self, context: bytes, key_id: str = "") -> DataKey:
        """Return the key for a new record, under `key_id`, or else under the server key that encrypts.

        `context` names the place of the record; a service binds it to the data key. PkiError: server_key_unknown, or
        an error of the service.
        """
        if key_id in self.keys or not (key_id or (self.service and self.service_encrypts)):
            name = key_id or self.first_id
            return DataKey(name, self.keys[name], b"")
        if self.service is None or not (self.service.owns(key_id) or not key_id):
            raise PkiError("server_key_unknown", found=key_id)
        key = os.urandom(KEY_BYTES)
        wrapped = self.service.wrap(key, context, key_id)
        return DataKey(wrapped.key_id, key, wrapped.text.encode() + SEPARATOR)

    def data_key(self, key_id: str, ciphertext: bytes, context: bytes) -> DataKey:
        """Return the key of a stored record (PkiError server_key_unknown, sealed_key_damaged, or of the service)."""
        if key_id in self.keys:
            return DataKey(key_id, self.keys[key_id], b"")
        if self.service is None or not self.service.owns(key_id):
            raise PkiError("server_key_unknown", found=key_id)
        text, separator, _ = ciphertext.partition(SEPARATOR)
        if not separator or not text.isascii():
            raise PkiError("sealed_key_damaged")
        key = self.service.unwrap(WrappedKey(key_id, text.decode("ascii")), context)
        if len(key) != KEY_BYTES:
            raise PkiError("sealed_key_damaged")
        return DataKey(key_id, key, text + separator)


CANARY = b"This record shows that the server key is present."


def seal_canary(keyring: Keyring, key_id: str) -> bytes:
    """Return a record without a secret, encrypted under `key_id` (PkiError as `Keyring.new_data_key`)."""
    context = f"onboarding canary|{key_id}".encode()
    data_key = keyring.new_data_key(context, key_id)
    nonce = os.urandom(12)
    return data_key.prefix + nonce + AESGCM(data_key.key).encrypt(nonce, CANARY, context)


def check_canary(keyring: Keyring, key_id: str, record: bytes) -> None:
    """Raise PkiError if `record` does not open: server_key_unknown, server_key_other, or an error of the service."""
    context = f"onboarding canary|{key_id}".encode()
    data_key = keyring.data_key(key_id, record, context)
    body = record[len(data_key.prefix) :]
    try:
        content = AESGCM(data_key.key).decrypt(body[:12], body[12:], context)
    except (InvalidTag, ValueError):
        content = b""
    if content != CANARY:
        raise PkiError("server_key_other", found=key_id)


def check_value(key: bytes) -> str:
    """Return eight hexadecimal digits by which people compare a key on several machines. They reveal nothing of it."""
    return hashlib.blake2s(b"onboarding check value", key=key, digest_size=4).hexdigest()


def _lines(text: str) -> list[str]:
    return [line if line.endswith("\n") else line + "\n" for line in text.splitlines()]


def _is_line_of(line: str, key_id: str) -> bool:
    return line.strip().partition(":")[0] == key_id and not line.lstrip().startswith("#")


def with_added_line(text: str, line: str) -> str:
    """Return the text of a keyring with one more key at its end (PkiError keyring_malformed)."""
    changed = "".join([*_lines(text), line])
    Keyring.from_text(changed)
    return changed


def with_promoted_line(text: str, key_id: str) -> str:
    """Return the text of a keyring in which `key_id` is the first key (PkiError server_key_unknown)."""
    lines = _lines(text)
    own = [line for line in lines if _is_line_of(line, key_id)]
    if not own:
        raise PkiError("server_key_unknown", found=key_id)
    others = [line for line in lines if not _is_line_of(line, key_id)]
    first = next(
        (n for n, line in enumerate(others) if line.strip() and not line.lstrip().startswith("#")), len(others)
    )
    return "".join([*others[:first], *own, *others[first:]])


def without_line(text: str, key_id: str) -> str:
    """Return the text of a keyring without `key_id` (PkiError keyring_malformed: no other key is left)."""
    changed = "".join(line for line in _lines(text) if not _is_line_of(line, key_id))
    Keyring.from_text(changed)
    return changed


def write_key_file(path: Path, text: str) -> None:
    """Replace the keyring file at once, readable by its owner only (OSError). A reader sees the old or the new one."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and os.geteuid() == 0:
            owner = path.stat()
            os.chown(new, owner.st_uid, owner.st_gid)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
