"""The contents of one file: the DER values in it, and whether one of them is a private key."""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from onboarding.pki.der import RSA_PKCS8, Shape, is_complete, known_values, shape_of
from onboarding.pki.intake.file_types import JAVA_KEYSTORES
from onboarding.pki.intake.text import DecodedText, Item, Transformation, decode_text, decodings, find_items

KEY_MARKER = re.compile(rb"BEGIN[ A-Z0-9]{0,40} ?PRIVATE KEY", re.IGNORECASE)
KEY_MARKERS_MAX = 100  # markers examined in one file
KEY_DISTANCE_MAX = 400  # bytes after a marker in which the key must begin
KEY_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40}")
KEY_PARTS = ((b"<RSAKeyValue>", b"<D>"), (b'"kty"', b'"d"'))  # .NET's XML, JSON Web Key (RFC 7517)
KEY_SIGNS = (
    re.compile(rb"PuTTY-User-Key-File-[0-9]"),
    re.compile(rb"openssh-key-v1\x00"),
    re.compile(rb"^[ \t]*privateExponent:", re.MULTILINE),  # the output of openssl rsa -text
)
TRUSTED_CERTIFICATE_ENTRY = 2  # of a Java keystore
KEYSTORE_ENTRIES_MAX = 1000


def contains_private_key(data: bytes) -> bool:
    """Return whether `data` contains a private key, as it is or with its NUL bytes removed (UTF-16)."""
    if RSA_PKCS8 in data or _is_keystore_with_key(data):
        return True
    texts = (data, data.replace(b"\x00", b"")) if b"\x00" in data else (data,)
    return any(_text_contains_key(text) for text in texts)


def _text_contains_key(text: bytes) -> bool:
    if any(sign.search(text) for sign in KEY_SIGNS):
        return True
    if any(all(part in text for part in parts) for parts in KEY_PARTS):
        return True
    markers = islice(KEY_MARKER.finditer(text), KEY_MARKERS_MAX)
    return any(KEY_BASE64.search(text, marker.end(), marker.end() + KEY_DISTANCE_MAX) for marker in markers)


def _is_keystore_with_key(data: bytes) -> bool:
    """Return whether `data` is a JKS or JCEKS file with an entry that is no certificate, or that can't be parsed."""
    if not data.startswith(JAVA_KEYSTORES):
        return False
    try:
        version, entries = struct.unpack_from(">II", data, 4)
        offset = 12
        for _ in range(min(entries, KEYSTORE_ENTRIES_MAX)):
            entry_type = struct.unpack_from(">I", data, offset)[0]
            if entry_type != TRUSTED_CERTIFICATE_ENTRY:
                return True
            offset = _skip_string(data, offset + 4) + 8
            offset = _skip_string(data, offset) if version == 2 else offset
            offset += 4 + struct.unpack_from(">I", data, offset)[0]
    except struct.error:
        return True
    return False


def _skip_string(data: bytes, offset: int) -> int:
    """Return the offset after the string at `offset`, which has a length of two bytes."""
    return int(offset + 2 + struct.unpack_from(">H", data, offset)[0])


@dataclass(frozen=True)
class Contents:
    """The contents of a file. `undone` has the transformations that were needed to find `items` in a text."""

    items: tuple[Item, ...]
    binary: bool
    text: str
    undone: tuple[Transformation, ...]
    private_key: bool


def read_contents(data: bytes) -> Contents:
    """Return everything found in `data`. The effort is bounded by its size; never raises."""
    private_key = contains_private_key(data)
    if shape_of(data) != Shape.UNKNOWN:
        values = tuple(Item(shape_of(value), value, is_complete(value)) for value in known_values(data))
        return Contents(values, True, "", (), private_key or _has_key(values))
    text, transformations = decode_text(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    candidates = [(decoded, find_items(decoded.text)) for decoded in decodings(text)]
    decoded, items = _best_decoding(candidates)
    if items != candidates[-1][1]:  # the last candidate is the text without any decoding
        transformations = (*transformations, *decoded.transformations)
    private_key = private_key or any(
        _has_key(found) or contains_private_key(candidate.text.encode("utf-8", "replace"))
        for candidate, found in candidates
    )
    return Contents(tuple(items), False, decoded.text, transformations, private_key)


def _has_key(items: Sequence[Item]) -> bool:
    return any(item.shape == Shape.PRIVATE_KEY for item in items)


def _best_decoding(candidates: Sequence[tuple[DecodedText, list[Item]]]) -> tuple[DecodedText, list[Item]]:
    """Return the candidate with most complete values; the first of several, which has most transformations."""

    def score(candidate: tuple[DecodedText, list[Item]]) -> int:
        known = [item for item in candidate[1] if item.shape != Shape.UNKNOWN]
        return sum(2 if item.complete else -1 for item in known)

    return max(candidates, key=score)
