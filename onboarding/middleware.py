"""Middleware: the request's reference, the reader's language, the client's address, absolute links, and a probe."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import ip_address
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from onboarding.languages import request_language, request_zone
from onboarding.logs import request_reference
from onboarding.metrics import observe_request

HEALTH_PATH = "/health/live"
REFERENCE_HEADER = "X-Request-ID"
REFERENCE = re.compile(r"[0-9A-Za-z_-]{8,64}")
logger = logging.getLogger("onboarding.requests")
ACCEPTED_METHODS = ("GET", "HEAD", "POST", "OPTIONS")  # those that some page accepts

Handler = Callable[[HttpRequest], HttpResponse]
_client_address: ContextVar[str | None] = ContextVar("client_address", default=None)
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def client_address() -> str | None:
    """Return the IP address of the client whose request is being handled; None outside a request."""
    return _client_address.get()


def acting_account() -> int | None:
    """Return the id of the account that is signed in to the request being handled; None if there is none."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user.pk if user is not None and user.is_authenticated else None


def _address_of(request: HttpRequest) -> str | None:
    """Return the address of the peer; behind a proxy, the last address in X-Forwarded-For, which the proxy added."""
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    address: str = forwarded.rsplit(",", maxsplit=1)[-1].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(address))
    except ValueError:
        return None


def _reference_of(request: HttpRequest) -> str:
    """Return the reference that the proxy has given to the request; without a proxy or a valid one, a new one."""
    given: str = request.headers.get(REFERENCE_HEADER, "") if settings.BEHIND_PROXY else ""
    return given if REFERENCE.fullmatch(given) else secrets.token_hex(8)


def reference_middleware(get_response: Handler) -> Handler:
    """Give each request a reference, return it in a header, log the request under it, and measure it.

    The line has the name of the view, and not the address, which can contain a link that resets a password.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        reference = _reference_of(request)
        token = request_reference.set(reference)
        began = time.perf_counter()
        try:
            response = get_response(request)
            response.headers[REFERENCE_HEADER] = reference
            if request.resolver_match:  # no static file, and no page that does not exist
                view, method, seconds = (
                    request.resolver_match.view_name,
                    request.method or "",
                    time.perf_counter() - began,
                )
                observe_request(view, method, response.status_code, seconds)
                fields = {"method": method, "view": view, "status": response.status_code}
                logger.info("request", extra={"fields": fields | {"milliseconds": round(seconds * 1000, 1)}})
            return response
        finally:
            request_reference.reset(token)

    return middleware


def client_address_middleware(get_response: Handler) -> Handler:
    """Set the client's address and the request while it is handled."""

    def middleware(request: HttpRequest) -> HttpResponse:
        tokens = _client_address.set(_address_of(request)), _request.set(request)
        try:
            return get_response(request)
        finally:
            _client_address.reset(tokens[0])
            _request.reset(tokens[1])

    return middleware


def method_middleware(get_response: Handler) -> Handler:
    """Refuse (405) every method that no page accepts; some views of Django answer any method as GET."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request) if request.method in ACCEPTED_METHODS else HttpResponseNotAllowed(ACCEPTED_METHODS)

    return middleware


def site_address_middleware(get_response: Handler) -> Handler:
    """Build every absolute link from SITE_URL, never from the Host header, whose port anybody can choose."""

    def middleware(request: HttpRequest) -> HttpResponse:
        def build_absolute_uri(location: str | None = None) -> str:
            return urljoin(settings.SITE_URL, request.get_full_path() if location is None else str(location))

        request.build_absolute_uri = build_absolute_uri  # type: ignore[method-assign]  # for libraries that call it
        return get_response(request)

    return middleware


def reader_middleware(get_response: Handler) -> Handler:
    """Activate the reader's language and time zone, and tell caches that the response depends on them.

    Both stay active after the response was returned, because a streamed one is rendered later. `forget_reader` ends
    them when the request has finished.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        language = request_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        zone = request_zone(request)
        if zone:
            timezone.activate(zone)
        else:
            timezone.deactivate()
        response = get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def health_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer /health/live, whatever the scheme and the Host header are: the process serves requests.

    This asks neither the database nor another service. A restart would not mend these.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path != HEALTH_PATH:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return HttpResponse("alive\n", content_type="text/plain", headers={"Cache-Control": "no-store"})

    return middleware
