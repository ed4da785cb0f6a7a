"""Sends the deliveries to webhooks: signed, to public addresses only, and again after a failure."""

import hashlib
import hmac
import json
import logging
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import SHUT_RDWR, SOCK_STREAM, create_connection, getaddrinfo, socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from onboarding.models import EmailState, WebhookDelivery
from onboarding.workflow.sending import take
from onboarding.workflow.webhooks import is_wanted, secret_of

logger = logging.getLogger(__name__)

DELIVERY_SECONDS = 5.0  # of one attempt, from the first packet to the response
ROUND_MAX = 20  # deliveries between two looks at the emails
DELIVERY_DELAY, DELIVERY_DELAY_MAX = timedelta(seconds=30), timedelta(hours=6)
DELIVERY_ATTEMPTS_MAX = 20  # about three days
WEBHOOK_SIGNATURE = "Onboarding-Signature"
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: its last 32 bits are an IPv4 address


class ForbiddenAddressError(OSError):
    """The host has an address that is not public."""


def deliver_due(stopped: Callable[[], bool] = lambda: False) -> None:
    """Send at most ROUND_MAX of the deliveries that are due, until there is none or `stopped()`."""
    for _number in range(ROUND_MAX):
        if stopped() or not (delivery := take(_due())):
            return
        if not is_wanted(delivery):
            _end(delivery, EmailState.DROPPED, "")
        elif error := _attempt(delivery):
            _postpone(delivery, error)
        else:
            _end(delivery, EmailState.SENT, "")


def _due() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=EmailState.WAITING, due_at__lte=timezone.now())


def _attempt(delivery: WebhookDelivery) -> str:
    """Return the error; "" if the response was a success. A redirect is none, and is not followed."""
    body = json.dumps(delivery.payload).encode()
    seconds = int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "onboarding-webhooks",
        WEBHOOK_SIGNATURE: f"t={seconds},v1={signature(secret_of(delivery.webhook), seconds, body)}",
    }
    try:
        status = post(delivery.webhook.url, body, headers)
    except (OSError, HTTPException, ValueError) as error:
        return type(error).__name__
    return "" if 200 <= status < 300 else f"HTTP {status}"  # not shown: a code


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Return the HMAC-SHA-256 in hex of the time of sending (Unix time), a dot, and the body."""
    return hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()


def _end(delivery: WebhookDelivery, state: EmailState, error: str) -> None:
    """Store the end, unless another worker has taken the delivery meanwhile."""
    row = WebhookDelivery.objects.filter(pk=delivery.pk, lease=delivery.lease)
    row.update(state=state, error=error, lease=None, ended_at=timezone.now())


def _postpone(delivery: WebhookDelivery, error: str) -> None:
    """Store when to try again. Other deliveries to this webhook wait as long, so that it does not hold up others."""
    logger.warning("Could not send WebhookDelivery %s: %s", delivery.pk, error)
    if delivery.attempts >= DELIVERY_ATTEMPTS_MAX:
        _end(delivery, EmailState.FAILED, error)
        return
    due_at = timezone.now() + min(DELIVERY_DELAY * 2 ** min(delivery.attempts - 1, 12), DELIVERY_DELAY_MAX)
    row = WebhookDelivery.objects.filter(pk=delivery.pk, lease=delivery.lease)
    row.update(due_at=due_at, error=error, lease=None)
    others = WebhookDelivery.objects.filter(webhook=delivery.webhook_id, state=EmailState.WAITING, lease=None)
    others.filter(due_at__lt=due_at).update(due_at=due_at)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a POST request within DELIVERY_SECONDS, and return the status. Neither a redirect nor a body is read.

    Raise ForbiddenAddressError if the host is not public, and OSError, HTTPException or ValueError otherwise.
    """
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    if not parts.hostname or not (is_tls or (settings.DEBUG and parts.scheme == "http")):
        raise ForbiddenAddressError(parts.scheme)
    port = parts.port or (443 if is_tls else 80)
    connection = _Connection(parts.hostname, port, public_address(parts.hostname, port), is_tls=is_tls)
    timer = threading.Timer(DELIVERY_SECONDS, connection.abort)
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        return connection.getresponse().status
    finally:
        timer.cancel()
        connection.close()


class _Connection(HTTPConnection):
    """Connects to the address that was checked, so that a second answer of the name server changes nothing."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=DELIVERY_SECONDS)
        self.address, self.is_tls = address, is_tls
        self.raw: socket | None = None
        self.default_port = 443 if is_tls else 80

    def connect(self) -> None:
        """Connect, and verify the certificate for the host's name."""
        self.raw = self.sock = create_connection((self.address, self.port), DELIVERY_SECONDS)
        if self.is_tls:
            self.raw = self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End the connection from another thread: DELIVERY_SECONDS are over."""
        with suppress(OSError):
            if self.raw is not None:
                self.raw.shutdown(SHUT_RDWR)


def public_address(host: str, port: int) -> str:
    """Return an address of `host`. Raise ForbiddenAddressError if one of them is not public, OSError if it has none.

    With DEBUG, addresses of this machine (loopback) are allowed.
    """
    found: list[Any] = getaddrinfo(host, port, type=SOCK_STREAM)
    addresses = [ip_address(entry[4][0].partition("%")[0]) for entry in found]
    if not all(_is_public(each) or (settings.DEBUG and each.is_loopback) for each in addresses):
        raise ForbiddenAddressError(host)
    return str(addresses[0])


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address belongs to the public Internet, also the IPv4 address in one of IPv6."""
    if isinstance(address, IPv6Address):
        nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
        if inner := address.ipv4_mapped or address.sixtofour or nat64:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
