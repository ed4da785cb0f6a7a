"""Middleware: the client's address and account for the record, absolute links, and a health probe."""

from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import ip_address
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

HEALTH_PATH = "/health/live"
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
