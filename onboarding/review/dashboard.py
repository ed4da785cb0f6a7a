"""The dashboard: cases by next owner, status and age, test results, and certificates by month of expiry.

All figures are sums over `DailyCount`, so they cost the same for a thousand onboardings and for a million.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone

from onboarding.messages.message import Owner
from onboarding.messages.verdicts import VERDICTS
from onboarding.models import NEXT_OWNER_CHOICES, DailyCount, Status
from onboarding.review.filters import ANYONE, AgeFilter
from onboarding.review.formatting import humanize_code

MONTHS = 12  # months of expiry, from the current one
TEST_DAYS = 30
CHART_HEIGHT = 120  # units of the chart's own scale
BAR_WIDTH, BAR_GAP = 44, 12
SUCCESSFUL_VERDICTS = {"connected", "no_fleets"}


@dataclass(frozen=True)
class Figure:
    """A number of cases, its label, and the address of the list with these cases."""

    label: str
    count: int
    href: str


@dataclass(frozen=True)
class MonthBar:
    """A month of the chart: the number of certificates, and the bar's position and height in chart units."""

    month: date
    count: int
    href: str
    x: int
    y: float
    height: float

    @property
    def middle(self) -> float:
        """The horizontal position of the labels."""
        return self.x + BAR_WIDTH / 2


@dataclass(frozen=True)
class VerdictFigure:
    """How many tests ended with a verdict; `share` is a percentage of the most frequent verdict."""

    code: str
    label: str
    count: int
    share: float
    succeeded: bool
    is_known: bool
    href: str


def queue_url(**params: str) -> str:
    """Return the address of the queue, filtered by `params`."""
    return reverse("admin:onboarding_onboarding_changelist") + "?" + urlencode(params)


def dashboard_figures() -> dict[str, Any]:
    """Return the template context of the dashboard: four queries."""
    today = timezone.now().date()
    owners, statuses = _waiting_cases()
    months = _expiring_certificates(today)
    return {
        "owners": owners,
        "statuses": statuses,
        "ages": _ages(today),
        "verdicts": _verdicts(today),
        "months": months,
        "has_expiring": any(bar.count for bar in months),
        "chart_width": MONTHS * (BAR_WIDTH + BAR_GAP),
        "chart_height": CHART_HEIGHT,
        "bar_width": BAR_WIDTH,
    }


def _waiting_cases() -> tuple[list[Figure], list[Figure]]:
    """Return the number of cases by next owner, and by status."""
    by_owner: dict[str, int] = {}
    by_status: dict[str, int] = {}
    for label, count in DailyCount.objects.filter(kind="waiting").values_list("label").annotate(n=Sum("n")):
        status, _, owner = label.partition(":")
        by_owner[owner] = by_owner.get(owner, 0) + count
        by_status[status] = by_status.get(status, 0) + count
    owners = [Figure(str(label), by_owner.get(value, 0), queue_url(move=value)) for value, label in NEXT_OWNER_CHOICES]
    statuses = [
        Figure(str(label), by_status.get(value, 0), queue_url(move=ANYONE, status__exact=value))
        for value, label in Status.choices
    ]
    return owners, statuses


def _ages(today: date) -> list[Figure]:
    """Return the number of cases that this desk must act on, by the time in their status."""
    sums = {}
    for name, age_range in AgeFilter.RANGES.items():
        days = Q(day__lte=today - timedelta(days=age_range.days_min))
        if age_range.days_max:
            days &= Q(day__gt=today - timedelta(days=age_range.days_max))
        sums[name] = Sum("n", filter=days, default=0)
    labels = [f"{status}:{Owner.US}" for status in Status.values]
    counts = DailyCount.objects.filter(kind="waiting", label__in=labels).aggregate(
        **{f"age_{name}": total for name, total in sums.items()}
    )
    return [
        Figure(str(age_range.title), counts[f"age_{name}"], queue_url(move=Owner.US, age=name))
        for name, age_range in AgeFilter.RANGES.items()
    ]


def _verdicts(today: date) -> list[VerdictFigure]:
    """Return the verdicts of the tests in the last TEST_DAYS days, the most frequent first."""
    since = today - timedelta(days=TEST_DAYS)
    recent = DailyCount.objects.filter(kind="tests", day__gt=since)
    rows = list(recent.values_list("label").annotate(n=Sum("n")).order_by("-n"))
    highest = max((count for _, count in rows), default=1) or 1
    return [
        VerdictFigure(
            code=code,
            label=humanize_code(code),
            count=count,
            share=round(100 * count / highest, 1),
            succeeded=code in SUCCESSFUL_VERDICTS,
            is_known=code in VERDICTS,
            href=queue_url(move=ANYONE, verdict=code),
        )
        for code, count in rows
    ]


def _expiring_certificates(today: date) -> list[MonthBar]:
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    expiring = DailyCount.objects.filter(kind="expiring", day__gte=months[0], day__lte=months[-1])
    counts = dict(expiring.values_list("day", "n"))
    highest = max(counts.values(), default=1) or 1
    bars = []
    for index, month in enumerate(months):
        count = counts.get(month, 0)
        height = round(CHART_HEIGHT * count / highest, 1)
        bars.append(
            MonthBar(
                month=month,
                count=count,
                href=queue_url(move=ANYONE, expires=f"{month:%Y-%m}"),
                x=index * (BAR_WIDTH + BAR_GAP),
                y=round(CHART_HEIGHT - height, 1),
                height=height,
            )
        )
    return bars
