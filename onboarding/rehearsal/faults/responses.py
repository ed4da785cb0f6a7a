"""HTTP responses of faulty gateways: every status and error format, and responses that are not valid HTTP.

A response is an iterator over the bytes to send. An `Instruction` in it tells the gateway what to do at that point.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from functools import cache
from typing import Any

from onboarding.rehearsal.gateway import HAL, JSON, api_connect_refusal, refusal

MEBIBYTE = 1024 * 1024
HTML = "text/html; charset=utf-8"
LOGIN_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Company network: sign in</h1></body></html>"
)
NGINX_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n{1}"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}


class Instruction(Enum):
    """What the gateway does between two parts of a response."""

    HANG = "hang"  # send nothing more
    RESET = "reset"  # close with RST
    DRIP = "drip"  # send the remaining bytes one at a time


@dataclass(frozen=True)
class ClientRequest:
    """The facts that a response may depend on: whether the client sent a certificate, and Basic credentials."""

    has_certificate: bool
    has_basic_auth: bool


ResponseStream = Iterator[bytes | Instruction]
Responder = Callable[[ClientRequest], ResponseStream]

# Complete responses


def head(status: int, *headers: tuple[str, str], date: datetime | None = None) -> bytes:
    """Return a status line and headers; `date` is the time on the gateway's clock, by default the real one."""
    timestamp = format_datetime(date or datetime.now(UTC), usegmt=True)
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"Date: {timestamp}", "Connection: close"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "", ""]).encode()


def http_response(
    status: int,
    body: bytes | str,
    content_type: str,
    *headers: tuple[str, str],
    clock_offset: timedelta = timedelta(),
) -> Responder:
    """Return a responder for a complete, well-formed response; `clock_offset` is added to the gateway's clock."""
    data = body.encode() if isinstance(body, str) else body

    def respond(_: ClientRequest) -> ResponseStream:
        all_headers = (("Content-Type", content_type), ("Content-Length", str(len(data))), *headers)
        yield head(status, *all_headers, date=datetime.now(UTC) + clock_offset) + data

    return respond


def operator_error(status: int, detail: int, message: str, *headers: tuple[str, str]) -> Responder:
    """Return a responder for an error in the operator's own format."""
    return http_response(status, refusal(status, detail, message).json(), JSON, *headers)


def api_connect_error(status: int, message: str, details: str) -> Responder:
    """Return a responder for an error in the format of IBM API Connect."""
    response = api_connect_refusal(status, message, details)
    return http_response(status, response.json(), JSON, *response.headers.items())


def nginx_error(status: int, title: str, detail: str = "") -> Responder:
    """Return a responder for the error page of an nginx in front of the gateway."""
    detail = f"<center>{detail}</center>\r\n" if detail else ""
    return http_response(status, NGINX_PAGE.format(f"{status} {title}", detail), HTML, ("Server", "nginx"))


def raw_bytes(data: bytes, *instructions: Instruction) -> Responder:
    """Return a responder that sends `data` as it is, instead of an HTTP response."""

    def respond(_: ClientRequest) -> ResponseStream:
        yield data
        yield from instructions

    return respond


def head_only(status: int) -> Responder:
    """Return a responder that sends a status line and headers, dated when they are sent, but no body."""

    def respond(_: ClientRequest) -> ResponseStream:
        yield head(status)

    return respond


def choose(condition: Callable[[ClientRequest], bool], if_true: Responder, if_false: Responder) -> Responder:
    """Return a responder that uses `if_true` or `if_false`, depending on `condition`."""

    def respond(request: ClientRequest) -> ResponseStream:
        return if_true(request) if condition(request) else if_false(request)

    return respond


def fleets(*names: str, **fields: Any) -> bytes:
    """Return the body of a fleet list as the contract describes it; `fields` replace or add fields at the top."""
    entries = [{"id": f"{number:08x}", "name": name} for number, name in enumerate(names, 1)]
    page = {"total": len(names), "totalPage": 1, "currentPage": 0, "_links": {}, "_embedded": {"fleets": entries}}
    return json.dumps(page | fields).encode()


HEALTHY = fleets("Sales vans", "Pool cars")
UNKNOWN_FIELDS = fleets(
    "Sales vans", _embedded={"fleets": [{"id": "1", "colour": ["red"], "owner": {"a": 1}}]}, news=[1]
)
MISSING_FIELDS = json.dumps({"_embedded": {"fleets": [{"id": "00000001"}, {}]}}).encode()

# Incomplete, endless and unusual responses; each function has the name of its fault


def cut_short(_: ClientRequest) -> ResponseStream:
    """Half of the body that Content-Length announces."""
    yield head(200, ("Content-Type", HAL), ("Content-Length", str(len(HEALTHY)))) + HEALTHY[: len(HEALTHY) // 2]


def reset_in_body(request: ClientRequest) -> ResponseStream:
    """Half of the body, then RST."""
    yield from cut_short(request)
    yield Instruction.RESET


def hang_in_body(request: ClientRequest) -> ResponseStream:
    """Half of the body, then nothing."""
    yield from cut_short(request)
    yield Instruction.HANG


def drip_headers(_: ClientRequest) -> ResponseStream:
    """The headers, one byte at a time."""
    yield Instruction.DRIP
    yield head(200, ("Content-Type", HAL), *((f"X-Filler-{n}", "x" * 60) for n in range(40)))


def drip_body(_: ClientRequest) -> ResponseStream:
    """The body, one byte at a time."""
    yield head(200, ("Content-Type", HAL), ("Content-Length", str(MEBIBYTE)))
    yield Instruction.DRIP
    yield b" " * MEBIBYTE


def slow_but_fine(_: ClientRequest) -> ResponseStream:
    """A healthy response with a few slow bytes at the end; it is complete in time."""
    yield head(200, ("Content-Type", HAL), ("Content-Length", str(len(HEALTHY)))) + HEALTHY[:-5]
    yield Instruction.DRIP
    yield HEALTHY[-5:]


def endless_body(_: ClientRequest) -> ResponseStream:
    """A body without an end."""
    yield head(200, ("Content-Type", HAL))
    while True:
        yield b" " * 65536


def endless_headers(_: ClientRequest) -> ResponseStream:
    """Headers without an end."""
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-Filler: " + b"x" * 8000 + b"\r\n"


@cache
def _compressed_spaces() -> bytes:
    return b"".join([gzip.compress(b" " * MEBIBYTE)] * 100)  # members of one gzip file (RFC 1952, 2.2)


def gzip_bomb(_: ClientRequest) -> ResponseStream:
    """100 MiB of spaces, compressed to 100 KiB."""
    compressed = _compressed_spaces()
    headers = (("Content-Encoding", "gzip"), ("Content-Length", str(len(compressed))))
    yield head(200, ("Content-Type", HAL), *headers) + compressed


def broken_gzip(_: ClientRequest) -> ResponseStream:
    """Content-Encoding says gzip, but the data is not."""
    headers = (("Content-Encoding", "gzip"), ("Content-Length", str(len(HEALTHY))))
    yield head(200, ("Content-Type", HAL), *headers) + b"\x1f\x8b" + HEALTHY[2:]


def broken_chunks(_: ClientRequest) -> ResponseStream:
    """A chunked body whose chunk sizes are not numbers."""
    yield head(200, ("Content-Type", HAL), ("Transfer-Encoding", "chunked")) + b"zz\r\n" + HEALTHY


def chunked(_: ClientRequest) -> ResponseStream:
    """A healthy response in chunks."""
    yield head(200, ("Content-Type", HAL), ("Transfer-Encoding", "chunked"))
    for part in (HEALTHY[:20], HEALTHY[20:]):
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def interim_answers(request: ClientRequest) -> ResponseStream:
    """100 Continue and 103 Early Hints before a healthy response."""
    yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    yield from http_response(200, HEALTHY, HAL)(request)


def no_date(_: ClientRequest) -> ResponseStream:
    """A healthy response without a Date header."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/hal+json\r\n\r\n" + HEALTHY


def strange_date(_: ClientRequest) -> ResponseStream:
    """A healthy response with a Date header that is not a date."""
    yield b"HTTP/1.1 200 OK\r\nDate: yesterday, about noon\r\nContent-Type: application/hal+json\r\n\r\n" + HEALTHY
