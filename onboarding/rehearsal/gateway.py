"""The rehearsal's gateway: its responses to requests to the fleet API.

It follows the operator's published contract (fleet API, version 3): HAL collections, its own error format, the error
format of the API Connect product in front of it, and rate limits in headers.
"""

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

BASE_PATH = "/connectedcar/v3"
DAILY_LIMIT, BURST_LIMIT = 2000, 10  # requests of a login in a day and in a second
PAGE_SIZE_MAX = 60  # fleets; from the contract
HAL = "application/hal+json"
JSON = "application/json"
ACCEPTABLE = {HAL, "application/*", "*/*"}

FLEET_NAMES = (
    "Headquarters",
    "Sales vans",
    "Service west",
    "Service east",
    "Pool cars",
    "Delivery",
    "Executives",
    "Test drives",
)
FIRST_CREATED = datetime(2024, 1, 1, tzinfo=UTC)


def fleets_of(authority: Authority, login: str, base_url: str) -> list[dict[str, Any]]:
    """Return the two to four fleets of `login`, each in the contract's format; always the same for a login."""
    seed = authority.derive("fleets", login)
    fleets = []
    for number in range(2 + seed[0] % 3):
        fleet_id = seed[1 + 4 * number : 5 + 4 * number].hex()
        created = FIRST_CREATED + timedelta(days=seed[20 + number], hours=number)
        fleets.append(
            {
                "id": fleet_id,
                "name": FLEET_NAMES[(seed[0] + number) % len(FLEET_NAMES)],
                "description": f"Vehicles of {login}, group {number + 1}",
                "createdAt": f"{created:%Y-%m-%dT%H:%M:%SZ}",
                "updatedAt": f"{created + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}",
                "_links": {"self": {"href": f"{base_url}/fleets/{fleet_id}"}},
            }
        )
    return fleets


def fleet_page(fleets: list[dict[str, Any]], base_url: str, size: int, number: int) -> dict[str, Any]:
    """Return page `number` (from 0) of `fleets` with `size` fleets a page, as a HAL collection."""
    pages = max(1, -(-len(fleets) // size))
    link = f"{base_url}/fleets?pageSize={size}"
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


@dataclass(frozen=True)
class GatewayResponse:
    """An HTTP response: its status, its body before encoding as JSON, and headers other than the usual ones."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> bytes:
        """Return the body encoded as JSON."""
        return json.dumps(self.body).encode()


def refusal(status: int, detail: int, message: str) -> GatewayResponse:
    """Return an error in the operator's format; the first three digits of its code are the status."""
    body = {
        "code": status * 100 + detail,
        "uuid": str(uuid.uuid4()),
        "message": message,
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    return GatewayResponse(status, body)


def api_connect_refusal(status: int, message: str, details: str) -> GatewayResponse:
    """Return an error in the format of IBM API Connect, the product in front of the operator's own services."""
    body = {"httpCode": str(status), "httpMessage": message, "moreInformation": details}
    return GatewayResponse(status, body, {"X-Backside-Transport": "FAIL FAIL"})


class RequestCounter:
    """Counts the requests of each login, in the current day and in the current second."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = defaultdict(int)
        self._lock = threading.Lock()  # each connection has its own thread

    def count(self, login: str) -> tuple[int, int]:
        """Count one request; return how many remain today and in this second. A negative number is over the limit."""
        second = int(time.time())
        day = -(second // 86_400)  # negative, so that it can't be equal to a second
        with self._lock:
            current = {key: count for key, count in self._counts.items() if key[1] == day or key[1] >= second - 1}
            self._counts = defaultdict(int, current)
            self._counts[login, day] += 1
            self._counts[login, second] += 1
            return DAILY_LIMIT - self._counts[login, day], BURST_LIMIT - self._counts[login, second]


@dataclass
class Gateway:
    """Responds to requests. The client certificate was verified in the TLS handshake."""

    authority: Authority
    base_url: str  # for the links in responses
    counter: RequestCounter = field(default_factory=RequestCounter)

    def respond(self, target: str, headers: Mapping[str, str], certificate_login: str) -> GatewayResponse:
        """Return the response to a GET of `target` (path and query); the names in `headers` are in lower case.

        `certificate_login` is the common name of the client certificate. The client ID and the login and password must
        belong to it. Client ID and password are compared in constant time.
        """
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        client_id = query.get("client_id", [""])[0]
        expected_client_id = self.authority.client_id(certificate_login)
        if not hmac.compare_digest(client_id.encode(), expected_client_id.encode()):
            return api_connect_refusal(401, "Unauthorized", "Invalid client id or secret.")
        login, password = basic_credentials(headers.get("authorization", ""))
        password_matches = hmac.compare_digest(password.encode(), password_of(certificate_login).encode())
        if login != certificate_login or not password_matches:
            return refusal(401, 1, "Authentication failed: invalid login or password.")
        left_today, left_this_second = self.counter.count(login)
        limits = {
            "X-RateLimit-Limit-1": str(DAILY_LIMIT),
            "X-RateLimit-Remaining-1": str(max(0, left_today)),
            "X-RateLimit-Limit-2": str(BURST_LIMIT),
            "X-RateLimit-Remaining-2": str(max(0, left_this_second)),
        }
        if left_today < 0 or left_this_second < 0:
            wait = str(1 if left_today >= 0 else 86_400 - int(time.time()) % 86_400)
            body = refusal(429, 0, "Rate limit exceeded.").body
            return GatewayResponse(429, body, limits | {"X-RateLimit-Reset": wait, "Retry-After": wait})
        response = self._resource(parts.path, query, headers, login)
        return GatewayResponse(response.status, response.body, {**limits, **response.headers})

    def _resource(
        self, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], login: str
    ) -> GatewayResponse:
        if path.rstrip("/") != f"{BASE_PATH}/fleets":
            return refusal(404, 99, "The requested resource was not found.")
        accepted = {part.split(";")[0].strip().lower() for part in headers.get("accept", "*/*").split(",")}
        if not accepted & ACCEPTABLE:
            return refusal(406, 0, f"Only {HAL} is offered.")
        size, token = query.get("pageSize", [str(PAGE_SIZE_MAX)])[0], query.get("pageToken", ["0"])[0]
        if not (_is_number(size) and 1 <= int(size) <= PAGE_SIZE_MAX and _is_number(token)):
            return refusal(400, 3, "pageSize must be between 1 and 60, and pageToken must come from a link.")
        fleets = fleets_of(self.authority, login, self.base_url)
        return GatewayResponse(200, fleet_page(fleets, self.base_url, int(size), int(token)))


def _is_number(text: str) -> bool:
    """Return whether `text` is a decimal number of at most nine digits."""
    return text.isdecimal() and len(text) <= 9


def basic_credentials(header: str) -> tuple[str, str]:
    """Return login and password from an Authorization header (RFC 7617); two empty strings if it can't be read."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:  # not base64, or not UTF-8
        text = ""
    login, _, password = text.partition(":")
    return login, password
