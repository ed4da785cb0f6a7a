"""The encodings that text goes through on its way: from bytes, and back out of HTML, mail, JSON and addresses."""

import html
import quopri
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
HTML_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|nbsp|quot|shy);")
HTML_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,500}>")
QUOTED_PRINTABLE = re.compile(r"=3D|=0D|=0A|=20|=[0-9A-F]{2}[A-Za-z]|[A-Za-z0-9+/]=\r?\n[A-Za-z0-9+/]")
PERCENT = re.compile(r"%(?:2[0BFD]|0[AD]|3D)", re.IGNORECASE)
JSON_ESCAPE = re.compile(r"\\(?:[nrt/\"]|u[0-9a-fA-F]{4})")
JSON_MEANT = {"n": "\n", "r": "\r", "t": "\t", "/": "/", '"': '"'}
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
DASHES = re.compile("[\u2010-\u2015\u2212\u00af\uff0d\ufe58\ufe63]")
# Word processors make one long dash of two or three: any run at a marker stands for five hyphens.


@dataclass(frozen=True)
class View:
    """A text as it stands there, or with some encodings undone; `undone` says which, in words for people."""

    text: str
    undone: tuple[str, ...]


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
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
    return DASHES.sub("-", INVISIBLE.sub("", text)).replace("\u00a0", " ").replace("\x00", "")


DECODERS: tuple[tuple[re.Pattern[str], Callable[[str], str], str], ...] = (
    (QUOTED_PRINTABLE, _out_of_quoted_printable, "the encoding of a mail"),
    (HTML_TAG, _out_of_html, "the markup of a web page"),
    (HTML_ENTITY, _out_of_html, "the markup of a web page"),
    (PERCENT, _out_of_address, "the encoding of an address"),
    (JSON_ESCAPE, _out_of_json, "the line breaks of a program’s output"),
    (INVISIBLE, _visible, "hidden characters"),
    (DASHES, _visible, "its dashes"),
)


def views(text: str) -> list[View]:
    """`text` with every encoding undone that it shows signs of, then with fewer and fewer; as it stands there last."""
    found = [View(text, ())]
    for sign, undo, said in DECODERS:
        latest = found[-1]
        if sign.search(latest.text):
            undone = latest.undone if said in latest.undone else (*latest.undone, said)
            found.append(View(undo(latest.text), undone))
    return found[::-1]
