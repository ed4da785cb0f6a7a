"""No repetitive response takes more than linear time to read. See `tests.cpu_limit`."""

from datetime import UTC, datetime

import pytest

from onboarding.fleets.classifying.error_bodies import read_body
from onboarding.fleets.classifying.fleet_pages import read_fleets
from onboarding.fleets.classifying.layers import is_block_page, recognize
from onboarding.fleets.classifying.phrases import named_cause
from onboarding.fleets.classifying.response_headers import challenges, clock_offset, rate_limits, wait_seconds
from onboarding.fleets.connecting.request import Response
from onboarding.fleets.redaction import Redaction
from tests.cpu_limit import FINISHED, last_input, repeated

SIZE = 2**20
HEADER_SIZE = 64 * 1024
NOW = datetime(2026, 11, 25, tzinfo=UTC)
UNITS = (
    *(b"<", b"<a ", b"<a>", b"</a>", b"<script", b"<script>", b"<style>", b"</style>", b"</script", b">", b"&", b"a"),
    *(b" ", b"\n", b"0", b"-", b"0-", b"12345678-", b"12345678-1234-1234-1234-", b"{", b"[", b'"', b'{"a":', b"[1],"),
    *(b"\\", b"\\u0041", b"\xff", b"\x00", b"\xe2\x80\x8b", b"locked ", b"client id "),
)
STARTS = (
    b"",
    b"<html>",
    b"<html><script>",
    b'{"message":"',
    b'{"code":"1","message":"',
    b'{"_embedded":{"fleets":[{"id":"',
)


def bodies():
    for start in STARTS:
        for unit in UNITS:
            yield f"{unit!r} after {start!r}", repeated(unit, SIZE, start, b'"}]}}')


def headers():
    for unit in (b" ", b"0", b"1 ", b",", b"Wed, ", b":", b"(", b"-", b"+", b"GMT "):
        for start in (b"", b"Wed, 25 Nov 2026 10:00:00 "):
            yield f"{unit!r} after {start!r}", repeated(unit, HEADER_SIZE, start)


def read_whole_body(data):
    """Read the response as fleets and as an error, and remove secrets from what was read."""
    response = Response(200, {"content-type": "text/html"}, data)
    redaction = Redaction(("12345678-1234", "secret" * 40, "aaaa"))
    for fleet in getattr(read_fleets(response), "fleets", ()):
        redaction.fleet(fleet)
    body = read_body(response)
    redaction.gateway_error(body.error)
    recognize(response, body)
    is_block_page(body)
    named_cause(body.words)
    wait_seconds(response, body.words, NOW)
    redaction.text(data.decode("utf-8", "replace"))


def read_headers(data):
    """Read the same value as the date, as the seconds to wait, and as a rate limit."""
    value = data.decode()
    names = ("date", "retry-after", "x-ratelimit-limit", "ratelimit", "www-authenticate", "server", "via")
    response = Response(429, dict.fromkeys(names, value), b"")
    clock_offset(response, NOW)
    rate_limits(response, NOW)
    challenges(response)
    recognize(response, read_body(response))


READERS = {"body": lambda: (read_whole_body, bodies()), "headers": lambda: (read_headers, headers())}


@pytest.mark.parametrize("reader", READERS)
def test_the_time_for_a_repetitive_response_is_linear(reader):
    """Each input is read within the limit of CPU time."""
    assert last_input("tests.fleets.classifying.test_linear_time", reader) == FINISHED
