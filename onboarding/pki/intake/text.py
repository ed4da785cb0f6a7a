"""Finding DER values in text: decoding the text, then searching for PEM, base64 and hexadecimal."""

import base64
import binascii
import codecs
import html
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, pairwise
from urllib.parse import unquote, unquote_plus

from onboarding.pki.der import Shape, is_complete, known_values, length_of, shape_of
from onboarding.pki.intake.html_tables import rows_as_lines
from onboarding.pki.intake.private_keys import is_key_body

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Encodings in which ASCII letters have other bytes or lengths; those with cp are of mainframes (EBCDIC).
OTHER_CHARSETS = {
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "cp273", "cp424", "cp500", "cp875",
    "cp1026", "cp1140",
}  # fmt: skip
HTML_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|nbsp|quot|shy);")
ENDLESS_NUMBER = re.compile(r"&#[0-9]{1000,};?")  # int() refuses more than 4,300 digits
HTML_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>")
QUOTED_PRINTABLE = re.compile(r"=3D|=0D|=0A|=20|=[0-9A-F]{2}[A-Za-z]|[A-Za-z0-9+/]=\r?\n[A-Za-z0-9+/]")
PERCENT = re.compile(r"%(?:2[0BFD]|0[AD]|3D)", re.IGNORECASE)
JSON_ESCAPE = re.compile(r"\\(?:[nNrt/\"]|u[0-9a-fA-F]{4})")
JSON_ESCAPES = {"n": "\n", "N": "\n", "r": "\r", "t": "\t", "/": "/", '"': '"'}
INVISIBLE_CHARACTERS = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212\u00af\uff0d\ufe58\ufe63]")


class Transformation(StrEnum):
    """What had to be changed in a text to read it. The value is the variant of the finding text_repaired."""

    BYTE_ORDER_MARK = "byte_order_mark"
    UTF_16 = "utf_16"
    EMAIL_ENCODING = "email_encoding"  # quoted-printable (RFC 2045, 6.7)
    HTML = "html"
    URL_ENCODING = "url_encoding"
    JSON = "json"
    INVISIBLE_CHARACTERS = "invisible_characters"
    DASHES = "dashes"
    WHITE_SPACE = "white_space"


@dataclass(frozen=True)
class DecodedText:
    """A text after the `transformations`."""

    text: str
    transformations: tuple[Transformation, ...]


def decode_text(data: bytes) -> tuple[str, tuple[Transformation, ...]]:
    """Return `data` as text, and the transformations: a byte order mark or UTF-16. Never fails.

    Bytes that are not valid in any of these encodings are read as Windows-1252.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            transformation = Transformation.BYTE_ORDER_MARK if encoding == "utf-8" else Transformation.UTF_16
            return data[len(mark) :].decode(encoding, "replace"), (transformation,)
    head = data[:400]
    if len(head) >= 8 and head.count(0) * 3 > len(head):  # UTF-16 without a byte order mark: every other byte is NUL
        return data.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace"), (Transformation.UTF_16,)
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), ()


def decode_utf_16(data: bytes) -> bytes:
    """Return a text in UTF-16 with a byte order mark in UTF-8; everything else unchanged."""
    for mark, encoding in BYTE_ORDER_MARKS[1:]:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace").encode("utf-8", "replace")
    return data


def decode_charset(data: bytes, charset: str) -> bytes:
    """Return the text of an email in UTF-8 if its `charset` has other bytes for ASCII; otherwise unchanged."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return data
    return data.decode(name, "replace").encode("utf-8", "replace") if name in OTHER_CHARSETS else data


def _decode_html(text: str) -> str:
    # Tags are removed first: an escaped tag is text.
    return html.unescape(ENDLESS_NUMBER.sub("\ufffd", HTML_TAG.sub("\n", rows_as_lines(text))))


def _decode_quoted_printable(text: str) -> str:
    return quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _decode_url(text: str) -> str:
    spaces = re.search(r"(?:BEGIN|END)\+[A-Z]", text)
    return unquote_plus(text, errors="replace") if spaces else unquote(text, errors="replace")


def _decode_json(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        escape = match[0]
        return chr(int(f"0x{escape[2:]}", 0)) if escape[1] == "u" else JSON_ESCAPES[escape[1]]

    return JSON_ESCAPE.sub(replacement, text)


def _normalize_characters(text: str) -> str:
    return DASHES.sub("-", INVISIBLE_CHARACTERS.sub("", text)).replace("\u00a0", " ").replace("\x00", "")


DECODERS: tuple[tuple[re.Pattern[str], Callable[[str], str], Transformation], ...] = (
    (QUOTED_PRINTABLE, _decode_quoted_printable, Transformation.EMAIL_ENCODING),
    (HTML_TAG, _decode_html, Transformation.HTML),
    (HTML_ENTITY, _decode_html, Transformation.HTML),
    (PERCENT, _decode_url, Transformation.URL_ENCODING),
    (JSON_ESCAPE, _decode_json, Transformation.JSON),
    (INVISIBLE_CHARACTERS, _normalize_characters, Transformation.INVISIBLE_CHARACTERS),
    (DASHES, _normalize_characters, Transformation.DASHES),
)


def decodings(text: str) -> list[DecodedText]:
    """Return `text` with every decoding that it shows signs of, then with fewer of them; the unchanged text is last."""
    found = [DecodedText(text, ())]
    for sign, decode, transformation in DECODERS:
        latest = found[-1]
        if sign.search(latest.text):
            transformations = tuple(dict.fromkeys((*latest.transformations, transformation)))
            found.append(DecodedText(decode(latest.text), transformations))
    return found[::-1]


# What breaks a line inside an escape: folding (RFC 5545, 3.1), and programs that break lines at a fixed width.
SPLIT_ESCAPE = re.compile(
    r"\\\n[ \t]?[nNrtu/\"]|\\u[0-9a-fA-F]{0,3}\n[ \t]?[0-9a-fA-F]"
    r"|%\n[ \t]?[0-9A-Fa-f]{2}|%[0-9A-Fa-f]\n[ \t]?[0-9A-Fa-f]|=[0-9A-F]\n[ \t]?[0-9A-F]"
    r"|&#?[0-9A-Za-z]{0,7}\n[ \t]?#?[0-9A-Za-z]{0,7};"
)
FOLDED_BREAK = re.compile(r"\n[ \t]")
ANY_BREAK = re.compile(r"\n[ \t]?")


def unfoldings(text: str, is_damaged: bool) -> list[str]:
    """Return `text` with its lines joined in each way that may undo a break inside an escape or a marker line.

    Without a sign of one, and unless what was found `is_damaged`, the result is empty.
    """
    joined = dict.fromkeys(pattern.sub("", text) for pattern in (FOLDED_BREAK, ANY_BREAK))
    if not (is_damaged or SPLIT_ESCAPE.search(text)) and _count_markers(text) >= max(map(_count_markers, joined)):
        return []
    return [each for each in joined if each != text]


def _count_markers(text: str) -> int:
    return sum(1 for _ in MARKER.finditer(text))


BASE64_DEPTH_MAX = 3  # base64 of base64 of base64
MARKERS_MAX = 80  # marker lines examined in one text; a block has two
RUNS_MAX = 60  # values without marker lines examined in one text
# Base64 after a marker line: letters and digits in a mixture that no word has. Other text only mentions the marker.
ENCODED = re.compile(r"(?=[A-Za-z+/]{0,40}[0-9])(?=[A-Z0-9+/]{0,40}[a-z])(?=[a-z0-9+/]{0,40}[A-Z])[A-Za-z0-9+/]{20,}")

MARKER = re.compile(
    r"(?<![A-Za-z])(?P<edge>BEGIN|END)[ \t_+]{1,9}(?P<label>"
    r"(?:[A-Z0-9]{1,12}[ \t_+]{1,9}){0,3}?"
    r"(?:CERTIFICATE[ \t_+]{1,9}(?:SIGNING[ \t_+]{1,9})?REQUEST|CERTIFICATE|(?:PRIVATE|PUBLIC)[ \t_+]{1,9}KEY"
    r"|PKCS[ \t]{0,9}#?7(?:[ \t]{1,9}SIGNED[ \t]{1,9}DATA)?|PKCS[ \t]{0,9}#?12|CMS|CRL|PARAMETERS))",
    re.IGNORECASE,
)
QUOTING = re.compile(r"^[ \t]*(?:[A-Za-z]{0,3}[>|][ \t]*)+", re.MULTILINE)  # also with initials: JD> text
# What may be the number of a line, as in "12: text" or in a column of a table.
LINE_NUMBER = re.compile(r"^[ \t]*(?P<number>[0-9]{1,3})(?:[:.)][ \t]*|[ \t]+|$)", re.MULTILINE)
PEM_HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]{0,40}:[^\n]*$", re.MULTILINE)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")
PADDING = re.compile(r"(?<!=)=++(?=MI[A-P])")  # between two values; only whole runs, so that a long run is read once
BARE = re.compile(r"(?<![A-Za-z0-9+/])(?:MI[A-P]|LS0t|TUl)[A-Za-z0-9+/=\s>|]{60,}")
BARE_START = re.compile(r"MI[A-P]|LS0t|TUl")
HEX = re.compile(r"(?<![0-9A-Fa-f])30[\s:]?8[12](?:[\s:]{0,4}[0-9A-Fa-f]{2}){100,}")


@dataclass(frozen=True)
class Item:
    """A DER value found in a file; `complete` is False if it is truncated."""

    shape: Shape
    der: bytes
    complete: bool


def find_items(text: str, depth: int = 0) -> list[Item]:
    """Return every value in `text`: first those between marker lines, then other base64, then hexadecimal."""
    found: list[Item] = []
    outside: list[str] = []  # the text outside the PEM blocks
    position = 0
    markers = list(islice(MARKER.finditer(text), MARKERS_MAX))
    for index, marker in enumerate(markers):
        if marker["edge"].upper() == "END":
            outside.append(text[position : marker.start()] if position < marker.start() else "")
            position = max(position, marker.end())
            continue
        end = markers[index + 1].start() if index + 1 < len(markers) else len(text)
        block = _find_in_block(marker["label"], text[marker.end() : end], depth, has_dashes=_has_dashes(text, marker))
        if block:
            outside.append(text[position : marker.start()])
            found.extend(block)
            position = end
    outside.append(text[position:])
    rest = "\n".join(outside)
    found.extend(_find_base64(rest, depth))
    found.extend(_find_hexadecimal(rest))
    return found


def _has_dashes(text: str, marker: re.Match[str]) -> bool:
    return "-" in text[max(0, marker.start() - 2) : marker.start()] or "-" in text[marker.end() : marker.end() + 2]


def _find_in_block(label: str, body: str, depth: int, *, has_dashes: bool) -> list[Item]:
    characters = _base64_characters(body)
    label = " ".join(re.split(r"[ \t_+]+", label.upper()))
    if label.startswith("PGP PUBLIC"):
        return []
    if "PRIVATE KEY" in label:
        return [Item(Shape.PRIVATE_KEY, b"", True)] if is_key_body(body) else []
    if not characters.startswith(("MI", "LS0", "TUl")):
        empty = not re.sub(r"[-\s]", "", body)
        truncated = has_dashes and (empty or ENCODED.search(body)) and _label_shape(label) != Shape.UNKNOWN
        return [Item(_label_shape(label), b"", False)] if truncated else []
    found = list(_decode_values(characters, depth))
    if "REQUEST" in label and found and found[0].shape == Shape.UNKNOWN:
        return [Item(Shape.REQUEST, found[0].der, found[0].complete)]
    return found or ([Item(_label_shape(label), b"", False)] if has_dashes else [])


def _label_shape(label: str) -> Shape:
    """Return the type of value that a marker line names."""
    names = {"REQUEST": Shape.REQUEST, "PUBLIC KEY": Shape.PUBLIC_KEY, "CRL": Shape.CRL, "PARAMETERS": Shape.UNKNOWN}
    for part, shape in names.items():
        if part in label:
            return shape
    return Shape.PKCS12 if "12" in label else Shape.CERTIFICATE


def _base64_characters(body: str) -> str:
    return NOT_BASE64.sub("", PEM_HEADER.sub("", _without_line_numbers(QUOTING.sub("", body))))


def _without_line_numbers(body: str) -> str:
    """Return `body` without the numbers of its lines, if most of them follow each other.

    Other digits at the start of a line belong to the base64: a text that was broken at a fixed width may have them.
    """
    numbers = [int(found["number"]) for found in LINE_NUMBER.finditer(body)]
    in_order = sum(1 for number, following in pairwise(numbers) if following == number + 1)
    return LINE_NUMBER.sub("", body) if in_order and in_order * 2 >= len(numbers) - 1 else body


def _find_base64(text: str, depth: int) -> Iterator[Item]:
    for number, run in enumerate(BARE.finditer(QUOTING.sub("", text))):
        if number >= RUNS_MAX:
            return
        for item in _decode_values(NOT_BASE64.sub("", run[0]), depth):
            if item.shape != Shape.UNKNOWN:
                yield item


def _find_hexadecimal(text: str) -> Iterator[Item]:
    for run in HEX.finditer(text):
        data = bytes.fromhex(re.sub(r"[\s:]", "", run[0]))
        yield Item(shape_of(data), data[: length_of(data)[1]], length_of(data)[1] <= len(data))


def _decode_values(characters: str, depth: int) -> Iterator[Item]:
    """Yield the consecutive values in base64 `characters`; base64 that encodes base64 is decoded as well.

    The values may be encoded together, or each by itself.
    """
    for number, segment in enumerate(PADDING.split(characters)):
        rest = segment.replace("=", "")
        for _ in range(RUNS_MAX):
            start = BARE_START.search(rest)
            if not start or number >= RUNS_MAX:
                break
            data = decode_base64(rest[start.start() :])
            if data.startswith((b"-----", b"MI", b"LS0t")):
                if depth < BASE64_DEPTH_MAX:
                    yield from find_items(data.decode("latin-1"), depth + 1)
                break
            try:
                end = length_of(data)[1]
            except ValueError:
                break
            yield Item(shape_of(data), data[:end], end <= len(data))
            if end > len(data):
                break
            joined = known_values(data[end:])
            yield from (Item(shape_of(value), value, is_complete(value)) for value in joined)
            end += sum(map(len, joined))
            rest = rest[start.start() + (end * 4 + 2) // 3 :]


def decode_base64(characters: str) -> bytes:
    """Return the bytes of base64 `characters`, which contain no padding and may be truncated."""
    usable = len(characters) - (len(characters) % 4 == 1)
    try:
        return base64.b64decode(characters[:usable] + "=" * (-usable % 4))
    except binascii.Error:
        return b""
