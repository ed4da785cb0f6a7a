"""The notices that time causes. Each function stores what is due now, once: running it again stores nothing more."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from onboarding.messages.message import Owner
from onboarding.models import CLOSED, NoticeGroup, Onboarding, OutgoingEmail, User
from onboarding.notifications import digest, notices
from onboarding.notifications.recipients import is_renewed, recipients_of, wanting
from onboarding.workflow import outbox
from onboarding.workflow.transitions import WITH_OPERATOR
from onboarding.workflow.webhooks import tell_webhooks

EXPIRY_DAYS = (0, 1, 7, 14, 30, 60)  # before the expiry
# Days in the same status: while it is the partner's move, and while the operator has the request.
OWN_MOVE_DAYS, SIGNING_DAYS = (30, 7), (21, 7)
WAITED_FOR = timedelta(days=60)  # who has let an onboarding rest for longer gets no more reminders
FAILING_AFTER = timedelta(days=1)
NOTICES_BATCH = 200  # notices whose keys are looked up together


@dataclass(frozen=True)
class Notice:
    """A notice that is due. With `key`, it exists once for each recipient."""

    key: str
    kind: str
    group: NoticeGroup
    onboarding: Onboarding
    params: dict[str, Any] = field(default_factory=dict)


def send_expiry_notices() -> None:
    """Announce the certificates that expire, at each of EXPIRY_DAYS; only the last of several that were missed."""
    now = timezone.now()
    soonest, latest = now - digest.EXPIRED_FOR, now + timedelta(days=max(EXPIRY_DAYS))
    expiring = Onboarding.objects.exclude(status__in=CLOSED).filter(expires_at__gt=soonest, expires_at__lte=latest)
    _store(notice for onboarding in _each(expiring) if (notice := _expiry_notice(onboarding, now)))


def _expiry_notice(onboarding: Onboarding, now: datetime) -> Notice | None:
    newest = notices.newest_certificate(onboarding)
    if newest is None or is_renewed(onboarding):
        return None
    days = next((days for days in EXPIRY_DAYS if newest.not_after - timedelta(days=days) <= now), None)
    # Whoever has just stored a certificate has read when it expires.
    if days is None or newest.not_after - timedelta(days=days) < newest.received_at:
        return None
    params = {"certificate": newest.pk, "days": days}
    return Notice(f"expiry:{newest.pk}:{days}", notices.EXPIRY, NoticeGroup.EXPIRY, onboarding, params)


def send_waiting_notices() -> None:
    """Remind partners of their next step, or prepare a question to the operator about a certificate that is late."""
    now = timezone.now()
    own_move = Q(next_owner=Owner.PARTNER, status_since__lte=now - timedelta(days=min(OWN_MOVE_DAYS)))
    signing = Q(status__in=WITH_OPERATOR, status_since__lte=now - timedelta(days=min(SIGNING_DAYS)))
    open_cases = Onboarding.objects.exclude(status__in=CLOSED)
    waiting = open_cases.filter(own_move | signing, status_since__gt=now - WAITED_FOR)
    _store(_waiting_notice(onboarding, now) for onboarding in _each(waiting))


def _waiting_notice(onboarding: Onboarding, now: datetime) -> Notice:
    thresholds = OWN_MOVE_DAYS if onboarding.next_owner == Owner.PARTNER else SIGNING_DAYS
    days = next(days for days in thresholds if onboarding.status_since <= now - timedelta(days=days))
    since = onboarding.status_since.isoformat()
    key = f"waiting:{onboarding.pk}:{since}:{days}"
    return Notice(key, notices.STILL_WAITING, NoticeGroup.REMINDERS, onboarding, {"since": since, "days": days})


def send_failing_notices() -> None:
    """Announce once that every test of a connection has failed for FAILING_AFTER."""
    latest = timezone.now() - FAILING_AFTER
    found = []
    for onboarding in _each(digest.failing_cases()):
        first = notices.first_failed_test(onboarding)
        if first is not None and first.started_at <= latest:
            key, params = f"failing:{first.pk}", {"test": str(first.pk)}
            found.append(Notice(key, notices.FAILING, NoticeGroup.TESTS, onboarding, params))
    _store(found)


def send_digest() -> None:
    """Send the overview of the day to the members of the desk who chose to get it, unless it is empty."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    readers = [user for user in wanting(staff, NoticeGroup.DIGEST) if user.has_perm("onboarding.view_onboarding")]
    if readers and digest.sections():
        day = timezone.now().date()
        for user in readers:
            outbox.put(digest.DIGEST, NoticeGroup.DIGEST, key=f"digest:{day}:{user.pk}", user=user)


def _each(onboardings: Any) -> Iterable[Onboarding]:
    found: Iterable[Onboarding] = onboardings.select_related("owner").iterator(NOTICES_BATCH)
    return found


def _store(found: Iterable[Notice]) -> None:
    """Store those of the notices that are not stored yet, for everybody who wants them."""
    found = list(found)
    for notice in found:
        tell_webhooks(notice.onboarding, notice.kind, notice.key)
    rows = [
        (f"{notice.key}:{user.pk}", notice, user)
        for notice in found
        for user in wanting(recipients_of(notice.onboarding), notice.group)
    ]
    for start in range(0, len(rows), NOTICES_BATCH):
        batch = rows[start : start + NOTICES_BATCH]
        keys = [key for key, _notice, _user in batch]
        stored = set(OutgoingEmail.objects.filter(key__in=keys).values_list("key", flat=True))
        for key, notice, user in batch:
            if key not in stored:
                outbox.put(
                    notice.kind, notice.group, key=key, user=user, onboarding=notice.onboarding, params=notice.params
                )
