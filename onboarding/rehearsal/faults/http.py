"""The faults after the TLS handshake: HTTP responses. Each description is a sentence for partners."""

from datetime import timedelta

from onboarding.messages.text import gettext_noop as _
from onboarding.rehearsal.faults import responses
from onboarding.rehearsal.faults.gateway import HEALTHY_RESPONSE, Fault
from onboarding.rehearsal.faults.responses import (
    HEALTHY,
    HTML,
    Instruction,
    api_connect_error,
    choose,
    http_response,
    nginx_error,
    operator_error,
    raw_bytes,
)
from onboarding.rehearsal.gateway import HAL, JSON

TEXT = "text/plain"
ONE_HOUR = timedelta(hours=1)

INCOMPLETE_RESPONSES: tuple[Fault, ...] = (
    Fault("hang_after_request", _("The gateway receives the request, then sends nothing."), respond=None),
    Fault(
        "close_after_request",
        _("The gateway receives the request, then closes the connection."),
        respond=raw_bytes(b""),
    ),
    Fault(
        "reset_after_request",
        _("The gateway receives the request, then resets the connection."),
        respond=raw_bytes(b"", Instruction.RESET),
    ),
    Fault(
        "garbage_after_request",
        _("The gateway answers with something other than HTTP."),
        respond=raw_bytes(b"\x00\x01\x02 not HTTP\r\n\r\n"),
    ),
    Fault("cut_short", _("The gateway stops in the middle of its response."), respond=responses.cut_short),
    Fault(
        "reset_in_body",
        _("The gateway resets the connection in the middle of its response."),
        respond=responses.reset_in_body,
    ),
    Fault(
        "hang_in_body",
        _("The gateway sends half of its response, then nothing more."),
        respond=responses.hang_in_body,
    ),
    Fault(
        "drip_headers",
        _("The gateway sends the response headers one byte at a time and does not finish."),
        respond=responses.drip_headers,
    ),
    Fault(
        "drip_body",
        _("The gateway sends the list one byte at a time and does not finish."),
        respond=responses.drip_body,
    ),
    Fault(
        "slow_but_fine",
        _("The gateway is slow, but its response is complete. The connection works."),
        respond=responses.slow_but_fine,
    ),
    Fault("endless_body", _("The gateway’s response never ends."), respond=responses.endless_body),
    Fault("endless_headers", _("The gateway’s response headers never end."), respond=responses.endless_headers),
    Fault(
        "gzip_bomb",
        _("The gateway sends 100 MiB of spaces, compressed to a small response."),
        respond=responses.gzip_bomb,
    ),
    Fault(
        "broken_gzip",
        _("The gateway says that its response is compressed, but it is not."),
        respond=responses.broken_gzip,
    ),
    Fault(
        "broken_chunks",
        _("The gateway sends its response in chunks without valid chunk sizes."),
        respond=responses.broken_chunks,
    ),
    Fault(
        "chunked",
        _("The gateway sends its response in chunks. The connection works."),
        respond=responses.chunked,
    ),
    Fault(
        "interim_answers",
        _("The gateway sends two interim responses first. The connection works."),
        respond=responses.interim_answers,
    ),
    Fault(
        "no_date",
        _("The gateway sends no date. The connection works."),
        respond=responses.no_date,
    ),
    Fault(
        "strange_date",
        _("The gateway sends an unreadable date. The connection works."),
        respond=responses.strange_date,
    ),
)

STATUS_200_FAULTS: tuple[Fault, ...] = (
    Fault("healthy", _("The gateway has no fault."), respond=HEALTHY_RESPONSE),
    Fault(
        "empty_list",
        _("The gateway answers that the login has no fleets. The connection works."),
        respond=http_response(200, responses.fleets(), HAL),
    ),
    Fault(
        "empty_list_bare",
        _("The gateway answers with an empty list in its shortest form. The connection works."),
        respond=http_response(200, b'{"_embedded": {"fleets": []}}', HAL),
    ),
    Fault(
        "total_only_200",
        _("The gateway answers with the number of fleets, but without the list."),
        respond=http_response(200, b'{"total": 2}', HAL),
    ),
    Fault(
        "other_list_200",
        _("The gateway answers with a list of something other than fleets."),
        respond=http_response(200, responses.fleets(_embedded={"vehicles": [{"vin": "VF3TEST0000000001"}]}), HAL),
    ),
    Fault(
        "fleets_malformed_200",
        _("The gateway answers with a list whose entries are not fleets."),
        respond=http_response(200, responses.fleets(total=1, _embedded={"fleets": ["00000001"]}), HAL),
    ),
    Fault(
        "unknown_fields",
        _("The gateway adds unknown fields to the list. The connection works."),
        respond=http_response(200, responses.UNKNOWN_FIELDS, HAL),
    ),
    Fault(
        "missing_fields",
        _("The gateway leaves fields out of the list. The connection works."),
        respond=http_response(200, responses.MISSING_FIELDS, HAL),
    ),
    Fault(
        "plain_json_type",
        _("The gateway labels the list as plain text. The connection works."),
        respond=http_response(200, HEALTHY, TEXT),
    ),
    Fault(
        "html_200",
        _("The gateway answers with a sign-in page."),
        respond=http_response(200, responses.LOGIN_PAGE, HTML),
    ),
    Fault("text_200", _("The gateway answers with plain text."), respond=http_response(200, "It works!", TEXT)),
    Fault(
        "other_json_200",
        _("The gateway answers with JSON that is not a list of fleets."),
        respond=http_response(200, b'{"status": "UP"}', JSON),
    ),
    Fault("json_array_200", _("The gateway answers with a bare list, “[]”."), respond=http_response(200, b"[]", JSON)),
    Fault("json_null_200", _("The gateway answers with “null”."), respond=http_response(200, b"null", JSON)),
    Fault("broken_json_200", _("The gateway answers with half a list."), respond=http_response(200, HEALTHY[:40], HAL)),
    Fault(
        "deep_json_200",
        _("The gateway answers with lists inside lists, 100,000 deep."),
        respond=http_response(200, b"[" * 100_000, JSON),
    ),
    Fault(
        "not_utf8_200",
        _("The gateway sends fleet names in an encoding other than UTF-8."),
        respond=http_response(200, HEALTHY.replace(b"Sales", b"Fl\xe4ch"), HAL),
    ),
    Fault("empty_200", _("The gateway answers with an empty response."), respond=http_response(200, b"", HAL)),
    Fault(
        "error_in_200",
        _("The gateway answers with the status for success (200), but sends an error."),
        respond=http_response(200, b'{"code": 50001, "message": "no", "uuid": "1"}', JSON),
    ),
    Fault(
        "clock_behind",
        _("The gateway’s clock is one hour slow. The connection works."),
        respond=http_response(200, HEALTHY, HAL, clock_offset=-ONE_HOUR),
    ),
    Fault(
        "clock_ahead",
        _("The gateway’s clock is one hour fast. The connection works."),
        respond=http_response(200, HEALTHY, HAL, clock_offset=ONE_HOUR),
    ),
    Fault(
        "clock_ahead_401",
        _("The gateway’s clock is one hour fast, and the gateway refuses the request."),
        respond=http_response(401, b'{"code": 40100, "message": "expired"}', JSON, clock_offset=ONE_HOUR),
    ),
)

RETRY_IN_30_SECONDS = (("Retry-After", "30"), ("X-RateLimit-Limit-1", "2000"), ("X-RateLimit-Remaining-1", "0"))
RETRY_AT_A_DATE = ("Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT")

RATE_LIMITS: tuple[Fault, ...] = (
    Fault(
        "429",
        _("The gateway received too many requests and says how long to wait."),
        respond=operator_error(429, 0, "Rate limit exceeded", *RETRY_IN_30_SECONDS),
    ),
    Fault(
        "429_bare",
        _("The gateway received too many requests and does not say how long to wait."),
        respond=operator_error(429, 0, "Rate limit exceeded"),
    ),
    Fault(
        "429_dated",
        _("The gateway received too many requests and says until when to wait."),
        respond=operator_error(429, 0, "Rate limit exceeded", RETRY_AT_A_DATE),
    ),
    Fault(
        "429_api_connect",
        _("The API Connect product in front of the gateway received too many requests."),
        respond=api_connect_error(429, "Too Many Requests", "Rate Limit exceeded"),
    ),
)

OPERATOR_STATUSES = (400, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 451, 500, 501, 502, 503, 504)
PAGE_STATUSES = (400, 401, 403, 404, 407, 500, 502, 503, 504)
TEXT_STATUSES = (400, 401, 403, 404, 500, 503)
API_CONNECT_STATUSES = {403: "Forbidden", 404: "Not Found", 500: "Internal Server Error"}
REDIRECT_STATUSES = (301, 302, 303, 307, 308)
REDIRECT_TARGET = "https://127.0.0.1:1/elsewhere"
UNEXPECTED_STATUSES = (201, 202, 204, 206, 304)


def _status_fault(status: int, suffix: str, text: str, respond: responses.Responder) -> Fault:
    return Fault(f"{status}{suffix}", text, respond=respond, params={"status": status})


def _text_and_empty(status: int) -> tuple[Fault, Fault]:
    text, empty = http_response(status, "Nothing to see.", TEXT), http_response(status, b"", TEXT)
    return (
        _status_fault(status, "_text", _("The gateway answers with status {status} and plain text."), text),
        _status_fault(status, "_empty", _("The gateway answers with status {status} and nothing else."), empty),
    )


ERROR_STATUS_FAULTS: tuple[Fault, ...] = (
    *(
        _status_fault(
            status,
            "",
            _("The gateway answers with status {status} and an error in the fleet API’s format."),
            operator_error(status, 99, f"Something about {status}."),
        )
        for status in OPERATOR_STATUSES
    ),
    *(
        _status_fault(
            status, "_html", _("The gateway answers with status {status} and an error page."), nginx_error(status, "No")
        )
        for status in PAGE_STATUSES
    ),
    *(fault for status in TEXT_STATUSES for fault in _text_and_empty(status)),
    *(
        _status_fault(
            status,
            "_api_connect",
            _("The API Connect product in front of the gateway answers with status {status}."),
            api_connect_error(status, title, "More about it"),
        )
        for status, title in API_CONNECT_STATUSES.items()
    ),
    *(
        _status_fault(
            status,
            "",
            _("The gateway redirects to another address (status {status})."),
            http_response(status, b"", HTML, ("Location", REDIRECT_TARGET)),
        )
        for status in REDIRECT_STATUSES
    ),
    *(
        _status_fault(
            status,
            "",
            _("The gateway answers with status {status} instead of 200."),
            responses.head_only(status),
        )
        for status in UNEXPECTED_STATUSES
    ),
    Fault(
        "999", _("The gateway answers with status 999, which does not exist."), respond=http_response(999, b"", TEXT)
    ),
)

BARE_401 = operator_error(401, 0, "Unauthorized")
NO_CREDENTIALS_401 = operator_error(401, 2, "Missing credentials", ("WWW-Authenticate", 'Basic realm="fleets"'))

CREDENTIALS: tuple[Fault, ...] = (
    Fault(
        "password_named",
        _("The gateway refuses the password and says so."),
        respond=operator_error(401, 1, "Authentication failed: invalid login or password."),
    ),
    Fault(
        "password_wrong",
        _("The gateway refuses the password without saying so."),
        respond=choose(lambda request: request.has_basic_auth, BARE_401, NO_CREDENTIALS_401),
    ),
    Fault("401", _("The gateway answers every request with status 401 and no reason."), respond=BARE_401),
    Fault(
        "basic_unwanted",
        _("The gateway refuses requests with login and password, and answers requests without them."),
        respond=choose(lambda request: request.has_basic_auth, BARE_401, HEALTHY_RESPONSE),
    ),
    Fault(
        "client_id_unknown",
        _("The API Connect product in front of the gateway does not know the client ID."),
        respond=api_connect_error(401, "Unauthorized", "Invalid client id or secret."),
    ),
    Fault(
        "client_id_unattached",
        _("The API Connect product in front of the gateway does not admit this client ID yet."),
        respond=api_connect_error(401, "Unauthorized", "Not registered to plan"),
    ),
    Fault(
        "401_api_connect",
        _("The API Connect product in front of the gateway answers with status 401."),
        respond=api_connect_error(401, "Unauthorized", "Unauthorized"),
    ),
    Fault(
        "client_id_unknown_text",
        _("The gateway does not know the client ID and says so in plain text."),
        respond=http_response(401, "Invalid client id or secret.", TEXT),
    ),
    Fault(
        "account_locked",
        _("The gateway says that the login is locked."),
        respond=operator_error(401, 3, "Account locked after too many attempts."),
    ),
    Fault(
        "password_expired",
        _("The gateway says that the password has expired."),
        respond=operator_error(401, 4, "Password expired."),
    ),
)
