"""Erase what is no longer needed: drafts that were abandoned, after a warning, and closed onboardings."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from onboarding.models import CLOSED, CertificateRequest, Event, IssuedCertificate, Onboarding, Status
from onboarding.notifications import account_emails
from onboarding.workflow.erasure import erase_onboarding

ERASED_AT_ONCE = 100  # onboardings in one call
WARNED_BEFORE = timedelta(days=14)


def erase_expired() -> int:
    """Warn the owners of abandoned drafts, and erase at most ERASED_AT_ONCE onboardings; return how many were erased.

    Safe to run twice and in parallel: each onboarding is checked again when it is locked.
    """
    now, erased = timezone.now(), 0
    if settings.RETENTION_DAYS_DRAFT:
        _warn(now)
    for reason, cases in _expired(now).items():
        for pk in cases.order_by("status_since", "pk").values_list("pk", flat=True)[: ERASED_AT_ONCE - erased]:
            erased += erase_onboarding(cases, pk, None, reason)
    return erased


def _expired(now: datetime) -> dict[str, QuerySet[Onboarding]]:
    """Return the onboardings to erase, by the code of the reason."""
    expired = {}
    if settings.RETENTION_DAYS_DRAFT:
        warned = _abandoned(now - timedelta(days=settings.RETENTION_DAYS_DRAFT))
        expired["draft"] = warned.filter(_warned_since_last_use(), erasure_warned_at__lte=now - WARNED_BEFORE)
    if settings.RETENTION_DAYS_CLOSED:
        ended = now - timedelta(days=settings.RETENTION_DAYS_CLOSED)
        expired["closed"] = Onboarding.objects.filter(status__in=CLOSED, status_since__lte=ended)
    return expired


def _abandoned(since: datetime) -> QuerySet[Onboarding]:
    """Return the open onboardings that were not used since then, and of which no request was ever sent."""
    own = OuterRef("pk")
    used = Event.objects.filter(onboarding=own, at__gt=since)
    sent = CertificateRequest.objects.filter(onboarding=own, sent_at__isnull=False)
    certified = IssuedCertificate.objects.filter(request__onboarding=own)
    drafts = Onboarding.objects.filter(status__in=(Status.DRAFT, Status.KEY_MADE), created_at__lte=since)
    return drafts.filter(~Exists(used), ~Exists(sent), ~Exists(certified))


def _warned_since_last_use() -> Q:
    later = Event.objects.filter(onboarding=OuterRef("pk"), at__gte=OuterRef("erasure_warned_at"))
    return Q(~Exists(later), erasure_warned_at__isnull=False)


def _warn(now: datetime) -> None:
    """Email the owners of drafts that will be erased in WARNED_BEFORE, once for each time of disuse."""
    due = _abandoned(now - timedelta(days=settings.RETENTION_DAYS_DRAFT) + WARNED_BEFORE)
    for onboarding in due.exclude(_warned_since_last_use()).select_related("owner")[:ERASED_AT_ONCE]:
        rows = Onboarding.objects.filter(pk=onboarding.pk, erasure_warned_at=onboarding.erasure_warned_at)
        if rows.update(erasure_warned_at=now):  # not by another process
            account_emails.announce_draft_erasure(onboarding, now + WARNED_BEFORE)
