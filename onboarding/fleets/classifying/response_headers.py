"""What the headers of a response say: dates, waiting times, kinds of authentication, and references for support."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from onboarding.fleets.connecting.request import Response

NUMBER = re.compile(r"[0-9]{1,12}")
EPOCH_FROM = 1_000_000_000  # numbers from here on are seconds since 1970, not seconds to wait
WAIT_MAX = 400 * 86_400  # seconds; a longer wait is a mistake of the gateway
# The headers that say when the next request is allowed, as seconds or as a time; Kong and IETF, GitHub, the operator.
RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-ratelimit-reset-1", "x-rate-limit-reset", "x-ratelimit-reset-2")
RESET_PARAMETER = re.compile(r"(?:^|[;,\s])(?:reset|t)=([0-9]{1,12})")  # of the header RateLimit
WAIT_IN_WORDS = re.compile(
    r"(?:try again|retry|wait|replenished|reessayez|erneut|reintente|riprova)\D{0,30}?"
    r"(?:(?P<clock>(?:[0-9]{1,3}\.)?[0-9]{2}:[0-9]{2}:[0-9]{2})|(?P<count>[0-9]{1,6})\s*(?P<unit>[a-z]+))",
)
# As WSO2 writes it ("nextaccess": "2026-nov-26 00:00:00+0000 utc"), and as ISO 8601; the offset is always that of UTC.
TIME_IN_WORDS = re.compile(
    r"(?:after|until|next ?access|nach|bis|apres|jusqu.{1,3}|dopo|fino|despues|hasta)\W{0,12}"
    r"(?P<year>20[0-9]{2})-(?P<month>[0-9]{2}|[a-z]{3})-(?P<day>[0-9]{2})[ t]"
    r"(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]{1,9})? ?(?:z|\+00:?00|utc|gmt)"
)
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "j": 86_400, "t": 86_400, "o": 3600, "g": 86_400}
CLOCK_TIME = re.compile(r"(?:([0-9]{1,3})\.)?([0-9]{2}):([0-9]{2}):([0-9]{2})")
# Headers by which an engineer at the other side finds the request in the logs, the most telling first: of API Connect,
# the customary names, AWS, Cloudflare, Kong, Azure, Zipkin, W3C Trace Context, Cloud Foundry, Google, Akamai, HAProxy
# and Imperva.
REFERENCE_HEADERS = (
    "x-global-transaction-id", "x-request-id", "request-id", "x-correlation-id", "correlation-id", "x-amzn-requestid",
    "x-amz-apigw-id", "x-amz-cf-id", "x-amzn-trace-id", "cf-ray", "x-kong-request-id", "x-ms-request-id", "x-azure-ref",
    "x-transaction-id", "x-trace-id", "x-b3-traceid", "traceparent", "x-vcap-request-id", "x-cloud-trace-context",
    "x-akamai-request-id", "akamai-grn", "x-reference-error", "x-unique-id", "x-iinfo",
)  # fmt: skip
QUOTED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
CHALLENGE_LENGTH = 4096  # characters that are read
SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z0-9._-]*)(?=\s*(?:,|$)|\s+[^\s=,])")


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


def rate_limits(response: Response, now: datetime) -> dict[str, int]:
    """Return the numbers of the headers about rate limits and of Retry-After (seconds), by their names in lower case.

    Retry-After may be a date (RFC 9110, 10.2.3); it is converted to seconds from the response's own Date, because the
    gateway's clock may differ from ours. `now` replaces a missing Date.
    """
    prefixes = ("x-ratelimit-", "ratelimit-", "x-rate-limit-")
    names = [name for name in response.headers if name.startswith(prefixes) or name == "retry-after"]
    limits = {name: int(response.headers[name]) for name in names if NUMBER.fullmatch(response.headers[name].strip())}
    if "retry-after" not in limits:
        seconds = _seconds_until(read_date(response.headers.get("retry-after", "")), response, now)
        limits |= {} if seconds is None else {"retry-after": seconds}
    return limits


def wait_seconds(response: Response, words: str, now: datetime) -> int:
    """Return how many seconds the response asks to wait; 0 if it does not say it.

    Read from Retry-After, from the headers about rate limits, or from the words (case-folded) of the body.
    """
    limits = rate_limits(response, now)
    found = [limits[name] for name in ("retry-after", *RESETS) if limits.get(name)]
    found += [int(number) for number in RESET_PARAMETER.findall(response.headers.get("ratelimit", "")[:200])]
    if not found:
        found = [_seconds_in_words(words) or _seconds_until(_time_in_words(words), response, now) or 0]
    seconds = found[0]
    if seconds >= EPOCH_FROM:
        try:
            moment = datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            return 0
        seconds = _seconds_until(moment, response, now) or 0
    return seconds if seconds <= WAIT_MAX else 0


def _seconds_until(moment: datetime | None, response: Response, now: datetime) -> int | None:
    if moment is None:
        return None
    reference = read_date(response.headers.get("date", "")) or now
    return max(0, round((moment - reference).total_seconds()))


def _seconds_in_words(words: str) -> int:
    match = WAIT_IN_WORDS.search(words)
    if match is None:
        return 0
    if match["clock"]:
        clock = CLOCK_TIME.fullmatch(match["clock"])
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0, 0)
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return int(match["count"]) * UNIT_SECONDS.get(match["unit"][0], 0)


def _time_in_words(words: str) -> datetime | None:
    """Return the time from which `words` (case-folded) allow the next request, or None."""
    match = TIME_IN_WORDS.search(words)
    if match is None:
        return None
    name = match["month"]
    try:
        month = int(name) if name.isdecimal() else MONTH_NAMES.index(name) + 1
        return datetime.fromisoformat(f"{match['year']}-{month:02}-{match['day']}T{match['time']}+00:00")
    except ValueError:
        return None


def challenges(response: Response) -> tuple[str, ...]:
    """Return the authentication schemes of WWW-Authenticate, as written."""
    return authentication_schemes([response.headers.get("www-authenticate", "")])


def authentication_schemes(values: Iterable[str]) -> tuple[str, ...]:
    """Return the schemes in the values of WWW-Authenticate or Proxy-Authenticate (RFC 9110, 11.6.1 and 11.7.1)."""
    unquoted = [QUOTED.sub('""', value[:CHALLENGE_LENGTH]) for value in values]
    return tuple(dict.fromkeys(scheme for value in unquoted for scheme in SCHEME.findall(value)))


def reference(response: Response) -> str:
    """Return the first header by which the other side finds the request, as "name: value"; "" if there is none."""
    return next((f"{name}: {response.headers[name]}" for name in REFERENCE_HEADERS if response.headers.get(name)), "")
