"""The faults of what is answered once TLS stands."""

from collections.abc import Iterator
from datetime import timedelta

from onboarding.rehearsal import faults_answers as answers
from onboarding.rehearsal.fault import GOOD, Fault
from onboarding.rehearsal.faults_answers import (
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
    yield Fault("hang_after_request", "Takes the request, then silence.", answer=None)
    yield Fault("close_after_request", "Takes the request, and hangs up.", answer=answers.says(b""))
    yield Fault("reset_after_request", "Takes the request, and resets.", answer=answers.says(b"", answers.Then.RESET))
    yield Fault("garbage_after_request", "Answers no HTTP.", answer=answers.says(b"\x00\x01\x02 not HTTP\r\n\r\n"))
    for name, words, answer in (
        ("cut_short", "Breaks off in the body.", answers.cut_short),
        ("reset_in_body", "Resets in the body.", answers.reset_in_body),
        ("hang_in_body", "Falls silent in the body.", answers.hang_in_body),
        ("drip_headers", "Sends headers a byte at a time.", answers.drip_headers),
        ("drip_body", "Sends the body a byte at a time.", answers.drip_body),
        ("slow_but_fine", "Is slow, but comes to an end.", answers.drip_to_the_end),
        ("endless_body", "Never stops sending the body.", answers.endless_body),
        ("endless_headers", "Never stops sending headers.", answers.endless_headers),
        ("gzip_bomb", "Sends 100 MiB packed into little.", answers.gzip_bomb),
        ("broken_gzip", "Says gzip, and sends none.", answers.broken_gzip),
        ("broken_chunks", "Sends chunks without sizes.", answers.broken_chunks),
        ("chunked", "Answers in chunks; healthy.", answers.chunked),
        ("interim_answers", "Sends 100 and 103 first; healthy.", answers.interim),
        ("no_date", "Sends no Date; healthy.", answers.without_date),
        ("strange_date", "Sends a Date that is none; healthy.", answers.strange_date),
    ):
        yield Fault(name, words, answer=answer)


def successes() -> Iterator[Fault]:
    hour = timedelta(hours=1)
    for name, words, body, kind in (
        ("healthy", "No fault at all.", HEALTHY, HAL),
        ("empty_list", "No fleet is linked to the login.", answers.fleets(), HAL),
        ("empty_list_bare", "An empty list without _embedded.", b'{"total": 0}', HAL),
        ("unknown_fields", "Fields that the contract does not know.", answers.UNKNOWN_FIELDS, HAL),
        ("missing_fields", "Fields of the contract left out.", answers.MISSING_FIELDS, HAL),
        ("plain_json_type", "The list under another media type.", HEALTHY, "text/plain"),
        ("html_200", "A sign-in page in the answer's place.", answers.LOGIN_PAGE, HTML),
        ("text_200", "Plain text in the answer's place.", "It works!", "text/plain"),
        ("other_json_200", "JSON that is no list of fleets.", b'{"status": "UP"}', JSON),
        ("json_array_200", "A bare JSON array.", b"[]", JSON),
        ("json_null_200", "JSON null.", b"null", JSON),
        ("broken_json_200", "JSON that breaks off.", HEALTHY[:40], HAL),
        ("deep_json_200", "JSON nested 100,000 deep.", b"[" * 100_000, JSON),
        ("not_utf8_200", "JSON in another encoding.", HEALTHY.replace(b"Sales", b"Fl\xe4ch"), HAL),
        ("empty_200", "Nothing at all.", b"", HAL),
        ("error_in_200", "An error under 200.", b'{"code": 50001, "message": "no", "uuid": "1"}', JSON),
    ):
        yield Fault(name, words, answer=replies(200, body, kind))
    yield Fault("clock_behind", "Its clock is an hour behind.", answer=replies(200, HEALTHY, HAL, clock=-hour))
    yield Fault("clock_ahead", "Its clock is an hour ahead.", answer=replies(200, HEALTHY, HAL, clock=hour))
    late = replies(401, b'{"code": 40100, "message": "expired"}', JSON, clock=hour)
    yield Fault("clock_ahead_401", "Its clock is ahead, and it refuses.", answer=late)


def refusals() -> Iterator[Fault]:
    wait = (("Retry-After", "30"), ("X-RateLimit-Limit-1", "2000"), ("X-RateLimit-Remaining-1", "0"))
    yield Fault("429", "Too many requests, with headers.", answer=operator_says(429, 0, "Rate limit exceeded", *wait))
    yield Fault("429_bare", "Too many requests, without headers.", answer=operator_says(429, 0, "Rate limit exceeded"))
    dated = (("Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT"),)
    yield Fault("429_dated", "Wait until a date.", answer=operator_says(429, 0, "Rate limit exceeded", *dated))
    limited = api_connect_says(429, "Too Many Requests", "Rate Limit exceeded")
    yield Fault("429_api_connect", "Too many requests, of API Connect.", answer=limited)
    for status in (400, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 451, 500, 501, 502, 503, 504):
        said = operator_says(status, 99, f"Something about {status}.")
        yield Fault(f"{status}", f"{status} in the operator's own shape.", answer=said)
    for status in (400, 401, 403, 404, 407, 500, 502, 503, 504):
        yield Fault(f"{status}_html", f"{status} as an HTML page.", answer=nginx_says(status, "No"))
    for status in (400, 401, 403, 404, 500, 503):
        yield Fault(
            f"{status}_text", f"{status} as plain text.", answer=replies(status, "Nothing to see.", "text/plain")
        )
        yield Fault(f"{status}_empty", f"{status} without a body.", answer=replies(status, b"", "text/plain"))
    for status, title in ((403, "Forbidden"), (404, "Not Found"), (500, "Internal Server Error")):
        said = api_connect_says(status, title, "More about it")
        yield Fault(f"{status}_api_connect", f"{status} in API Connect's shape.", answer=said)
    for status in (301, 302, 303, 307, 308):
        moved = replies(status, b"", HTML, ("Location", MOVED))
        yield Fault(f"{status}", f"{status} to another address.", answer=moved)
    for status in (201, 202, 204, 206, 304):
        yield Fault(f"{status}", f"{status} in the answer's place.", answer=answers.says(answers.head(status)))
    yield Fault("999", "A status that does not exist.", answer=replies(999, b"", "text/plain"))


def credentials() -> Iterator[Fault]:
    named = operator_says(401, 1, "Authentication failed: invalid login or password.")
    yield Fault("password_named", "401 that names the password.", answer=named)
    no_basic = operator_says(401, 2, "Missing credentials", ("WWW-Authenticate", 'Basic realm="fleets"'))
    bare = operator_says(401, 0, "Unauthorized")
    told_apart = only_if(lambda asked: asked.basic, bare, no_basic)
    yield Fault("password_wrong", "A bare 401 to Basic, another without it.", answer=told_apart)
    yield Fault("401", "The same bare 401 to everything.", answer=bare)
    basic_free = only_if(lambda asked: asked.basic, bare, GOOD)
    yield Fault("basic_unwanted", "Refuses Basic, and answers without it.", answer=basic_free)
    unknown = api_connect_says(401, "Unauthorized", "Invalid client id or secret.")
    yield Fault("client_id_unknown", "API Connect does not know the client ID.", answer=unknown)
    unattached = api_connect_says(401, "Unauthorized", "Not registered to plan")
    yield Fault("client_id_unattached", "API Connect has no plan for it.", answer=unattached)
    yield Fault(
        "401_api_connect", "A bare 401 of API Connect.", answer=api_connect_says(401, "Unauthorized", "Unauthorized")
    )
    unknown_text = replies(401, "Invalid client id or secret.", "text/plain")
    yield Fault("client_id_unknown_text", "The same in plain text.", answer=unknown_text)
    locked = operator_says(401, 3, "Account locked after too many attempts.")
    yield Fault("account_locked", "The login is locked.", answer=locked)
    outdated = operator_says(401, 4, "Password expired.")
    yield Fault("password_expired", "The password has expired.", answer=outdated)
