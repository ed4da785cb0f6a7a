"""Noticing a private key wherever it stands and however it is written, so that it is refused before all else."""

import re
import struct
from itertools import islice

from onboarding.pki.der import RSA_PKCS8
from onboarding.pki.kinds import JAVA_KEYSTORES

MARK = re.compile(rb"BEGIN[ A-Z0-9]{0,40} ?PRIVATE KEY", re.IGNORECASE)
MARKS_MAX = 100  # looked behind in one file
BEHIND_A_MARK = 400  # bytes
ENCODED = re.compile(rb"[A-Za-z0-9+/]{40}")
TOGETHER = ((b"<RSAKeyValue>", b"<D>"), (b'"kty"', b'"d"'))  # XML of .NET, JSON Web Key
SPOKEN = (
    re.compile(rb"PuTTY-User-Key-File-[0-9]"),
    re.compile(rb"openssh-key-v1\x00"),
    re.compile(rb"^[ \t]*privateExponent:", re.MULTILINE),  # openssl rsa -text
)


def speaks_of_a_key(data: bytes) -> bool:
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
    marks = islice(MARK.finditer(text), MARKS_MAX)
    return any(ENCODED.search(text, mark.end(), mark.end() + BEHIND_A_MARK) for mark in marks)


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
