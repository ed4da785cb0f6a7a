"""The watch: look at the gateways every day without any partner's key, and tell those who asked of changes.

Only the addresses in the settings are looked at, and only while somebody has asked for it.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from onboarding.environments import Environment, addresses_of
from onboarding.fleets.connecting.look import GatewayView, look_at_gateway
from onboarding.fleets.connecting.request import Endpoint
from onboarding.models import (
    OPEN,
    Action,
    GatewayChange,
    GatewayChangeKind,
    GatewayNotice,
    GatewaySight,
    Onboarding,
    User,
)
from onboarding.notifications.gateway_emails import send_gateway_notice
from onboarding.workflow.transitions import locked

LOOK_EVERY, LOOK_AGAIN = timedelta(hours=23), timedelta(hours=1)  # the second after a look that failed
LOOK_SECONDS = 20.0  # for one gateway
REPLACEMENT_LATE = timedelta(days=14)
SHOWN_FOR = timedelta(days=30)
NOTICES_MAX = 200  # emails of one run
NAME_MAX, KEYS_MAX = 500, 200  # characters of a CA's name, and of the identifiers of keys, that are stored


def set_watch(onboarding: Onboarding, actor: User, *, watches: bool) -> None:
    """Turn the watch of the onboarding's gateway on or off."""
    with locked(onboarding, actor) as change:
        if change.onboarding.watches_gateway != watches:
            change.onboarding.watches_gateway = watches
            change.onboarding.save(update_fields=["watches_gateway"])
            change.record(Action.WATCH_GATEWAY, _("on") if watches else _("off"))


def gateway_address(environment: str) -> str:
    """Return the gateway of an environment as host:port; "" if the environment is not configured."""
    endpoint = _endpoint(environment)
    return f"{endpoint.host}:{endpoint.port}" if endpoint.host else ""


def _endpoint(environment: str) -> Endpoint:
    return Endpoint(addresses_of(environment).base_url, proxy=settings.FLEETS_PROXY or None)


def changes_for(onboarding: Onboarding) -> list[GatewayChange]:
    """Return the recent changes at the gateway of an onboarding that watches it, the newest first."""
    if not onboarding.watches_gateway:
        return []
    since = timezone.now() - SHOWN_FOR
    return list(GatewayChange.objects.filter(address=gateway_address(onboarding.environment), at__gt=since))


def look_at_gateways() -> int:
    """Look at each watched gateway that is due, then send what is due about changes; return how many were looked at.

    One bounded batch. Any number of processes may run it at the same time: each look is claimed by one of them.
    """
    looked = 0
    for address, environment in _watched():
        if _claim(address):
            _store(address, look_at_gateway(_endpoint(environment), LOOK_SECONDS))
            looked += 1
    send_gateway_notices()
    return looked


def _watched() -> Iterator[tuple[str, str]]:
    """Yield each gateway that somebody watches, once, with an environment that it serves."""
    seen = set()
    for environment in Environment.values:
        address = gateway_address(environment)
        watchers = Onboarding.objects.filter(environment=environment, watches_gateway=True, status__in=OPEN)
        if address and address not in seen and watchers.exists():
            seen.add(address)
            yield address, environment


def _claim(address: str) -> bool:
    """Return whether this process has to look now. A process that ends meanwhile delays the look by an hour."""
    now = timezone.now()
    GatewaySight.objects.get_or_create(address=address, defaults={"next_at": now})
    return bool(GatewaySight.objects.filter(address=address, next_at__lte=now).update(next_at=now + LOOK_AGAIN))


def _store(address: str, view: GatewayView | None) -> None:
    """Store what was seen, and record what has changed since the last look."""
    with transaction.atomic():
        sight = GatewaySight.objects.select_for_update().get(address=address)
        now = timezone.now()
        if view is None:
            sight.error, sight.next_at = "unreachable", now + LOOK_AGAIN
            sight.save()
            return
        for kind, value in _changes(sight, view):
            GatewayChange.objects.get_or_create(
                address=address, kind=kind, value=value[:NAME_MAX], defaults={"not_after": view.not_after}
            )
        sight.error, sight.seen_at, sight.next_at = "", now, now + LOOK_EVERY
        sight.fingerprint, sight.not_after, sight.versions = view.fingerprint, view.not_after, list(view.versions)
        sight.issuer, sight.root = view.issuer[:NAME_MAX], view.root[:NAME_MAX]
        sight.ca_keys = view.ca_keys[:KEYS_MAX]
        sight.save()


def _changes(before: GatewaySight, view: GatewayView) -> Iterator[tuple[GatewayChangeKind, str]]:
    """Yield what partners have to know: another CA, a version that is gone, and a certificate that expires soon."""
    if view.not_after - timezone.now() < REPLACEMENT_LATE:
        yield GatewayChangeKind.EXPIRING, view.fingerprint
    if before.seen_at is None:
        return
    names = view.issuer[:NAME_MAX], view.root[:NAME_MAX]
    if (before.issuer, before.root, before.ca_keys) != (*names, view.ca_keys[:KEYS_MAX]):
        yield GatewayChangeKind.CA, view.issuer
    for version in before.versions:
        if version not in view.versions:
            yield GatewayChangeKind.VERSION_GONE, version


def send_gateway_notices() -> int:
    """Email the people of each onboarding that watches about recent changes, once; return how many notices were sent.

    The notice is stored together with its emails, so that no change is announced twice. The rest waits for the next
    run.
    """
    sent = 0
    for gateway_change in GatewayChange.objects.filter(at__gt=timezone.now() - SHOWN_FOR):
        environments = [value for value in Environment.values if gateway_address(value) == gateway_change.address]
        watchers = Onboarding.objects.filter(
            environment__in=environments, watches_gateway=True, status__in=OPEN, created_at__lte=gateway_change.at
        ).exclude(gateway_notices__change=gateway_change)
        for onboarding in watchers.select_related("owner").order_by("pk")[: NOTICES_MAX - sent]:
            sent += _send_notice(gateway_change, onboarding)
    return sent


def _send_notice(gateway_change: GatewayChange, onboarding: Onboarding) -> bool:
    with transaction.atomic():
        _notice, created = GatewayNotice.objects.get_or_create(change=gateway_change, onboarding=onboarding)
        if created:
            send_gateway_notice(gateway_change, onboarding)
    return created
