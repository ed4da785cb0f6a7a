"""Reading a reply: the fleets, or what the operator says is wrong, in any of the dialects its gateways speak."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from onboarding.fleets.request import Reply

FIGURE = re.compile(r"[0-9]{1,12}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNSHOWN = re.compile(r"<(?:script|style).*", re.DOTALL | re.IGNORECASE)  # in what stands before its end
UNSHOWN_END = re.compile(r"</(?:script|style)>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
FLEETS_READ = 500  # of a page; real pages have a few dozen
TEXT_LIMIT = 4096  # characters of a value; what is shown of it is cut again, once secrets are out of it


@dataclass(frozen=True)
class Fleet:
    """One fleet, as far as the contract's optional fields are there."""

    id: str
    name: str = ""
    description: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class OperatorError:
    """What the operator says of a refusal. `dialect`: "operator", "api_connect", "json", "text" or "html"."""

    code: str
    uuid: str
    message: str
    timestamp: str
    dialect: str

    def to_dict(self) -> dict[str, str]:
        """As strings."""
        return asdict(self)


@dataclass(frozen=True)
class Collection:
    """The first page of the fleets, and how many there are in all."""

    fleets: tuple[Fleet, ...]
    total: int


def _json(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def read_fleets(reply: Reply) -> Collection | None:
    """The fleets of a 200, tolerating unknown and missing fields as the contract asks; None: it is no such list."""
    page = _json(reply)
    if not isinstance(page, dict):
        return None
    embedded = page.get("_embedded", {})
    fleets = embedded.get("fleets", []) if isinstance(embedded, dict) else None
    if not isinstance(fleets, list) or not ("_embedded" in page or "total" in page):
        return None
    listed = [one for one in fleets if isinstance(one, dict)]
    total = page.get("total")
    read = tuple(_fleet(one) for one in listed[:FLEETS_READ])
    return Collection(read, total if type(total) is int and total >= 0 else len(listed))


def _fleet(one: Mapping[str, Any]) -> Fleet:
    words = {name: str(one.get(name) or "") for name in ("id", "name", "description", "createdAt", "updatedAt")}
    return Fleet(words["id"], words["name"], words["description"], words["createdAt"], words["updatedAt"])


def read_error(reply: Reply) -> OperatorError:
    """What a refusal says, whatever it is written in."""
    said = _json(reply)
    if isinstance(said, dict):
        return _read_json_error(said)
    text = reply.body.decode("utf-8", "replace").strip()
    is_html = text[:200].lower().startswith(("<!doctype", "<html")) or "html" in reply.headers.get("content-type", "")
    plain = _out_of_html(text) if is_html else text
    found = UUID.search(text)
    uuid = found.group() if found else ""
    return OperatorError("", uuid, plain.strip()[:TEXT_LIMIT], "", "html" if is_html else "text")


def _out_of_html(text: str) -> str:
    """The words of a page. Each pattern looks at a character once: a page of a million "<script" is no work either."""
    scripts_cut = (UNSHOWN.sub(" ", piece) for piece in UNSHOWN_END.split(text))
    return " ".join(TAG.sub(" ", " ".join(scripts_cut)).split())


def _read_json_error(said: Mapping[str, Any]) -> OperatorError:
    def word(*names: str) -> str:
        return next((str(said[name]) for name in names if said.get(name) not in (None, "")), "")[:TEXT_LIMIT]

    if "httpCode" in said:
        message = ": ".join(part for part in (word("httpMessage"), word("moreInformation")) if part)
        return OperatorError(word("httpCode"), word("uuid"), message, word("timestamp"), "api_connect")
    dialect = "operator" if "code" in said and "message" in said else "json"
    message = word("message", "error_description", "error", "detail", "title")
    return OperatorError(word("code", "status"), word("uuid"), message, word("timestamp"), dialect)


def rate_limits(reply: Reply, now: datetime) -> dict[str, int]:
    """The figures of the X-RateLimit headers and Retry-After (seconds), by their names in lower case.

    Retry-After may be a date (RFC 9110, 10.2.3); it is turned into seconds from `now`.
    """
    names = [name for name in reply.headers if name.startswith("x-ratelimit-") or name == "retry-after"]
    figures = {name: int(reply.headers[name]) for name in names if FIGURE.fullmatch(reply.headers[name].strip())}
    moment = read_date(reply.headers.get("retry-after", ""))
    if moment:
        figures["retry-after"] = max(0, round((moment - now).total_seconds()))
    return figures


def read_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7); None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def clock_off(reply: Reply, now: datetime) -> int:
    """How many whole minutes the gateway's clock is ahead of `now` (behind: negative); 0 where it does not say."""
    moment = read_date(reply.headers.get("date", ""))
    return int((moment - now).total_seconds() / 60) if moment else 0
