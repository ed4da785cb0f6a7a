"""Read a list of fleets, strictly by the shape that the operator publishes, and name what else a body looks like.

The schema is "Fleets" of the operator's B2B API, version 3.19.2: a collection with `total`, `totalPage`, `currentPage`,
`_links` and `_embedded`; `_embedded.fleets` is a list of objects. The contract asks clients to tolerate unknown fields
and missing ones. So a field may be missing, but a field that is there must have its type.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from onboarding.fleets.connecting.request import Response

FLEETS_READ = 500  # of a page; real pages have a few dozen
FIELDS_SHOWN = 5
COLLECTION_FIELDS = ("total", "totalPage", "currentPage", "_links", "_embedded")
COUNTS = ("total", "totalPage", "currentPage")
TEXTS = ("id", "name", "description", "createdAt", "updatedAt")
ERROR_FIELDS = ("error", "errors", "fault", "exception", "httpCode", "faultstring")
CODE_FIELDS = ("code", "status", "statusCode", "errorCode")


@dataclass(frozen=True)
class Fleet:
    """One fleet, with the optional fields of the contract that are present."""

    id: str
    name: str = ""
    description: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class FleetPage:
    """The first page of the fleets, and how many fleets there are in total."""

    fleets: tuple[Fleet, ...]
    total: int


@dataclass(frozen=True)
class Mismatch:
    """Why a body is not a list of fleets: a variant of the verdict "answer_unreadable", and the names found instead."""

    variant: str
    names: str = ""


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def load_json(data: bytes) -> Any:
    """Return the value of JSON text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raise ValueError or RecursionError.
    """
    text = data.decode(json.detect_encoding(data), "strict")
    return json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse_constant)


def read_fleets(response: Response) -> FleetPage | Mismatch:
    """Return the fleets of a 200, or why the body is not a list of fleets."""
    try:
        page = load_json(response.body)
    except (ValueError, RecursionError):
        return _mismatch_of_text(response)
    if not isinstance(page, dict):
        return Mismatch("other_json", type(page).__name__ if page is None else _names(page))
    if has_error(page):
        return Mismatch("error")
    embedded = page.get("_embedded")
    if not isinstance(embedded, dict):
        return _mismatch_of_object(page)
    if "fleets" in embedded:
        return _read_list(page, embedded["fleets"])
    if embedded:
        return Mismatch("other_list", _names(embedded))
    is_empty = all(name in page for name in COLLECTION_FIELDS) and page["total"] == 0 and _is_of_fleets(page)
    return FleetPage((), 0) if is_empty and _has_valid_counts(page) else Mismatch("no_list")


def _mismatch_of_object(page: Mapping[str, Any]) -> Mismatch:
    """Return what a JSON object without `_embedded` looks like."""
    lists = [name for name, value in page.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if lists:
        return Mismatch("other_format", lists[0])
    return Mismatch("no_list") if _is_collection(page) else Mismatch("other_json", _names(page))


def has_error(body: Mapping[str, Any]) -> bool:
    """Return whether a JSON object reports an error: it has an error's field, or a code from 400."""
    if any(body.get(name) for name in ERROR_FIELDS):
        return True
    codes = (str(body.get(name, "")) for name in CODE_FIELDS)
    return any(code[:3].isdecimal() and 400 <= int(code[:3]) < 600 for code in codes if code.isdecimal())


def _read_list(page: Mapping[str, Any], entries: Any) -> FleetPage | Mismatch:
    if not isinstance(entries, list) or not all(_is_fleet(entry) for entry in entries):
        return Mismatch("entries")
    if not _has_valid_counts(page):
        return Mismatch("count")
    total = len(entries) if page.get("total") is None else page["total"]
    if total < len(entries) or (total and not entries):
        return Mismatch("count")
    return FleetPage(tuple(_read_fleet(entry) for entry in entries[:FLEETS_READ]), total)


def _is_fleet(entry: Any) -> bool:
    """Return whether an entry is an object whose known fields have their types; null counts as missing."""
    return isinstance(entry, dict) and all(isinstance(entry.get(name), str | None) for name in TEXTS)


def _read_fleet(entry: Mapping[str, Any]) -> Fleet:
    return Fleet(*(str(entry.get(name) or "") for name in TEXTS))


def _has_valid_counts(page: Mapping[str, Any]) -> bool:
    counts = [page[name] for name in COUNTS if page.get(name) is not None]
    return all(type(count) is int and count >= 0 for count in counts)


def _is_collection(page: Mapping[str, Any]) -> bool:
    return "total" in page or "totalPage" in page


def _is_of_fleets(page: Mapping[str, Any]) -> bool:
    """Return whether a collection's link to itself ends in /fleets, or it has no such link."""
    links = page.get("_links")
    link = links.get("self") if isinstance(links, dict) else None
    address = link.get("href") if isinstance(link, dict) else None
    try:
        return not isinstance(address, str) or urlsplit(address).path.rstrip("/").endswith("/fleets")
    except ValueError:
        return False


def _names(value: Any) -> str:
    """Return the names of an object's fields, or of those of the first object in a list."""
    first = value[0] if isinstance(value, list) and value else value
    names = list(first)[:FIELDS_SHOWN] if isinstance(first, dict) else []
    return ", ".join(map(str, names)) or type(value).__name__


def _mismatch_of_text(response: Response) -> Mismatch:
    body = response.body.lstrip()
    if response.is_undecodable:
        return Mismatch("compressed")
    if not body:
        return Mismatch("empty")
    if body[:1] in {b"{", b"["}:
        return Mismatch("broken_json")
    return Mismatch("xml" if body.startswith(b"<") else "text")
