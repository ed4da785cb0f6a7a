"""Where the request that is being answered came from, for the history; known to the whole call, argument of none."""

from collections.abc import Callable
from contextvars import ContextVar
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_ADDRESS: ContextVar[str | None] = ContextVar("address", default=None)


def client_address() -> str | None:
    """The client's IP address; None outside a request."""
    return _ADDRESS.get()


def _address_of(request: HttpRequest) -> str | None:
    """The peer's address; behind a proxy, the last one that this proxy added."""
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    told: str = forwarded.rsplit(",", maxsplit=1)[-1].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(told))
    except ValueError:
        return None


def client_address_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Keep the address while the request is answered."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = _ADDRESS.set(_address_of(request))
        try:
            return get_response(request)
        finally:
            _ADDRESS.reset(token)

    return middleware
