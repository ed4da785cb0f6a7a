"""The daily overview for members of the desk who chose to get it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from onboarding.languages import day
from onboarding.messages.message import Owner
from onboarding.models import CLOSED, ConnectionTest, Onboarding, OutgoingEmail, Status
from onboarding.notifications.email_text import EmailText, joined
from onboarding.notifications.recipients import is_renewed

DIGEST = "digest"
DIGEST_CASES_MAX = 20  # cases of each section
LATE_AFTER = timedelta(days=7)  # with Stellantis
EXPIRING_WITHIN = timedelta(days=60)
EXPIRED_FOR = timedelta(days=30)  # a certificate that expired earlier is old news


@dataclass(frozen=True)
class Section:
    """A part of the overview: a heading, and its cases with what to know of each."""

    heading: str
    lines: list[str]

    @property
    def text(self) -> str:
        """The section as a paragraph."""
        return "\n".join([self.heading, *self.lines])


def sections() -> list[Section]:
    """Return the sections that have cases, each at most DIGEST_CASES_MAX, in the active language."""
    now = timezone.now()
    open_cases = Onboarding.objects.exclude(status__in=CLOSED)
    waiting = open_cases.filter(next_owner=Owner.US).order_by("status_since")
    late = open_cases.filter(next_owner=Owner.OPERATOR, status_since__lt=now - LATE_AFTER).order_by("status_since")
    expiring = open_cases.filter(expires_at__gt=now - EXPIRED_FOR, expires_at__lt=now + EXPIRING_WITHIN)
    unrenewed = [case for case in expiring.order_by("expires_at")[: 2 * DIGEST_CASES_MAX] if not is_renewed(case)]
    found = [
        _section(_("Waiting for our desk"), waiting, "status_since"),
        _section(_("With Stellantis for more than a week"), late, "status_since"),
        _section(_("Tests that fail"), failing_cases(), "status_since"),
        _section(_("Certificates that expire"), unrenewed, "expires_at"),
    ]
    return [section for section in found if section.lines]


def failing_cases() -> QuerySet[Onboarding]:
    """Return the onboardings with a certificate whose last test failed."""
    last = ConnectionTest.objects.finished().filter(onboarding=OuterRef("pk"), cancelled_at=None)
    tested = Onboarding.objects.filter(status__in=[Status.CERTIFIED, Status.CONNECTED])
    succeeded = last.order_by("-started_at").annotate(good=F("result__succeeded")).values("good")[:1]
    return tested.annotate(last_good=Subquery(succeeded)).filter(last_good=False).order_by("status_since")


def _section(heading: str, cases: QuerySet[Onboarding] | list[Onboarding], column: str) -> Section:
    lines = [
        _("%(login)s: %(day)s") % {"login": case.mzp_login, "day": day(getattr(case, column))}
        for case in cases[:DIGEST_CASES_MAX]
    ]
    return Section(heading, lines)


def _digest_text(_email: OutgoingEmail) -> EmailText | None:
    found = sections()
    if not found:
        return None
    today = day(timezone.now())
    return EmailText(
        "",
        _("Review desk: what waits on %(day)s") % {"day": today},
        joined(*(section.text for section in found), settings.SITE_URL + reverse("admin:index")),
    )


DIGEST_TEXTS: dict[str, Callable[[OutgoingEmail], EmailText | None]] = {DIGEST: _digest_text}
