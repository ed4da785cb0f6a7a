"""Reading a response: the fleets, or what the gateway says is wrong, and the verdict on it."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from onboarding.fleets.classifying.failures import demanded
from onboarding.fleets.classifying.preparation import missing_issuer
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint, Response
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Verdict

FIGURE = re.compile(r"[0-9]{1,12}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNSHOWN = re.compile(r"<(?:script|style).*", re.DOTALL | re.IGNORECASE)  # in what stands before its end
UNSHOWN_END = re.compile(r"</(?:script|style)>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
FLEETS_READ = 500  # of a page; real pages have a few dozen
VALUE_LIMIT = 4096  # characters of a value; what is shown of it is cut again, once secrets are out of it


@dataclass(frozen=True)
class Fleet:
    """One fleet, as far as the contract's optional fields are there."""

    id: str
    name: str = ""
    description: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class GatewayError:
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
class FleetPage:
    """The first page of the fleets, and how many there are in all."""

    fleets: tuple[Fleet, ...]
    total: int


def _json(reply: Response) -> Any:
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def read_fleets(reply: Response) -> FleetPage | None:
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
    return FleetPage(read, total if type(total) is int and total >= 0 else len(listed))


def _fleet(one: Mapping[str, Any]) -> Fleet:
    words = {name: str(one.get(name) or "") for name in ("id", "name", "description", "createdAt", "updatedAt")}
    return Fleet(words["id"], words["name"], words["description"], words["createdAt"], words["updatedAt"])


def read_error(reply: Response) -> GatewayError:
    """What a refusal says, whatever it is written in."""
    said = _json(reply)
    if isinstance(said, dict):
        return _read_json_error(said)
    text = reply.body.decode("utf-8", "replace").strip()
    is_html = text[:200].lower().startswith(("<!doctype", "<html")) or "html" in reply.headers.get("content-type", "")
    plain = _out_of_html(text) if is_html else text
    found = UUID.search(text)
    uuid = found.group() if found else ""
    return GatewayError("", uuid, plain.strip()[:VALUE_LIMIT], "", "html" if is_html else "text")


def _out_of_html(text: str) -> str:
    """The words of a page. Each pattern looks at a character once: a page of a million "<script" is no work either."""
    scripts_cut = (UNSHOWN.sub(" ", piece) for piece in UNSHOWN_END.split(text))
    return " ".join(TAG.sub(" ", " ".join(scripts_cut)).split())


def _read_json_error(said: Mapping[str, Any]) -> GatewayError:
    def word(*names: str) -> str:
        return next((str(said[name]) for name in names if said.get(name) not in (None, "")), "")[:VALUE_LIMIT]

    if "httpCode" in said:
        message = ": ".join(part for part in (word("httpMessage"), word("moreInformation")) if part)
        return GatewayError(word("httpCode"), word("uuid"), message, word("timestamp"), "api_connect")
    dialect = "operator" if "code" in said and "message" in said else "json"
    message = word("message", "error_description", "error", "detail", "title")
    return GatewayError(word("code", "status"), word("uuid"), message, word("timestamp"), dialect)


def rate_limits(reply: Response, now: datetime) -> dict[str, int]:
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


def clock_off(reply: Response, now: datetime) -> int:
    """How many whole minutes the gateway's clock is ahead of `now` (behind: negative); 0 where it does not say."""
    moment = read_date(reply.headers.get("date", ""))
    return int((moment - now).total_seconds() / 60) if moment else 0


CLOCK_TOLERANCE = 5  # minutes
BY_STATUS = {400: "bad_request", 403: "forbidden", 404: "not_found", 406: "not_acceptable", 429: "rate_limited"}
MISSES_CERTIFICATE = ("no required ssl certificate", "no client certificate", "client certificate required")
REFUSES_CERTIFICATE = ("ssl certificate error", "certificate verify failed", "invalid client certificate")
LOCKED = re.compile(r"\b(locked|suspended|disabled)\b")
SPEAKS_OF_TIME = ("timestamp", "clock", "expired", "not yet valid", "too old", "in the future")


@dataclass(frozen=True)
class ClassifiedResponse:
    """A reply, read: the verdict, what was said where it refused, the fleets where it did not, and its clock.

    `clock_off` is how many minutes the gateway's clock is ahead.
    """

    verdict: Verdict
    operator: GatewayError | None = None
    collection: FleetPage | None = None
    clock_off: int = 0


def classify_response(
    reply: Response, endpoint: Endpoint, credentials: Credentials, wire: Connection, now: datetime
) -> ClassifiedResponse:
    """What a reply means. `now` is in UTC."""
    off = clock_off(reply, now)
    about: dict[str, str | int] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "login": credentials.login,
        "status": reply.status,
        "minutes": abs(off),
        "alert": wire.log.alert,
    }
    if reply.cut:
        return ClassifiedResponse(Verdict("answer_too_large", about), clock_off=off)
    collection = read_fleets(reply) if reply.status == 200 else None
    if collection is not None:
        code = "connected" if collection.fleets or collection.total else "no_fleets"
        return ClassifiedResponse(Verdict(code, about), collection=collection, clock_off=off)
    said = read_error(reply)
    return ClassifiedResponse(_of_refusal(reply, said, about, credentials, wire, now), said, clock_off=off)


def _of_refusal(
    reply: Response,
    said: GatewayError,
    about: dict[str, str | int],
    credentials: Credentials,
    wire: Connection,
    now: datetime,
) -> Verdict:
    if reply.status == 200:
        return Verdict("not_the_gateway" if said.dialect == "html" else "answer_unreadable", about)
    if reply.status in {301, 302, 303, 307, 308}:
        target = reply.headers.get("location", "") or "none that it names"
        return Verdict("redirected", about | {"target": target})
    if reply.status in {400, 401, 403}:
        return _refusal(reply, said, about, credentials, wire)
    if reply.status == 429:
        seconds = rate_limits(reply, now).get("retry-after", 0)
        about["wait"] = f", and asks to wait {seconds} seconds" if seconds else ""
    if 500 <= reply.status < 600:
        return Verdict("operator_error", about)
    return Verdict(BY_STATUS.get(reply.status, "unexpected_status"), about)


def _refusal(
    reply: Response, said: GatewayError, about: dict[str, str | int], credentials: Credentials, wire: Connection
) -> Verdict:
    """400, 401 and 403: who is refused, the certificate, the application, the login, or the server's address."""
    words = said.message.casefold()
    if not wire.log.asked_for_certificate:
        return Verdict("client_certificate_not_requested", about)
    if any(one in words for one in (*MISSES_CERTIFICATE, *REFUSES_CERTIFICATE)):
        return _certificate(said, about, credentials, wire)
    if "client id" in words and any(one in words for one in ("invalid", "unknown", "not found")):
        # “Invalid client id or secret” is said of the client ID: this request has no secret of an application.
        return Verdict("client_id_unknown", about, evidence=(f"The gateway said: {said.message}",))
    if "not registered to plan" in words or "not subscribed" in words:
        return Verdict("client_id_not_subscribed", about)
    off = int(about["minutes"]) > CLOCK_TOLERANCE and "password" not in words
    if off and any(one in words for one in SPEAKS_OF_TIME):
        return Verdict("clock_skew", about)
    if reply.status == 401:
        return _unauthorized(about, words, said.dialect)
    if reply.status == 403 and said.dialect == "html":
        return Verdict("blocked_page", about)
    return Verdict(BY_STATUS[reply.status], about)


def _certificate(
    said: GatewayError, about: dict[str, str | int], credentials: Credentials, wire: Connection
) -> Verdict:
    """A gateway that speaks of the certificate in HTTP, as nginx does, instead of in TLS."""
    about |= {"alert": said.message, "issuer": missing_issuer(credentials)}
    if not wire.log.sent_certificate:
        return Verdict(demanded(credentials), about)
    if any(one in said.message.casefold() for one in MISSES_CERTIFICATE):
        return Verdict("client_certificate_missing", about)
    return Verdict("client_chain_incomplete" if about["issuer"] else "client_certificate_refused", about)


def _unauthorized(about: dict[str, str | int], words: str, dialect: str) -> Verdict:
    if LOCKED.search(words):
        return Verdict("account_locked", about)
    if "password" in words and ("expired" in words or "changed" in words):
        return Verdict("password_expired", about)
    if "password" in words and "client" not in words:
        # Stock pages of web servers speak of bad passwords whatever the cause.
        return Verdict("password_rejected", about, sure=Confidence.PROBABLE if dialect in {"html", "text"} else None)
    if "credential" in words and "client" not in words:
        return Verdict("password_rejected", about, sure=Confidence.PROBABLE)
    return Verdict("unauthorized", about)
