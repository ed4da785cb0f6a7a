"""Finding DER values in text: PEM as tools, editors and mail programs leave it (RFC 7468 and worse), base64, hex.

How much belongs to a value is read from the value itself, so missing, joined or mangled marker lines do no harm.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from onboarding.pki.der import Shape, length_of, shape_of, values_in, whole

DEPTH_MAX = 3  # base64 of base64 of base64
MARKS_MAX = 80  # marker lines looked at in one text: two for a block
RUNS_MAX = 60  # bare values looked at in one text
KEY_STARTS = ("MI", "b3Bl", "LS0t")
# What follows a marker line where it isn't only talked about: base64 as no word of any language has it.
ENCODED = re.compile(r"(?=[A-Za-z+/]{0,40}[0-9])(?=[A-Z0-9+/]{0,40}[a-z])(?=[a-z0-9+/]{0,40}[A-Z])[A-Za-z0-9+/]{20,}")

MARK = re.compile(
    r"(?<![A-Za-z])(?P<edge>BEGIN|END)[ \t_+]{1,9}(?P<label>"
    r"(?:[A-Z0-9]{1,12}[ \t_+]{1,9}){0,3}?"
    r"(?:CERTIFICATE[ \t_+]{1,9}(?:SIGNING[ \t_+]{1,9})?REQUEST|CERTIFICATE|(?:PRIVATE|PUBLIC)[ \t_+]{1,9}KEY"
    r"|PKCS[ \t]{0,9}#?7(?:[ \t]{1,9}SIGNED[ \t]{1,9}DATA)?|PKCS[ \t]{0,9}#?12|CMS|CRL|PARAMETERS))",
    re.IGNORECASE,
)
QUOTING = re.compile(r"^[ \t]*(?:[>|][ \t]*)+", re.MULTILINE)
HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]{0,40}:[^\n]*$", re.MULTILINE)
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
    whole: bool


def items_in(text: str, depth: int = 0) -> list[Item]:
    """Every value in `text`, in order: what marker lines enclose first, then bare base64, then hexadecimal."""
    found: list[Item] = []
    bare: list[str] = []
    position = 0
    marks = list(islice(MARK.finditer(text), MARKS_MAX))
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
        return [Item(Shape.REQUEST, found[0].der, found[0].whole)]
    return found or ([Item(_named(label), b"", False)] if marked else [])


def _named(label: str) -> Shape:
    """What the marker line calls its contents."""
    names = {"REQUEST": Shape.REQUEST, "PUBLIC KEY": Shape.PUBLIC_KEY, "CRL": Shape.CRL, "PARAMETERS": Shape.UNKNOWN}
    for part, shape in names.items():
        if part in label:
            return shape
    return Shape.PKCS12 if "12" in label else Shape.CERTIFICATE


def _base64_of(body: str) -> str:
    return NOT_BASE64.sub("", HEADER.sub("", QUOTING.sub("", body)))


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
                if depth < DEPTH_MAX:
                    yield from items_in(data.decode("latin-1"), depth + 1)
                break
            try:
                end = length_of(data)[1]
            except ValueError:
                break
            yield Item(shape_of(data), data[:end], end <= len(data))
            if end > len(data):
                break
            rest = rest[start.start() + (end * 4 + 2) // 3 :]
            joined = values_in(data[end:])
            yield from (Item(shape_of(value), value, whole(value)) for value in joined)


def decoded_base64(characters: str) -> bytes:
    """What base64 `characters` (no others, no padding) stand for, as far as they go."""
    usable = len(characters) - (len(characters) % 4 == 1)
    try:
        return base64.b64decode(characters[:usable] + "=" * (-usable % 4))
    except binascii.Error:
        return b""
