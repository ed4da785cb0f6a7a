"""What a faulty gateway answers over HTTP: every status and dialect, and answers that are none.

An answer yields the bytes to send; a `Pause` among them says to hang, drip or reset from there on.
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

from onboarding.rehearsal.gateway import HAL, api_connect_refusal, as_json, refusal

MEBIBYTE = 1024 * 1024
JSON = "application/json"
HTML = "text/html; charset=utf-8"
LOGIN_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Company network: sign in</h1></body></html>"
)
NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n{1}"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden"}


class Then(Enum):
    """What comes after the bytes so far, other than an orderly end."""

    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"  # the bytes that follow come one at a time


@dataclass(frozen=True)
class Asked:
    """What came: whether with a client certificate, and whether with Basic."""

    certificate: bool
    basic: bool


Chunks = Iterator[bytes | Then]
Answer = Callable[[Asked], Chunks]


def head(status: int, *headers: tuple[str, str], date: datetime | None = None) -> bytes:
    """A status line and headers, `date` being the gateway's clock."""
    moment = format_datetime(date or datetime.now(UTC), usegmt=True)
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"Date: {moment}", "Connection: close"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "", ""]).encode()


def replies(
    status: int, body: bytes | str, kind: str, *headers: tuple[str, str], clock: timedelta = timedelta()
) -> Answer:
    """A whole, well-formed reply; `clock` is how far the gateway's clock is off."""
    data = body.encode() if isinstance(body, str) else body

    def answer(_: Asked) -> Chunks:
        about = (("Content-Type", kind), ("Content-Length", str(len(data))), *headers)
        yield head(status, *about, date=datetime.now(UTC) + clock) + data

    return answer


def operator_says(status: int, detail: int, message: str, *headers: tuple[str, str]) -> Answer:
    """The operator's own shape of an error."""
    return replies(status, as_json(refusal(status, detail, message)), JSON, *headers)


def api_connect_says(status: int, message: str, more: str) -> Answer:
    """IBM API Connect's shape of an error."""
    said = api_connect_refusal(status, message, more)
    return replies(status, as_json(said), JSON, *said.headers.items())


def nginx_says(status: int, title: str, detail: str = "") -> Answer:
    """The page of an nginx in front of the gateway."""
    detail = f"<center>{detail}</center>\r\n" if detail else ""
    return replies(status, NGINX.format(f"{status} {title}", detail), HTML, ("Server", "nginx"))


def fleets(*names: str, **more: Any) -> bytes:
    """A collection of fleets as the contract describes it."""
    entries = [{"id": f"{number:08x}", "name": name} for number, name in enumerate(names, 1)]
    page = {"total": len(names), "totalPage": 1, "currentPage": 0, "_links": {}, "_embedded": {"fleets": entries}}
    return json.dumps(page | more).encode()


HEALTHY = fleets("Sales vans", "Pool cars")
UNKNOWN_FIELDS = fleets(
    "Sales vans", _embedded={"fleets": [{"id": "1", "colour": ["red"], "owner": {"a": 1}}]}, news=[1]
)
MISSING_FIELDS = json.dumps({"_embedded": {"fleets": [{"id": "00000001"}, {}]}}).encode()


def cut_short(_: Asked) -> Chunks:
    """Half of the body that was announced."""
    yield head(200, ("Content-Type", HAL), ("Content-Length", str(len(HEALTHY)))) + HEALTHY[: len(HEALTHY) // 2]


def reset_in_body(_: Asked) -> Chunks:
    """Half of the body, then RST."""
    yield from cut_short(_)
    yield Then.RESET


def hang_in_body(_: Asked) -> Chunks:
    """Half of the body, then silence."""
    yield from cut_short(_)
    yield Then.HANG


def drip_headers(_: Asked) -> Chunks:
    """Headers one byte at a time."""
    yield Then.DRIP
    yield head(200, ("Content-Type", HAL), *((f"X-Filler-{n}", "x" * 60) for n in range(40)))


def drip_body(_: Asked) -> Chunks:
    """The body one byte at a time."""
    yield head(200, ("Content-Type", HAL), ("Content-Length", str(MEBIBYTE)))
    yield Then.DRIP
    yield b" " * MEBIBYTE


def drip_to_the_end(_: Asked) -> Chunks:
    """A slow answer that comes in time all the same."""
    yield head(200, ("Content-Type", HAL), ("Content-Length", str(len(HEALTHY)))) + HEALTHY[:-5]
    yield Then.DRIP
    yield HEALTHY[-5:]


def endless_body(_: Asked) -> Chunks:
    """A body without an end."""
    yield head(200, ("Content-Type", HAL))
    while True:
        yield b" " * 65536


def endless_headers(_: Asked) -> Chunks:
    """Headers without an end."""
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-Filler: " + b"x" * 8000 + b"\r\n"


@cache
def _packed_blanks() -> bytes:
    return b"".join([gzip.compress(b" " * MEBIBYTE)] * 100)  # members of one gzip file (RFC 1952, 2.2)


def gzip_bomb(_: Asked) -> Chunks:
    """100 MiB of blanks in 100 KiB."""
    packed = _packed_blanks()
    yield head(200, ("Content-Type", HAL), ("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))) + packed


def broken_gzip(_: Asked) -> Chunks:
    """Said to be gzip, and isn't."""
    about = (("Content-Encoding", "gzip"), ("Content-Length", str(len(HEALTHY))))
    yield head(200, ("Content-Type", HAL), *about) + b"\x1f\x8b" + HEALTHY[2:]


def broken_chunks(_: Asked) -> Chunks:
    """A chunked body whose sizes are no numbers."""
    yield head(200, ("Content-Type", HAL), ("Transfer-Encoding", "chunked")) + b"zz\r\n" + HEALTHY


def chunked(_: Asked) -> Chunks:
    """A healthy answer in chunks."""
    yield head(200, ("Content-Type", HAL), ("Transfer-Encoding", "chunked"))
    for part in (HEALTHY[:20], HEALTHY[20:]):
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def interim(_: Asked) -> Chunks:
    """100 Continue and 103 Early Hints before a healthy answer."""
    yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    yield from replies(200, HEALTHY, HAL)(_)


def without_date(_: Asked) -> Chunks:
    """A healthy answer of a server without a clock."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/hal+json\r\n\r\n" + HEALTHY


def strange_date(_: Asked) -> Chunks:
    """A healthy answer dated in words."""
    yield b"HTTP/1.1 200 OK\r\nDate: yesterday, about noon\r\nContent-Type: application/hal+json\r\n\r\n" + HEALTHY


def says(data: bytes, *after: Then) -> Answer:
    """`data` in place of an HTTP reply, encrypted."""

    def answer(_: Asked) -> Chunks:
        yield data
        yield from after

    return answer


def only_if(condition: Callable[[Asked], bool], then: Answer, otherwise: Answer) -> Answer:
    """`then` where what came fulfils `condition`."""

    def answer(asked: Asked) -> Chunks:
        return then(asked) if condition(asked) else otherwise(asked)

    return answer
