"""Waiting times, kinds of authentication and references are read from any response that has them."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from onboarding.fleets.classifying.error_bodies import fold, read_error
from onboarding.fleets.classifying.response_headers import (
    REFERENCE_HEADERS,
    challenges,
    rate_limits,
    wait_seconds,
)
from onboarding.fleets.connecting.request import Response
from tests.fleets.classifying.cases import JSON, Case, diagnose_case

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def after(**delta):
    return format_datetime(NOW + timedelta(**delta), usegmt=True)


def in_words(**distance):
    """Return a time as WSO2 writes it."""
    return f"{NOW + timedelta(**distance):%Y-%b-%d %H:%M:%S}+0000 UTC"


WAITS = [
    ({"retry-after": "30"}, "", 30),
    ({"retry-after": after(minutes=2)}, "", 120),
    ({"retry-after": after(hours=1, minutes=2), "date": after(hours=1)}, "", 120),  # the gateway's clock is ahead
    ({"retry-after": after(hours=-1), "date": after(hours=-2)}, "", 3600),  # and behind
    ({"retry-after": after(hours=-1)}, "", 0),
    ({"retry-after": "soon"}, "", 0),
    ({"retry-after": "9" * 12}, "", 0),
    ({"ratelimit-reset": "37"}, "", 37),
    ({"x-ratelimit-reset": "60"}, "", 60),
    ({"x-ratelimit-reset-1": "86400"}, "", 86400),
    ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, "", 90),
    ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 3690), "date": after(hours=1)}, "", 90),
    ({"ratelimit": "limit=100, remaining=0, reset=50"}, "", 50),
    ({"ratelimit": '"default";r=0;t=50'}, "", 50),
    ({}, "Rate limit is exceeded. Try again in 12 seconds.", 12),
    ({}, "Quota will be replenished in 00:12:30.", 750),
    ({}, "Quota will be replenished in 5.03:23:11.", 444191),
    ({}, "Please wait 5 minutes", 300),
    ({}, "Veuillez réessayez dans 2 heures", 7200),
    ({}, f"You can access API after {in_words(hours=2)}", 7200),
    ({}, f'"nextAccess":"{in_words(minutes=5)}"', 300),
    ({"date": after(hours=1)}, f"Locked until {in_words(hours=2)}", 3600),
    ({}, f"Locked until {NOW + timedelta(seconds=90):%Y-%m-%dT%H:%M:%SZ}", 90),
    ({}, f"Gesperrt bis {NOW + timedelta(days=1):%Y-%m-%d %H:%M} UTC", 86400 - NOW.second),
    ({}, f"Locked until {in_words(hours=-2)}", 0),
    ({}, "Locked until 2026-Foo-26 00:00:00+0000 UTC", 0),
    ({}, "Locked until 2026-02-31 00:00:00Z", 0),
    ({}, "Try again later", 0),
    ({}, "", 0),
]


@pytest.mark.parametrize(("headers", "words", "seconds"), WAITS)
def test_the_time_to_wait_is_read(headers, words, seconds):
    """A date counts from the response's own Date, because the gateway's clock may be wrong."""
    assert wait_seconds(Response(429, headers, b""), fold(words), NOW) == seconds


def test_the_report_has_a_dated_wait_in_seconds_of_the_gateways_clock():
    """The same date is reckoned in the same way for the details."""
    response = Response(429, {"retry-after": after(hours=1, seconds=30), "date": after(hours=1)}, b"")
    assert rate_limits(response, NOW) == {"retry-after": 30}


@pytest.mark.parametrize(
    ("status", "code", "wait", "variant"),
    [
        (429, "rate_limited", "30", "wait"),
        (429, "rate_limited", "600", "wait_minutes"),
        (429, "rate_limited", "86400", "wait_hours"),
        (503, "out_of_service", "60", "wait"),
        (503, "out_of_service", "3600", "wait_minutes"),
        (403, "account_locked", "900", "wait_minutes"),
        (401, "account_locked", "7201", "wait_hours"),
        (403, "forbidden", "60", ""),
        (500, "operator_error", "60", ""),
    ],
)
def test_a_verdict_says_how_long_to_wait(identities, credentials, status, code, wait, variant):
    """In seconds, minutes or hours, on every status for which waiting helps."""
    words = "User account is locked" if code == "account_locked" else "no"
    case = Case("wait", status, JSON | {"retry-after": wait}, f'{{"message":"{words}"}}', code)
    verdict = diagnose_case(case, identities, credentials).verdict
    assert (verdict.code, verdict.variant) == (code, variant)


CHALLENGES = [
    ("", ()),
    ("Basic", ("Basic",)),
    ('Basic realm="fleets"', ("Basic",)),
    ('Basic realm="Negotiate, NTLM"', ("Basic",)),
    ("Negotiate, NTLM", ("Negotiate", "NTLM")),
    ("Negotiate oYG2MIGzoAMKAQChCwYJ==", ("Negotiate",)),
    ('Bearer realm="a", error="invalid_token", Basic realm="b"', ("Bearer", "Basic")),
    ('Digest realm="x", qop="auth,auth-int", nonce="a=", algorithm=MD5', ("Digest",)),
    ('Bearer realm="quote \\" and, Basic"', ("Bearer",)),
    ('DPoP algs="ES256", Basic', ("DPoP", "Basic")),
]


@pytest.mark.parametrize(("value", "schemes"), CHALLENGES)
def test_the_kinds_of_authentication_are_read(value, schemes):
    """Commas and names inside quotes are no schemes."""
    assert challenges(Response(401, {"www-authenticate": value}, b"")) == schemes


@pytest.mark.parametrize("name", REFERENCE_HEADERS)
def test_a_reference_in_a_header_is_kept_for_support(name):
    """It takes the place of the uuid that the operator's own errors have in the body."""
    assert read_error(Response(500, {name: "abc-123"}, b"")).uuid == f"{name}: abc-123"


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"requestId": "r-1"}', "r-1"),
        (b'{"error": {"trace_id": "t-1"}}', "t-1"),
        (b"Your support ID is: 4045204596866416688", "4045204596866416688"),
        (b"Reference #18.12931602.1764057600.3a5f", "#18.12931602.1764057600.3a5f"),
        (b"Incapsula incident ID: 1234000-5678", "1234000-5678"),
        (b"Cloudflare Ray ID: 8a1b2c3d4e5f6a7b", "8a1b2c3d4e5f6a7b"),
    ],
)
def test_a_reference_in_a_body_is_kept_for_support(body, reference):
    """In JSON of any nesting, and in the pages of firewalls."""
    assert read_error(Response(403, {"cf-ray": "other"}, body)).uuid == reference
