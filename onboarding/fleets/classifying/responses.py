"""Read a response, which contains the fleets or the gateway's error, and return the verdict on it."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from onboarding.fleets.classifying.failures import missing_certificate_code
from onboarding.fleets.classifying.preparation import missing_issuer
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint, Response
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Verdict

NUMBER = re.compile(r"[0-9]{1,12}")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNSHOWN_ELEMENT = re.compile(r"<(?:script|style).*", re.DOTALL | re.IGNORECASE)  # in the text before its end tag
UNSHOWN_ELEMENT_END = re.compile(r"</(?:script|style)>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
FLEETS_READ = 500  # of a page; real pages have a few dozen
VALUE_LIMIT = 4096  # characters of a value; it is cut again for display, after secrets are removed
# The codes of verdicts by which a test is a success.
SUCCESS_CODES = {"connected", "no_fleets"}


@dataclass(frozen=True)
class Fleet:
    """One fleet, with the optional fields of the contract that are present."""

    id: str
    name: str = ""
    description: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class GatewayError:
    """The parsed body of a refusal. `dialect`: "operator", "api_connect", "json", "text" or "html"."""

    code: str
    uuid: str
    message: str
    timestamp: str
    dialect: str

    def to_dict(self) -> dict[str, str]:
        """Return all fields as strings."""
        return asdict(self)


@dataclass(frozen=True)
class FleetPage:
    """The first page of the fleets, and how many fleets there are in total."""

    fleets: tuple[Fleet, ...]
    total: int


def _load_json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def read_fleets(response: Response) -> FleetPage | None:
    """Return the fleets of a 200, or None if the body is not a list of fleets.

    Tolerates unknown and missing fields, as the contract asks.
    """
    page = _load_json(response)
    if not isinstance(page, dict):
        return None
    embedded = page.get("_embedded", {})
    fleets = embedded.get("fleets", []) if isinstance(embedded, dict) else None
    if not isinstance(fleets, list) or not ("_embedded" in page or "total" in page):
        return None
    entries = [entry for entry in fleets if isinstance(entry, dict)]
    total = page.get("total")
    read = tuple(_read_fleet(entry) for entry in entries[:FLEETS_READ])
    return FleetPage(read, total if type(total) is int and total >= 0 else len(entries))


def _read_fleet(entry: Mapping[str, Any]) -> Fleet:
    fields = ("id", "name", "description", "createdAt", "updatedAt")
    return Fleet(*(str(entry.get(name) or "") for name in fields))


def read_error(response: Response) -> GatewayError:
    """Return the error in the body of a refusal, in any format."""
    body = _load_json(response)
    if isinstance(body, dict):
        return _read_json_error(body)
    text = response.body.decode("utf-8", "replace").strip()
    content_type = response.headers.get("content-type", "")
    is_html = text[:200].lower().startswith(("<!doctype", "<html")) or "html" in content_type
    message = _visible_text(text) if is_html else text
    match = UUID.search(text)
    uuid = match.group() if match else ""
    return GatewayError("", uuid, message.strip()[:VALUE_LIMIT], "", "html" if is_html else "text")


def _visible_text(html: str) -> str:
    """Return the text of a page.

    Each pattern reads a character once. So a page with a million "<script" takes no longer than other pages of its
    size.
    """
    without_scripts = (UNSHOWN_ELEMENT.sub(" ", part) for part in UNSHOWN_ELEMENT_END.split(html))
    return " ".join(TAG.sub(" ", " ".join(without_scripts)).split())


def _read_json_error(body: Mapping[str, Any]) -> GatewayError:
    def first(*names: str) -> str:
        return next((str(body[name]) for name in names if body.get(name) not in (None, "")), "")[:VALUE_LIMIT]

    if "httpCode" in body:
        message = ": ".join(part for part in (first("httpMessage"), first("moreInformation")) if part)
        return GatewayError(first("httpCode"), first("uuid"), message, first("timestamp"), "api_connect")
    dialect = "operator" if "code" in body and "message" in body else "json"
    message = first("message", "error_description", "error", "detail", "title")
    return GatewayError(first("code", "status"), first("uuid"), message, first("timestamp"), dialect)


def rate_limits(response: Response, now: datetime) -> dict[str, int]:
    """Return the numbers of the X-RateLimit headers and of Retry-After (seconds), by their names in lower case.

    Retry-After may be a date (RFC 9110, 10.2.3); it is converted to seconds from `now`.
    """
    names = [name for name in response.headers if name.startswith("x-ratelimit-") or name == "retry-after"]
    limits = {name: int(response.headers[name]) for name in names if NUMBER.fullmatch(response.headers[name].strip())}
    moment = read_date(response.headers.get("retry-after", ""))
    if moment:
        limits["retry-after"] = max(0, round((moment - now).total_seconds()))
    return limits


def read_date(text: str) -> datetime | None:
    """Return the time of an HTTP date (RFC 9110, 5.6.7), or None if `text` is not a date."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def clock_offset(response: Response, now: datetime) -> int:
    """Return how many whole minutes the gateway's clock is ahead of `now`, negative if behind; 0 without a date."""
    moment = read_date(response.headers.get("date", ""))
    return int((moment - now).total_seconds() / 60) if moment else 0


CLOCK_TOLERANCE = 5  # minutes
BY_STATUS = {400: "bad_request", 403: "forbidden", 404: "not_found", 406: "not_acceptable", 429: "rate_limited"}
# Phrases in the messages of gateways, which have no codes for these cases.
MISSES_CERTIFICATE = ("no required ssl certificate", "no client certificate", "client certificate required")
REFUSES_CERTIFICATE = ("ssl certificate error", "certificate verify failed", "invalid client certificate")
LOCKED = re.compile(r"\b(locked|suspended|disabled)\b")
MENTIONS_TIME = ("timestamp", "clock", "expired", "not yet valid", "too old", "in the future")


@dataclass(frozen=True)
class ClassifiedResponse:
    """A classified response: its verdict, and the gateway's error or the fleets.

    `clock_offset` is how many minutes the gateway's clock is ahead.
    """

    verdict: Verdict
    gateway_error: GatewayError | None = None
    page: FleetPage | None = None
    clock_offset: int = 0


def classify_response(
    response: Response, endpoint: Endpoint, credentials: Credentials, connection: Connection, now: datetime
) -> ClassifiedResponse:
    """Read a response, and return its verdict with the gateway's error or the fleets. `now` is in UTC."""
    offset = clock_offset(response, now)
    params: dict[str, str | int] = {
        "host": endpoint.host,
        "port": endpoint.port,
        "login": credentials.login,
        "status": response.status,
        "minutes": abs(offset),
        "alert": connection.handshake.alert,
    }
    if response.is_cut:
        return ClassifiedResponse(Verdict("answer_too_large", params), clock_offset=offset)
    page = read_fleets(response) if response.status == 200 else None
    if page is not None:
        code = "connected" if page.fleets or page.total else "no_fleets"
        return ClassifiedResponse(Verdict(code, params), page=page, clock_offset=offset)
    gateway_error = read_error(response)
    verdict = _classify_error(response, gateway_error, params, credentials, connection, now)
    return ClassifiedResponse(verdict, gateway_error, clock_offset=offset)


def _classify_error(
    response: Response,
    gateway_error: GatewayError,
    params: dict[str, str | int],
    credentials: Credentials,
    connection: Connection,
    now: datetime,
) -> Verdict:
    status = response.status
    if status == 200:
        return Verdict("not_the_gateway" if gateway_error.dialect == "html" else "answer_unreadable", params)
    if status in {301, 302, 303, 307, 308}:
        target = response.headers.get("location", "")
        return Verdict("redirected", params | {"target": target}, "" if target else "no_target")
    if status in {400, 401, 403}:
        return _classify_refusal(response, gateway_error, params, credentials, connection)
    if status == 429:
        seconds = rate_limits(response, now).get("retry-after", 0)
        return Verdict("rate_limited", params | {"seconds": seconds}, "wait" if seconds else "")
    if 500 <= status < 600:
        return Verdict("operator_error", params)
    return Verdict(BY_STATUS.get(status, "unexpected_status"), params)


def _classify_refusal(
    response: Response,
    gateway_error: GatewayError,
    params: dict[str, str | int],
    credentials: Credentials,
    connection: Connection,
) -> Verdict:
    """Return the verdict on a 400, 401 or 403: on the certificate, the client ID, the login, or our address."""
    message = gateway_error.message.casefold()
    if not connection.handshake.requested_certificate:
        return Verdict("client_certificate_not_requested", params)
    if any(phrase in message for phrase in (*MISSES_CERTIFICATE, *REFUSES_CERTIFICATE)):
        return _classify_certificate_error(gateway_error, params, credentials, connection)
    if "client id" in message and any(word in message for word in ("invalid", "unknown", "not found")):
        # “Invalid client id or secret” is about the client ID: this request has no secret of an application.
        observation = Observation("gateway_message", {"message": gateway_error.message})
        return Verdict("client_id_unknown", params, observations=(observation,))
    if "not registered to plan" in message or "not subscribed" in message:
        return Verdict("client_id_not_subscribed", params)
    is_clock_off = int(params["minutes"]) > CLOCK_TOLERANCE and "password" not in message
    if is_clock_off and any(phrase in message for phrase in MENTIONS_TIME):
        return Verdict("clock_skew", params)
    if response.status == 401:
        return _classify_unauthorized(params, message, gateway_error.dialect)
    if response.status == 403 and gateway_error.dialect == "html":
        return Verdict("blocked_page", params)
    return Verdict(BY_STATUS[response.status], params)


def _classify_certificate_error(
    gateway_error: GatewayError, params: dict[str, str | int], credentials: Credentials, connection: Connection
) -> Verdict:
    """Return the verdict on an error about the certificate in HTTP, as nginx sends it, instead of in TLS."""
    params |= {"alert": gateway_error.message, "issuer": missing_issuer(credentials)}
    if not connection.handshake.sent_certificate:
        return Verdict(missing_certificate_code(credentials), params)
    if any(phrase in gateway_error.message.casefold() for phrase in MISSES_CERTIFICATE):
        return Verdict("client_certificate_missing", params)
    return Verdict("client_chain_incomplete" if params["issuer"] else "client_certificate_refused", params)


def _classify_unauthorized(params: dict[str, str | int], message: str, dialect: str) -> Verdict:
    if LOCKED.search(message):
        return Verdict("account_locked", params)
    if "password" in message and ("expired" in message or "changed" in message):
        return Verdict("password_expired", params)
    if "password" in message and "client" not in message:
        # The default pages of web servers mention bad passwords for every cause.
        is_default_page = dialect in {"html", "text"}
        return Verdict(
            "password_rejected", params, confidence_override=Confidence.PROBABLE if is_default_page else None
        )
    if "credential" in message and "client" not in message:
        return Verdict("password_rejected", params, confidence_override=Confidence.PROBABLE)
    return Verdict("unauthorized", params)
