"""Read the error in the body of a response: in JSON of any nesting, XML, a web page or text, in any character set."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import unescape
from typing import Any

from onboarding.fleets.classifying.fleet_pages import load_json
from onboarding.fleets.classifying.response_headers import reference
from onboarding.fleets.connecting.request import Response

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNSHOWN_ELEMENT = re.compile(r"<(?:script|style).*", re.DOTALL | re.IGNORECASE)  # in the text before its end tag
UNSHOWN_ELEMENT_END = re.compile(r"</(?:script|style)>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
ELEMENT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]+)(?=<)")
CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]+)")
PAGE_REFERENCE = re.compile(
    r"(?:support id is|incident id|reference|ray id|request id|error id|transaction id)\s*:?\s*(\S{6,200})",
    re.IGNORECASE,
)
VALUE_LIMIT = 4096  # characters of a value; it is cut again for display, after secrets are removed
DEPTH_MAX, LEAVES_MAX = 16, 300  # of JSON
HEADINGS = 5  # lines of a page that the next lines are compared with
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
TEXT_ENCODINGS = (
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "utf-16",
    "iso-8859-",
    "iso8859-",
    "latin",
    "windows-125",
    "cp125",
)

# Names of fields, without case and separators, the most telling first.
HEADLINES = (
    "message", "msg", "faultstring", "httpmessage", "title", "error", "errormessage", "errormsg", "reason", "fault",
    "cause", "text", "statustext", "errorsummary",
)  # fmt: skip
EXPLANATIONS = (
    "moreinformation", "errordescription", "detail", "details", "description", "longmessage", "developermessage",
    "internalmessage", "usermessage", "info",
)  # fmt: skip
CODE_NAMES = ("httpcode", "code", "errorcode", "statuscode", "status", "faultcode", "sslclientverify")
REFERENCE_FIELDS = (
    "uuid", "requestid", "correlationid", "traceid", "transactionid", "errorid", "incidentid", "supportid", "logref",
    "globaltransactionid", "instance",
)  # fmt: skip
TIME_FIELDS = ("timestamp", "time", "date")


@dataclass(frozen=True)
class GatewayError:
    """The parsed body of a refusal. `dialect`: "operator", "api_connect", "json", "xml", "text" or "html"."""

    code: str
    uuid: str
    message: str
    timestamp: str
    dialect: str

    def to_dict(self) -> dict[str, str]:
        """Return all fields as strings."""
        return asdict(self)


@dataclass(frozen=True)
class ErrorBody:
    """An error with all its words: case-folded, without accents, one clause for each value or line."""

    error: GatewayError
    words: str
    markup: str  # the first characters of the body, case-folded, with their tags

    @property
    def is_data(self) -> bool:
        """Whether it was written for programs, not for people."""
        return self.error.dialect not in {"html", "text"}


def read_error(response: Response) -> GatewayError:
    """Return the error in the body of a refusal, in any format."""
    return read_body(response).error


def read_body(response: Response) -> ErrorBody:
    """Return the error in the body of a refusal, in any format, and all its words."""
    text = _decode(response)
    leaves, is_json = _json_leaves(response, text), True
    if leaves is None:
        is_json = False
        stripped = text.lstrip()
        content_type = response.headers.get("content-type", "").lower()
        is_html = stripped[:200].lower().startswith(("<!doctype html", "<html")) or "html" in content_type
        leaves = _xml_leaves(stripped) if stripped.startswith("<") and not is_html else []
        if not leaves:
            return _read_page(response, text, is_html=is_html)
    return _read_fields(response, text, leaves, is_json=is_json)


def _decode(response: Response) -> str:
    """Return the body as text: by its byte order mark, by its charset, as UTF-8, or as Windows-1252."""
    body = response.body
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    match = CHARSET.search(response.headers.get("content-type", "")[:200].lower())
    if match and match[1].startswith(TEXT_ENCODINGS):
        try:
            return body.decode(match[1])
        except (LookupError, ValueError):
            pass
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _json_leaves(response: Response, text: str) -> list[tuple[str, str]] | None:
    """Return the names and values of all fields of JSON, the outermost first; None if the body is no JSON object."""
    for data in (text.encode("utf-8", "replace"), response.body):
        try:
            value = load_json(data)
        except (ValueError, RecursionError):
            continue
        return list(_walk(value)) if isinstance(value, dict | list) else None
    return None


def _walk(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the scalars in `value` level by level, at most LEAVES_MAX."""
    level: list[tuple[str, Any]] = [("", value)]
    yielded = 0
    for _ in range(DEPTH_MAX):
        below: list[tuple[str, Any]] = []
        for name, item in level:
            if isinstance(item, Mapping):
                below += [(str(key), child) for key, child in list(item.items())[:LEAVES_MAX]]
            elif isinstance(item, list):
                below += [(name, child) for child in item[:LEAVES_MAX]]
            elif item not in (None, "") and yielded < LEAVES_MAX:
                yielded += 1
                yield name, str(item)[:VALUE_LIMIT].strip()
        level = below[:LEAVES_MAX]
        if not level:
            return


def _xml_leaves(text: str) -> list[tuple[str, str]]:
    """Return the names and texts of the elements that contain only text. Entities of a DTD are not resolved."""
    elements = ELEMENT.finditer(CDATA.sub("", text[: 64 * VALUE_LIMIT]))
    leaves = ((match[1], unescape(match[2]).strip()[:VALUE_LIMIT]) for match in elements)
    return [leaf for leaf in leaves if leaf[1]][:LEAVES_MAX]


def _read_fields(response: Response, text: str, leaves: list[tuple[str, str]], *, is_json: bool) -> ErrorBody:
    fields: dict[str, str] = {}
    for name, value in leaves:
        fields.setdefault(re.sub(r"[\W_]", "", name.lower()), value)
    dialect = "json" if is_json else "xml"
    if "httpcode" in fields:
        dialect = "api_connect"
    elif is_json and {"code", "message"} <= fields.keys():
        dialect = "operator"
    parts = [_first(fields, HEADLINES), _first(fields, EXPLANATIONS)]
    message = ": ".join(dict.fromkeys(part for part in parts if part))
    if not message and response.status >= 400:
        message = next((value for _, value in leaves if not value.isdecimal()), "")
    uuid = _first(fields, REFERENCE_FIELDS) or _reference(response, text)
    error = GatewayError(
        _first(fields, CODE_NAMES), uuid, message[:VALUE_LIMIT], _first(fields, TIME_FIELDS)[:VALUE_LIMIT], dialect
    )
    return ErrorBody(error, fold(" | ".join(map(_clause, leaves))), text[:VALUE_LIMIT].casefold())


def _clause(leaf: tuple[str, str]) -> str:
    """Return the value of a field, with its name where that is a word: {"client_id": ["This field is required."]}."""
    name, value = leaf
    is_known = re.sub(r"[\W_]", "", name.lower()) in {
        *HEADLINES,
        *EXPLANATIONS,
        *CODE_NAMES,
        *REFERENCE_FIELDS,
        *TIME_FIELDS,
    }
    return value if is_known or " " not in value else f"{name} {value}"


def _first(fields: Mapping[str, str], names: Iterable[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _read_page(response: Response, text: str, *, is_html: bool) -> ErrorBody:
    lines = _visible_lines(text) if is_html else [line.strip() for line in text.splitlines() if line.strip()]
    message = " ".join(_without_repetition(lines[:LEAVES_MAX]))[:VALUE_LIMIT]
    error = GatewayError("", _reference(response, message), message, "", "html" if is_html else "text")
    return ErrorBody(error, fold(" | ".join(lines)[: 2 * VALUE_LIMIT]), text[: 2 * VALUE_LIMIT].casefold())


def _without_repetition(lines: Sequence[str]) -> list[str]:
    """Return the lines without those that an earlier line contains, as the heading of a page repeats its title."""
    kept: list[str] = []
    for line in lines:
        if not any(line in earlier for earlier in kept[:HEADINGS]):
            kept.append(line)
    return kept


def _reference(response: Response, text: str) -> str:
    match = UUID.search(text) or PAGE_REFERENCE.search(text[: 2 * VALUE_LIMIT])
    return (match[1] if match.lastindex else match.group()) if match else reference(response)


def _visible_lines(html: str) -> list[str]:
    """Return the texts between the tags of a page.

    Each pattern reads a character once. So a page with a million "<script" takes no longer than other pages of its
    size.
    """
    without_scripts = " ".join(UNSHOWN_ELEMENT.sub(" ", part) for part in UNSHOWN_ELEMENT_END.split(html))
    texts = (" ".join(unescape(text).split()) for text in TAG.split(without_scripts))
    return [text for text in texts if text]


def fold(text: str) -> str:
    """Return `text` without case, accents, underscores and typographic quotes; words of CamelCase are separated."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[: 4 * VALUE_LIMIT]).replace("_", " ").replace("’", "'")
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
