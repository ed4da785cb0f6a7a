"""Files in texts as uuencode writes them (POSIX), also with base64 (uuencode -m)."""

import base64
import binascii
import io
import re
from dataclasses import dataclass, field

BEGIN = re.compile(rb"begin(?P<base64>-base64)? [0-7]{3,4} (?P<name>[^\r\n]{1,300})")
MAY_HAVE_FILES = re.compile(rb"^(?:[>|] ?)*begin(?:-base64)? [0-7]{3,4} [^\r\n]", re.MULTILINE)
LINE_QUOTES = re.compile(rb"(?:[>|] ?)+")
LINE_MAX = 1000  # characters; uuencode writes at most 61, and 76 of base64


@dataclass
class OpenFile:
    """A file whose end is not read yet: its name, the data so far, and its lines as they are in the text."""

    name: str
    is_base64: bool
    quotes: bytes
    data: bytearray = field(default_factory=bytearray)
    text: bytearray = field(default_factory=bytearray)

    def is_end(self, line: bytes) -> bool:
        """Return whether `line` is the last one of this file."""
        return line.rstrip() == (b"====" if self.is_base64 else b"end")

    def add(self, line: bytes) -> bool:
        """Decode one line, and return whether it is one of such a file."""
        try:
            self.data += base64.b64decode(line.strip(), validate=True) if self.is_base64 else _decode_line(line)
        except binascii.Error:
            return False
        return True


def split_uuencoded(data: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return the text without its uuencoded files, and these with their names. A file without its end stays text.

    Files in a quoted email are read, too. The effort is linear in the size of `data`.
    """
    if not MAY_HAVE_FILES.search(data):
        return data, []
    rest = bytearray()
    files: list[tuple[str, bytes]] = []
    file: OpenFile | None = None
    for line in io.BytesIO(data):
        bare = line.rstrip(b"\r\n")
        if file:
            bare = bare.removeprefix(file.quotes)
            if file.is_end(bare):
                files.append((file.name, bytes(file.data)))
                file = None
                continue
            if file.add(bare):
                file.text += line
                continue
            rest += file.text
        file = _opened(line)
        if not file:
            rest += line
    rest += file.text if file else b""
    return bytes(rest), files


def _opened(line: bytes) -> OpenFile | None:
    """Return the file that begins with `line`, if one does."""
    quotes = LINE_QUOTES.match(line)
    begin = BEGIN.match(line, quotes.end() if quotes else 0)
    if not begin:
        return None
    name = begin["name"].decode("utf-8", "replace").strip()
    return OpenFile(name, begin["base64"] is not None, quotes[0] if quotes else b"", text=bytearray(line))


def _decode_line(line: bytes) -> bytes:
    """Return the bytes of one line (binascii.Error). Its first character is the number of these bytes.

    Mail programs remove spaces at its end, and some encoders add a checksum.
    """
    if len(line) > LINE_MAX:
        raise binascii.Error("the line is too long")
    if not line.strip():
        return b""
    length = (line[0] - 32) & 63
    # A line may be shorter than its length by the spaces of its end only, which stand for zeros.
    if not 32 <= line[0] <= 96 or len(line) - 1 < length:
        raise binascii.Error("not a line of uuencode")
    return binascii.a2b_uu(line[: 1 + (length + 2) // 3 * 4])
