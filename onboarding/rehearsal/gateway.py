"""The rehearsal's gateway: how it answers a request for the fleets."""

import base64
import hmac
import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from onboarding.rehearsal.authority import Authority, password_of

NAMES = (
    "Headquarters",
    "Sales vans",
    "Service west",
    "Service east",
    "Pool cars",
    "Delivery",
    "Executives",
    "Test drives",
)
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
PAGE_SIZE_MAX = 60  # the contract's


def fleets_of(authority: Authority, login: str, base: str) -> list[dict[str, Any]]:
    """Two to four fleets, as the contract describes one."""
    seed = authority.derive("fleets", login)
    fleets = []
    for number in range(2 + seed[0] % 3):
        fleet_id = seed[1 + 4 * number : 5 + 4 * number].hex()
        made = EPOCH + timedelta(days=seed[20 + number], hours=number)
        fleets.append(
            {
                "id": fleet_id,
                "name": NAMES[(seed[0] + number) % len(NAMES)],
                "description": f"Vehicles of {login}, group {number + 1}",
                "createdAt": f"{made:%Y-%m-%dT%H:%M:%SZ}",
                "updatedAt": f"{made + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
                "_links": {"self": {"href": f"{base}/fleets/{fleet_id}"}},
            }
        )
    return fleets


def fleet_page(fleets: list[dict[str, Any]], base: str, size: int, number: int) -> dict[str, Any]:
    """One page (from 0) of `size` fleets, as a HAL collection."""
    pages = max(1, -(-len(fleets) // size))
    link = f"{base}/fleets?pageSize={size}"
    links = {"self": {"href": f"{link}&pageToken={number}"}, "first": {"href": f"{link}&pageToken=0"}}
    if number + 1 < pages:
        links["next"] = {"href": f"{link}&pageToken={number + 1}"}
    return {
        "total": len(fleets),
        "totalPage": pages,
        "currentPage": number,
        "_links": links,
        "_embedded": {"fleets": fleets[number * size : (number + 1) * size]},
    }


BASE_PATH = "/connectedcar/v3"
DAILY, BURST = 2000, 10  # requests a day and a second
HAL = "application/hal+json"
ACCEPTABLE = {HAL, "application/*", "*/*"}


@dataclass(frozen=True)
class GatewayResponse:
    """A status, a body for JSON, and headers beyond the usual."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, detail: int, message: str) -> GatewayResponse:
    """An error as the contract describes it: the first three digits of its code are the status."""
    body = {
        "code": status * 100 + detail,
        "uuid": str(uuid.uuid4()),
        "message": message,
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return GatewayResponse(status, body)


def api_connect_refusal(status: int, message: str, more: str) -> GatewayResponse:
    """An error in the dialect of the product in front of the operator's own services."""
    body = {"httpCode": str(status), "httpMessage": message, "moreInformation": more}
    return GatewayResponse(status, body, {"X-Backside-Transport": "FAIL FAIL"})


class Counters:
    """How many requests each login may still make, today and in this second."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], int] = defaultdict(int)
        self._lock = threading.Lock()  # each connection has its own thread

    def spend(self, login: str) -> tuple[int, int]:
        """Count one request; what is left today and in this second, negative where it was too many."""
        now = int(time.time())
        today = -(now // 86_400)  # negative, to tell it from a second
        with self._lock:
            kept = {key: made for key, made in self._made.items() if key[1] == today or key[1] >= now - 1}
            self._made = defaultdict(int, kept)
            self._made[login, today] += 1
            self._made[login, now] += 1
            return DAILY - self._made[login, today], BURST - self._made[login, now]


@dataclass
class Gateway:
    """Answers requests whose client certificate the TLS layer has already verified."""

    authority: Authority
    base: str  # the address under which its links are given out
    counters: Counters = field(default_factory=Counters)

    def answer(self, target: str, headers: Mapping[str, str], certificate_login: str) -> GatewayResponse:
        """The reply to a GET of `target`; `headers` by names in lower case."""
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        client_id = query.get("client_id", [""])[0]
        known = self.authority.client_id(certificate_login)
        if not hmac.compare_digest(client_id.encode(), known.encode()):
            return api_connect_refusal(401, "Unauthorized", "Invalid client id or secret.")
        login, password = basic(headers.get("authorization", ""))
        right = hmac.compare_digest(password.encode(), password_of(certificate_login).encode())
        if login != certificate_login or not right:
            return refusal(401, 1, "Authentication failed: invalid login or password.")
        day, second = self.counters.spend(login)
        limits = {
            "X-RateLimit-Limit-1": str(DAILY),
            "X-RateLimit-Remaining-1": str(max(0, day)),
            "X-RateLimit-Limit-2": str(BURST),
            "X-RateLimit-Remaining-2": str(max(0, second)),
        }
        if day < 0 or second < 0:
            wait = str(1 if day >= 0 else 86_400 - int(time.time()) % 86_400)
            said = refusal(429, 0, "Rate limit exceeded.")
            return GatewayResponse(429, said.body, limits | {"X-RateLimit-Reset": wait, "Retry-After": wait})
        reply = self._resource(parts.path, query, headers, login)
        return GatewayResponse(reply.status, reply.body, {**limits, **reply.headers})

    def _resource(
        self, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], login: str
    ) -> GatewayResponse:
        if path.rstrip("/") != f"{BASE_PATH}/fleets":
            return refusal(404, 99, "The requested resource was not found.")
        accepted = {part.split(";")[0].strip().lower() for part in headers.get("accept", "*/*").split(",")}
        if not accepted & ACCEPTABLE:
            return refusal(406, 0, f"Only {HAL} is offered.")
        size, token = query.get("pageSize", [str(PAGE_SIZE_MAX)])[0], query.get("pageToken", ["0"])[0]
        if not (_number(size) and 1 <= int(size) <= PAGE_SIZE_MAX and _number(token)):
            return refusal(400, 3, "pageSize must be between 1 and 60, and pageToken one that was given out.")
        fleets = fleets_of(self.authority, login, self.base)
        return GatewayResponse(200, fleet_page(fleets, self.base, int(size), int(token)))


def _number(text: str) -> bool:
    """Whether `text` is a number short enough to be one."""
    return text.isdecimal() and len(text) <= 9


def basic(header: str) -> tuple[str, str]:
    """Login and password of a Basic header (RFC 7617); empty where it can't be read."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:  # no base64, or no UTF-8 in it
        text = ""
    login, _, password = text.partition(":")
    return login, password


def as_json(reply: GatewayResponse) -> bytes:
    """The body as it is sent."""
    return json.dumps(reply.body).encode()
