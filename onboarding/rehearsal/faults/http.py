"""The faults of what is answered once TLS stands."""

from collections.abc import Iterator
from datetime import timedelta

from onboarding.rehearsal.faults import responses as answers
from onboarding.rehearsal.faults.gateway import GOOD, Fault
from onboarding.rehearsal.faults.responses import (
    HEALTHY,
    HTML,
    JSON,
    api_connect_says,
    nginx_says,
    only_if,
    operator_says,
    replies,
)
from onboarding.rehearsal.gateway import HAL

MOVED = "https://127.0.0.1:1/elsewhere"


def no_answer() -> Iterator[Fault]:
    yield Fault("hang_after_request", "It takes the call, then says nothing.", answer=None)
    yield Fault("close_after_request", "It takes the call, and hangs up.", answer=answers.says(b""))
    yield Fault(
        "reset_after_request",
        "It takes the call, and breaks the connection.",
        answer=answers.says(b"", answers.Then.RESET),
    )
    yield Fault(
        "garbage_after_request",
        "It answers with something other than HTTP.",
        answer=answers.says(b"\x00\x01\x02 not HTTP\r\n\r\n"),
    )
    for name, words, answer in (
        ("cut_short", "It stops in the middle of its answer.", answers.cut_short),
        ("reset_in_body", "It breaks the connection in the middle of its answer.", answers.reset_in_body),
        ("hang_in_body", "It falls silent in the middle of its answer.", answers.hang_in_body),
        ("drip_headers", "It begins its answer one byte at a time, and never gets on.", answers.drip_headers),
        ("drip_body", "It sends the list one byte at a time, and never gets on.", answers.drip_body),
        ("slow_but_fine", "It is slow, but comes to an end; healthy.", answers.drip_to_the_end),
        ("endless_body", "Its answer never ends.", answers.endless_body),
        ("endless_headers", "Its answer never gets past its headers.", answers.endless_headers),
        ("gzip_bomb", "It sends 100 MiB of blanks, packed into little.", answers.gzip_bomb),
        ("broken_gzip", "It says that its answer is packed, and it is not.", answers.broken_gzip),
        ("broken_chunks", "It sends its answer in pieces without saying how long they are.", answers.broken_chunks),
        ("chunked", "It answers in pieces; healthy.", answers.chunked),
        ("interim_answers", "It sends two interim answers first; healthy.", answers.interim),
        ("no_date", "It does not say what time it is; healthy.", answers.without_date),
        ("strange_date", "It gives a time that is none; healthy.", answers.strange_date),
    ):
        yield Fault(name, words, answer=answer)


def successes() -> Iterator[Fault]:
    hour = timedelta(hours=1)
    for name, words, body, kind in (
        ("healthy", "It has no fault at all.", HEALTHY, HAL),
        ("empty_list", "It answers that no fleet is linked to the login; healthy.", answers.fleets(), HAL),
        ("empty_list_bare", "It answers with an empty list in its shortest form; healthy.", b'{"total": 0}', HAL),
        ("unknown_fields", "It adds fields that nobody knows; healthy.", answers.UNKNOWN_FIELDS, HAL),
        ("missing_fields", "It leaves fields out; healthy.", answers.MISSING_FIELDS, HAL),
        ("plain_json_type", "It says that the list is plain text; healthy.", HEALTHY, "text/plain"),
        ("html_200", "It answers with a page to sign in to.", answers.LOGIN_PAGE, HTML),
        ("text_200", "It answers with plain text.", "It works!", "text/plain"),
        ("other_json_200", "It answers with data that is no list of fleets.", b'{"status": "UP"}', JSON),
        ("json_array_200", "It answers with a bare list, “[]”.", b"[]", JSON),
        ("json_null_200", "It answers with “null”.", b"null", JSON),
        ("broken_json_200", "It answers with half a list.", HEALTHY[:40], HAL),
        ("deep_json_200", "It answers with a list in a list, 100,000 deep.", b"[" * 100_000, JSON),
        (
            "not_utf8_200",
            "It writes the names of fleets in an encoding that is not UTF-8.",
            HEALTHY.replace(b"Sales", b"Fl\xe4ch"),
            HAL,
        ),
        ("empty_200", "It answers with nothing at all.", b"", HAL),
        (
            "error_in_200",
            "It says that all is well (200), and sends an error.",
            b'{"code": 50001, "message": "no", "uuid": "1"}',
            JSON,
        ),
    ):
        yield Fault(name, words, answer=replies(200, body, kind))
    yield Fault("clock_behind", "Its clock is an hour behind.", answer=replies(200, HEALTHY, HAL, clock=-hour))
    yield Fault("clock_ahead", "Its clock is an hour ahead.", answer=replies(200, HEALTHY, HAL, clock=hour))
    late = replies(401, b'{"code": 40100, "message": "expired"}', JSON, clock=hour)
    yield Fault("clock_ahead_401", "Its clock is an hour ahead, and it refuses the call.", answer=late)


def too_many() -> Iterator[Fault]:
    wait = (("Retry-After", "30"), ("X-RateLimit-Limit-1", "2000"), ("X-RateLimit-Remaining-1", "0"))
    yield Fault(
        "429",
        "It had too many calls, and says how long to wait.",
        answer=operator_says(429, 0, "Rate limit exceeded", *wait),
    )
    yield Fault(
        "429_bare",
        "It had too many calls, and does not say how long to wait.",
        answer=operator_says(429, 0, "Rate limit exceeded"),
    )
    dated = (("Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT"),)
    yield Fault(
        "429_dated",
        "It had too many calls, and says until when to wait.",
        answer=operator_says(429, 0, "Rate limit exceeded", *dated),
    )
    limited = api_connect_says(429, "Too Many Requests", "Rate Limit exceeded")
    yield Fault(
        "429_api_connect", "It had too many calls, says API Connect, the product in front of it.", answer=limited
    )


def refusals() -> Iterator[Fault]:
    for status in (400, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 451, 500, 501, 502, 503, 504):
        said = operator_says(status, 99, f"Something about {status}.")
        yield Fault(f"{status}", f"It answers {status}, as the fleet API words its errors.", answer=said)
    for status in (400, 401, 403, 404, 407, 500, 502, 503, 504):
        yield Fault(f"{status}_html", f"It answers {status} with a page for people.", answer=nginx_says(status, "No"))
    for status in (400, 401, 403, 404, 500, 503):
        yield Fault(
            f"{status}_text",
            f"It answers {status} in plain text.",
            answer=replies(status, "Nothing to see.", "text/plain"),
        )
        yield Fault(
            f"{status}_empty", f"It answers {status} and nothing else.", answer=replies(status, b"", "text/plain")
        )
    for status, title in ((403, "Forbidden"), (404, "Not Found"), (500, "Internal Server Error")):
        said = api_connect_says(status, title, "More about it")
        yield Fault(
            f"{status}_api_connect", f"It answers {status}, in the shape of API Connect in front of it.", answer=said
        )
    for status in (301, 302, 303, 307, 308):
        moved = replies(status, b"", HTML, ("Location", MOVED))
        yield Fault(f"{status}", f"It points to another address ({status}).", answer=moved)
    for status in (201, 202, 204, 206, 304):
        yield Fault(
            f"{status}", f"It answers {status} where 200 is expected.", answer=answers.says(answers.head(status))
        )
    yield Fault("999", "It answers with the status 999, which does not exist.", answer=replies(999, b"", "text/plain"))


def credentials() -> Iterator[Fault]:
    named = operator_says(401, 1, "Authentication failed: invalid login or password.")
    yield Fault("password_named", "It refuses the password, and says so.", answer=named)
    no_basic = operator_says(401, 2, "Missing credentials", ("WWW-Authenticate", 'Basic realm="fleets"'))
    bare = operator_says(401, 0, "Unauthorized")
    told_apart = only_if(lambda asked: asked.basic, bare, no_basic)
    yield Fault("password_wrong", "It refuses the password without saying so.", answer=told_apart)
    yield Fault("401", "It answers everything with the same bare 401.", answer=bare)
    basic_free = only_if(lambda asked: asked.basic, bare, GOOD)
    yield Fault("basic_unwanted", "It refuses login and password, and answers without them.", answer=basic_free)
    unknown = api_connect_says(401, "Unauthorized", "Invalid client id or secret.")
    yield Fault("client_id_unknown", "It does not know the client ID, says API Connect in front of it.", answer=unknown)
    unattached = api_connect_says(401, "Unauthorized", "Not registered to plan")
    yield Fault(
        "client_id_unattached",
        "It does not let this client ID in yet, says API Connect in front of it.",
        answer=unattached,
    )
    yield Fault(
        "401_api_connect",
        "It answers 401, in the shape of API Connect in front of it.",
        answer=api_connect_says(401, "Unauthorized", "Unauthorized"),
    )
    unknown_text = replies(401, "Invalid client id or secret.", "text/plain")
    yield Fault(
        "client_id_unknown_text", "It does not know the client ID, and says so in plain text.", answer=unknown_text
    )
    locked = operator_says(401, 3, "Account locked after too many attempts.")
    yield Fault("account_locked", "It says that the login is locked.", answer=locked)
    outdated = operator_says(401, 4, "Password expired.")
    yield Fault("password_expired", "It says that the password has expired.", answer=outdated)
