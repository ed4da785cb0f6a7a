"""What one file holds: the DER values found in it, and whether there is a private key among them."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from onboarding.pki.der import RSA_PKCS8, Shape, is_complete, known_values, shape_of
from onboarding.pki.intake.file_types import JAVA_KEYSTORES
from onboarding.pki.intake.text import DecodedText, Item, decode_text, decodings, find_items

KEY_MARKER = re.compile(rb"BEGIN[ A-Z0-9]{0,40} ?PRIVATE KEY", re.IGNORECASE)
KEY_MARKERS_MAX = 100  # looked behind in one file
BEHIND_A_MARK = 400  # bytes
KEY_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40}")
TOGETHER = ((b"<RSAKeyValue>", b"<D>"), (b'"kty"', b'"d"'))  # XML of .NET, JSON Web Key
SPOKEN = (
    re.compile(rb"PuTTY-User-Key-File-[0-9]"),
    re.compile(rb"openssh-key-v1\x00"),
    re.compile(rb"^[ \t]*privateExponent:", re.MULTILINE),  # openssl rsa -text
)


def contains_private_key(data: bytes) -> bool:
    """Whether `data`, as it stands there or with its NULs left out (UTF-16), holds a private key."""
    if RSA_PKCS8 in data or _in_java_keystore(data):
        return True
    texts = (data, data.replace(b"\x00", b"")) if b"\x00" in data else (data,)
    return any(_in_text(text) for text in texts)


def _in_text(text: bytes) -> bool:
    if any(sign.search(text) for sign in SPOKEN):
        return True
    if any(all(part in text for part in parts) for parts in TOGETHER):
        return True
    marks = islice(KEY_MARKER.finditer(text), KEY_MARKERS_MAX)
    return any(KEY_BASE64.search(text, mark.end(), mark.end() + BEHIND_A_MARK) for mark in marks)


def _in_java_keystore(data: bytes) -> bool:
    """Whether a JKS or JCEKS file has an entry that isn't a certificate, or can't be followed to its end."""
    if not data.startswith(JAVA_KEYSTORES):
        return False
    try:
        version, entries = struct.unpack_from(">II", data, 4)
        offset = 12
        for _ in range(min(entries, 1000)):
            kind = struct.unpack_from(">I", data, offset)[0]
            if kind != 2:
                return True
            offset = _behind_text(data, offset + 4) + 8
            offset = _behind_text(data, offset) if version == 2 else offset
            offset += 4 + struct.unpack_from(">I", data, offset)[0]
    except struct.error:
        return True
    return False


def _behind_text(data: bytes, offset: int) -> int:
    return int(offset + 2 + struct.unpack_from(">H", data, offset)[0])


@dataclass(frozen=True)
class Contents:
    """The values in a file, whether it is binary, its text, and what was undone, in words for people."""

    items: tuple[Item, ...]
    binary: bool
    text: str
    undone: tuple[str, ...]
    private_key: bool


def read_contents(data: bytes) -> Contents:
    """Everything found in `data`. Bounded by its size; never raises."""
    key = contains_private_key(data)
    if shape_of(data) != Shape.UNKNOWN:
        values = tuple(Item(shape_of(value), value, is_complete(value)) for value in known_values(data))
        return Contents(values, True, "", (), key or _has_key(values))
    text, undone = decode_text(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = [(view, find_items(view.text)) for view in decodings(text)]
    view, items = _best(seen)
    plain = seen[-1][1]
    said = undone if items == plain else (*undone, *view.undone)
    key = key or any(
        _has_key(found) or contains_private_key(one.text.encode("utf-8", "replace")) for one, found in seen
    )
    return Contents(tuple(items), False, view.text, said, key)


def _has_key(items: Sequence[Item]) -> bool:
    return any(item.shape == Shape.PRIVATE_KEY for item in items)


def _best(seen: Sequence[tuple[DecodedText, list[Item]]]) -> tuple[DecodedText, list[Item]]:
    """The view in which most values are whole; among equals, the one with most undone, which comes first."""

    def worth(pair: tuple[DecodedText, list[Item]]) -> int:
        known = [item for item in pair[1] if item.shape != Shape.UNKNOWN]
        return sum(2 if item.complete else -1 for item in known)

    return max(seen, key=worth)
