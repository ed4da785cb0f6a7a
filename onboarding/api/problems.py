"""Errors of the API as problem details (RFC 9457, application/problem+json)."""

from math import ceil
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from onboarding.models import User
from onboarding.pki.errors import PkiError
from onboarding.views import access
from onboarding.workflow.limits import LimitReachedError, record_refusal
from onboarding.workflow.transitions import TransitionNotAllowedError

PROBLEM_TYPE = "application/problem+json"
API_PATH = "/api/"
ERROR_CODES = {400: "malformed", 404: "not_found", 413: "too_large", 503: "unavailable"}


class ProblemError(Exception):
    """A request is refused. `code` is stable; `detail` is for people. `errors` name the fields, if there are any."""

    def __init__(self, status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors or []


def problem(status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> JsonResponse:
    """Return a problem. `code` is its type for programs."""
    content: dict[str, Any] = {"type": f"urn:onboarding:{code}", "status": status, "code": code, "detail": detail}
    if errors:
        content["errors"] = errors
    return JsonResponse(content, status=status, content_type=PROBLEM_TYPE, headers={"Cache-Control": "no-store"})


def add_handlers(api: NinjaAPI) -> None:
    """Answer the errors of `api` with problems."""
    handlers: dict[type[Exception], Any] = {
        ProblemError: lambda _request, error: problem(error.status, error.code, error.detail, error.errors),
        AuthenticationError: _unauthenticated,
        ValidationError: _invalid,
        HttpError: lambda _request, error: problem(error.status_code, "refused", str(error)),
        Http404: lambda _request, _error: problem(404, "not_found", "There is no such object."),
        LimitReachedError: _limited,
        TransitionNotAllowedError: lambda _request, _error: problem(
            409, "state_changed", "This is not possible in the present state."
        ),
        PkiError: lambda _request, error: problem(409, error.code, error.finding.text),
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def as_problem(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """Return the page of an error; for an address of the API a problem with its status instead."""
    if not request.path.startswith(API_PATH):
        return page
    response = problem(page.status_code, ERROR_CODES.get(page.status_code, "error"), page.reason_phrase)
    if "Retry-After" in page.headers:
        response["Retry-After"] = page["Retry-After"]
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the response to a request that can't be parsed."""
    return as_problem(request, access.bad_request(request, exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the response to an address that does not exist."""
    return as_problem(request, page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the response to an unexpected error, or while the database is unavailable."""
    return as_problem(request, access.server_error(request))


def _unauthenticated(_request: HttpRequest, _error: Exception) -> JsonResponse:
    response = problem(401, "token_invalid", "Send a valid token as “Authorization: Bearer …”.")
    response["WWW-Authenticate"] = "Bearer"
    return response


def _invalid(_request: HttpRequest, error: ValidationError) -> JsonResponse:
    errors = [
        {"field": ".".join(map(str, each["loc"])), "code": each["type"], "text": each["msg"]} for each in error.errors
    ]
    return problem(422, "invalid", "The request is not as the description of the API says.", errors)


def _limited(request: HttpRequest, error: LimitReachedError) -> JsonResponse:
    user = request.user
    if isinstance(user, User):
        record_refusal(error, user)
    response = problem(429, "limit_reached", error.text)
    if error.seconds is not None:
        response["Retry-After"] = str(ceil(error.seconds))
    return response
