"""Finding DER values in text: decoding the text, then PEM, bare base64 and hexadecimal."""

import base64
import binascii
import html
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote, unquote_plus

from onboarding.pki.der import Shape, is_complete, known_values, length_of, shape_of

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
HTML_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|nbsp|quot|shy);")
HTML_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>")
QUOTED_PRINTABLE = re.compile(r"=3D|=0D|=0A|=20|=[0-9A-F]{2}[A-Za-z]|[A-Za-z0-9+/]=\r?\n[A-Za-z0-9+/]")
PERCENT = re.compile(r"%(?:2[0BFD]|0[AD]|3D)", re.IGNORECASE)
JSON_ESCAPE = re.compile(r"\\(?:[nrt/\"]|u[0-9a-fA-F]{4})")
JSON_MEANT = {"n": "\n", "r": "\r", "t": "\t", "/": "/", '"': '"'}
INVISIBLE_CHARACTERS = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212\u00af\uff0d\ufe58\ufe63]")
# Word processors make one long dash of two or three: any run at a marker stands for five hyphens.


@dataclass(frozen=True)
class DecodedText:
    """A text as it stands there, or with some encodings undone; `undone` says which, in words for people."""

    text: str
    undone: tuple[str, ...]


def decode_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    """`data` as text, and what had to be undone: a byte order mark, UTF-16. Never fails: Latin-1 is the last resort."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            said = "its byte order mark" if encoding == "utf-8" else "its UTF-16 encoding"
            return data[len(mark) :].decode(encoding, "replace"), (said,)
    head = data[:400]
    if len(head) >= 8 and head.count(0) * 3 > len(head):  # UTF-16 without its mark: every other byte is NUL
        return data.decode("utf-16-be" if head[0] == 0 else "utf-16-le", "replace"), ("its UTF-16 encoding",)
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), ()


def _out_of_html(text: str) -> str:
    # Tags go first: what is escaped was text, not a tag.
    return html.unescape(HTML_TAG.sub("\n", text))


def _out_of_quoted_printable(text: str) -> str:
    return quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _out_of_address(text: str) -> str:
    spaces = re.search(r"(?:BEGIN|END)\+[A-Z]", text)
    return unquote_plus(text, errors="replace") if spaces else unquote(text, errors="replace")


def _out_of_json(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        escape = match[0]
        return chr(int(f"0x{escape[2:]}", 0)) if escape[1] == "u" else JSON_MEANT[escape[1]]

    return JSON_ESCAPE.sub(meant, text)


def _visible(text: str) -> str:
    return DASHES.sub("-", INVISIBLE_CHARACTERS.sub("", text)).replace("\u00a0", " ").replace("\x00", "")


DECODERS: tuple[tuple[re.Pattern[str], Callable[[str], str], str], ...] = (
    (QUOTED_PRINTABLE, _out_of_quoted_printable, "the encoding of a mail"),
    (HTML_TAG, _out_of_html, "the markup of a web page"),
    (HTML_ENTITY, _out_of_html, "the markup of a web page"),
    (PERCENT, _out_of_address, "the encoding of an address"),
    (JSON_ESCAPE, _out_of_json, "the line breaks of a program’s output"),
    (INVISIBLE_CHARACTERS, _visible, "hidden characters"),
    (DASHES, _visible, "its dashes"),
)


def decodings(text: str) -> list[DecodedText]:
    """`text` with every encoding undone that it shows signs of, then with fewer and fewer; as it stands there last."""
    found = [DecodedText(text, ())]
    for sign, undo, said in DECODERS:
        latest = found[-1]
        if sign.search(latest.text):
            undone = latest.undone if said in latest.undone else (*latest.undone, said)
            found.append(DecodedText(undo(latest.text), undone))
    return found[::-1]


BASE64_DEPTH_MAX = 3  # base64 of base64 of base64
MARKERS_MAX = 80  # marker lines looked at in one text: two for a block
RUNS_MAX = 60  # bare values looked at in one text
KEY_STARTS = ("MI", "b3Bl", "LS0t")
# What follows a marker line where it isn't only talked about: base64 as no word of any language has it.
ENCODED = re.compile(r"(?=[A-Za-z+/]{0,40}[0-9])(?=[A-Z0-9+/]{0,40}[a-z])(?=[a-z0-9+/]{0,40}[A-Z])[A-Za-z0-9+/]{20,}")

MARKER = re.compile(
    r"(?<![A-Za-z])(?P<edge>BEGIN|END)[ \t_+]{1,9}(?P<label>"
    r"(?:[A-Z0-9]{1,12}[ \t_+]{1,9}){0,3}?"
    r"(?:CERTIFICATE[ \t_+]{1,9}(?:SIGNING[ \t_+]{1,9})?REQUEST|CERTIFICATE|(?:PRIVATE|PUBLIC)[ \t_+]{1,9}KEY"
    r"|PKCS[ \t]{0,9}#?7(?:[ \t]{1,9}SIGNED[ \t]{1,9}DATA)?|PKCS[ \t]{0,9}#?12|CMS|CRL|PARAMETERS))",
    re.IGNORECASE,
)
QUOTING = re.compile(r"^[ \t]*(?:[>|][ \t]*)+", re.MULTILINE)
PEM_HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]{0,40}:[^\n]*$", re.MULTILINE)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")
JOINED = re.compile(r"=+(?=MI[A-P])")
BARE = re.compile(r"(?<![A-Za-z0-9+/])(?:MI[A-P]|LS0t|TUl)[A-Za-z0-9+/=\s>|]{60,}")
BARE_START = re.compile(r"MI[A-P]|LS0t|TUl")
HEX = re.compile(r"(?<![0-9A-Fa-f])30[\s:]?8[12](?:[\s:]{0,4}[0-9A-Fa-f]{2}){100,}")


@dataclass(frozen=True)
class Item:
    """A DER value found in a text: its shape, its bytes, and whether they are all there."""

    shape: Shape
    der: bytes
    complete: bool


def find_items(text: str, depth: int = 0) -> list[Item]:
    """Every value in `text`, in order: what marker lines enclose first, then bare base64, then hexadecimal."""
    found: list[Item] = []
    bare: list[str] = []
    position = 0
    marks = list(islice(MARKER.finditer(text), MARKERS_MAX))
    for index, mark in enumerate(marks):
        if mark["edge"].upper() == "END":
            bare.append(text[position : mark.start()] if position < mark.start() else "")
            position = max(position, mark.end())
            continue
        ends = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        block = _in_block(mark["label"], text[mark.end() : ends], depth, marked=_has_dashes(text, mark))
        if block:
            bare.append(text[position : mark.start()])
            found.extend(block)
            position = ends
    bare.append(text[position:])
    rest = "\n".join(bare)
    found.extend(_in_bare(rest, depth))
    found.extend(_in_hex(rest))
    return found


def _has_dashes(text: str, mark: re.Match[str]) -> bool:
    return "-" in text[max(0, mark.start() - 2) : mark.start()] or "-" in text[mark.end() : mark.end() + 2]


def _in_block(label: str, body: str, depth: int, *, marked: bool) -> list[Item]:
    characters = _base64_of(body)
    label = " ".join(re.split(r"[ \t_+]+", label.upper()))
    if "PRIVATE KEY" in label:
        is_key = characters.startswith(KEY_STARTS) or ENCODED.search(body)
        return [Item(Shape.PRIVATE_KEY, b"", True)] if is_key else []
    if not characters.startswith(("MI", "LS0", "TUl")):
        empty = not re.sub(r"[-\s]", "", body)
        cut = marked and (empty or ENCODED.search(body)) and _named(label) != Shape.UNKNOWN
        return [Item(_named(label), b"", False)] if cut else []
    found = list(_values(characters, depth))
    if "REQUEST" in label and found and found[0].shape == Shape.UNKNOWN:
        return [Item(Shape.REQUEST, found[0].der, found[0].complete)]
    return found or ([Item(_named(label), b"", False)] if marked else [])


def _named(label: str) -> Shape:
    """What the marker line calls its contents."""
    names = {"REQUEST": Shape.REQUEST, "PUBLIC KEY": Shape.PUBLIC_KEY, "CRL": Shape.CRL, "PARAMETERS": Shape.UNKNOWN}
    for part, shape in names.items():
        if part in label:
            return shape
    return Shape.PKCS12 if "12" in label else Shape.CERTIFICATE


def _base64_of(body: str) -> str:
    return NOT_BASE64.sub("", PEM_HEADER.sub("", QUOTING.sub("", body)))


def _in_bare(text: str, depth: int) -> Iterator[Item]:
    for number, run in enumerate(BARE.finditer(QUOTING.sub("", text))):
        if number >= RUNS_MAX:
            return
        for item in _values(NOT_BASE64.sub("", run[0]), depth):
            if item.shape != Shape.UNKNOWN:
                yield item


def _in_hex(text: str) -> Iterator[Item]:
    for run in HEX.finditer(text):
        data = bytes.fromhex(re.sub(r"[\s:]", "", run[0]))
        yield Item(shape_of(data), data[: length_of(data)[1]], length_of(data)[1] <= len(data))


def _values(characters: str, depth: int) -> Iterator[Item]:
    """The values one behind the other in base64 `characters`; base64 inside is opened as well."""
    for number, segment in enumerate(JOINED.split(characters)):
        rest = segment.replace("=", "")
        for _ in range(RUNS_MAX):
            start = BARE_START.search(rest)
            if not start or number >= RUNS_MAX:
                break
            data = decoded_base64(rest[start.start() :])
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
            rest = rest[start.start() + (end * 4 + 2) // 3 :]
            joined = known_values(data[end:])
            yield from (Item(shape_of(value), value, is_complete(value)) for value in joined)


def decoded_base64(characters: str) -> bytes:
    """What base64 `characters` (no others, no padding) stand for, as far as they go."""
    usable = len(characters) - (len(characters) % 4 == 1)
    try:
        return base64.b64decode(characters[:usable] + "=" * (-usable % 4))
    except binascii.Error:
        return b""
