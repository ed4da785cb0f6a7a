"""Detection of private keys in a file: whole, damaged, truncated or encrypted, and in any wrapping of text.

A key is found by its contents, not by its name: a marker line in a sentence, in a template or in an instruction is no
key. Base64 without marker lines whose beginning is missing can't be distinguished from other base64, and is not found.
"""

import base64
import binascii
import re
import struct
from itertools import islice, pairwise

from onboarding.pki.der import RSA_PKCS8, Shape, is_complete, shape_of

KEY_MARKERS_MAX = 100  # marker lines examined in one file
KEY_BODY_MAX = 24 * 1024  # characters after a marker line; an RSA key of 16,384 bits has 12,500
MARKER_LINE = re.compile(
    r"(?P<edge>BEGIN|END)[ \t_+A-Z0-9]{0,40}?[ \t_+](?P<label>PRIVATE[ \t_+]{1,9}KEY|CERTIFICATE|PUBLIC[ \t_+]{1,9}KEY)"
    r"(?:[ \t_+]{1,9}(?:BLOCK|REQUEST))?",
    re.IGNORECASE,
)
HEADER_LINE = re.compile(
    r"(?:Proc-Type|DEK-Info|Comment|Subject|Version|Key-Info)[ \t]{0,3}:[^\n]{0,200}", re.IGNORECASE
)
PROSE_WORD = re.compile(r"[^\W\d_]{3,}")
WORDS_MAX = 3  # between a marker line and its key: remains of HTML, or a comment
FOLLOWING_MAX = 5  # starts of certificates that are tried
KEY_TOKEN = re.compile(r"[A-Za-z0-9+/]+")
KEY_BASE64_MIN = 64  # characters of base64 that make a key; a template shows the beginning, which is in every key
TOKEN_MIN = 14  # keys that were wrapped again have lines of 16 or more
DISTINCT_MIN = 20  # of the first 64 characters; random ones have about 40, and a filler or a sentence has fewer
# What every unencrypted RSA or encrypted key begins with, up to the first byte that differs from key to key.
COMMON_START = re.compile(
    r"MII[A-Za-z0-9+/]{2}(?:IBADANBgkqhkiG9w0BAQEFAASC(?:[A-Za-z0-9+/]{2}cwggSjAgEAAoIBAQ|[A-Za-z0-9+/]{6}ggSj?AgEAAoI)?"
    r"|IBAAKCAQEA|DBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQI|[A-Za-z0-9+/]{6})"
    r"|b3BlbnNzaC1rZXktdjEAAAA[A-Za-z0-9+/]{0,40}"
)
# Short keys of elliptic curves, which begin with version 0 or 1, in base64.
SHORT_KEY = re.compile(r"(?<![A-Za-z0-9+/])M[A-J][A-Za-z0-9+/]{1,3}(?:CAQAw|CAQEE|gEAM|gEBB)[A-Za-z0-9+/=\s]{30,400}")
LONG_NUMBER = r"[A-Za-z0-9+/_-]{40}"  # base64 of 30 bytes
KEY_SIGNS = (
    re.compile(rf"<D>\s{{0,20}}{LONG_NUMBER}[A-Za-z0-9+/=\s]{{0,20}}"),  # .NET's RSAKeyValue
    re.compile(rf"\"d\"\s{{0,20}}:\s{{0,20}}\"{LONG_NUMBER}"),  # JSON Web Key (RFC 7518, 6.2.2 and 6.3.2)
    re.compile(rf"Private-Lines: [0-9]{{1,3}}[\s>|]{{1,9}}{LONG_NUMBER}"),  # PuTTY
    re.compile(r"b3BlbnNzaC1rZXktdjEA[A-Za-z0-9+/\s]{200}"),  # OpenSSH without marker lines
    re.compile(r"openssh-key-v1\x00.{0,200}[^\s!-~]", re.DOTALL),
    re.compile(r"privateExponent:\s{0,40}(?:[0-9a-f]{2}:){15}", re.IGNORECASE),  # openssl rsa -text
)
JAVA_KEYSTORES = (bytes.fromhex("feedfeed"), bytes.fromhex("cececece"))  # JKS, JCEKS
TRUSTED_CERTIFICATE_ENTRY = 2  # of a Java keystore
KEYSTORE_ENTRIES_MAX = 1000


def contains_private_key(data: bytes) -> bool:
    """Return whether `data` contains a private key, as it is or with its NUL bytes removed (UTF-16)."""
    if RSA_PKCS8 in data or _is_keystore_with_key(data):
        return True
    texts = (data, data.replace(b"\x00", b"")) if b"\x00" in data else (data,)
    return any(text_contains_key(text.decode("latin-1")) for text in texts)


def text_contains_key(text: str) -> bool:
    """Return whether `text` contains a private key as PEM, JSON Web Key, XML, in PuTTY's or in OpenSSL's text form."""
    if any(sign.search(text) for sign in KEY_SIGNS):
        return True
    if any(_is_short_key(match[0]) for match in islice(SHORT_KEY.finditer(text), KEY_MARKERS_MAX)):
        return True
    markers = list(islice(MARKER_LINE.finditer(text), KEY_MARKERS_MAX))
    for index, marker in enumerate(markers):
        if not marker["label"].upper().startswith("PRIVATE"):
            continue
        if marker["edge"].upper() == "BEGIN":
            end = markers[index + 1].start() if index + 1 < len(markers) else len(text)
            if is_key_body(text[marker.end() : min(end, marker.end() + KEY_BODY_MAX)]):
                return True
        elif is_key_body(_body_before(text, markers[index - 1].end() if index else 0, marker.start())):
            return True
    return False


def _body_before(text: str, start: int, end: int) -> str:
    """Return the last paragraph before a marker line that ends a key, whose first line may be lost."""
    before = text[max(start, end - KEY_BODY_MAX) : end]
    return before.rstrip("- \t\n").rpartition("\n\n")[2]


def is_key_body(body: str) -> bool:
    """Return whether the text after the marker line of a private key is a key, and not words or a template.

    A key has KEY_BASE64_MIN characters of base64 or more, apart from the beginning that all keys have in common. Base64
    that is something else, such as a certificate without marker lines, is no key.
    """
    plain = HEADER_LINE.sub("", body)
    matches = [match for match in KEY_TOKEN.finditer(plain) if _is_encoded(match[0])]
    if not matches:
        return False
    encoded = "".join(_own_tokens([match[0] for match in matches]))
    der = _decode(encoded)
    shape = shape_of(der)
    if shape not in (Shape.PRIVATE_KEY, Shape.UNKNOWN):
        return False
    if shape == Shape.PRIVATE_KEY and is_complete(der):
        return _is_random(encoded[-KEY_BASE64_MIN:])
    if shape == Shape.UNKNOWN and len(PROSE_WORD.findall(plain[: matches[0].start()])) > WORDS_MAX:
        return False
    common = COMMON_START.match(encoded)
    rest = encoded[common.end() :] if common else encoded
    return len(rest) >= KEY_BASE64_MIN and _is_random(rest[-KEY_BASE64_MIN:])


def _is_encoded(token: str) -> bool:
    return len(token) >= TOKEN_MIN and not token.isalpha() and not token.isdigit()


def _own_tokens(tokens: list[str]) -> list[str]:
    """Return the tokens before a certificate without marker lines, if one follows."""
    starts = [number for number, token in enumerate(tokens) if number and token.startswith("MII")]
    for start in starts[:FOLLOWING_MAX]:
        der = _decode("".join(tokens[start:]))
        if shape_of(der) not in (Shape.PRIVATE_KEY, Shape.UNKNOWN) and is_complete(der):
            return tokens[:start]
    return tokens


def _is_random(encoded: str) -> bool:
    """Return whether base64 looks random: capital and small letters and digits, few repeated and few in order."""
    in_order = sum(ord(after) - ord(before) == 1 for before, after in pairwise(encoded))
    return (
        len(set(encoded)) >= min(DISTINCT_MIN, len(encoded) // 2)
        and in_order < len(encoded) // 2
        and any(c.isdigit() for c in encoded)
        and any(c.isupper() for c in encoded)
        and any(c.islower() for c in encoded)
    )


def _decode(characters: str) -> bytes:
    usable = len(characters) - (len(characters) % 4 == 1)
    try:
        return base64.b64decode(characters[:usable] + "=" * (-usable % 4))
    except binascii.Error:
        return b""


def _is_short_key(encoded: str) -> bool:
    der = _decode("".join(KEY_TOKEN.findall(encoded)))
    return shape_of(der) == Shape.PRIVATE_KEY and is_complete(der)


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
