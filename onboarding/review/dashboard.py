"""The first page's figures: what waits for whom and how long, how tests came out, and what expires when.

All are sums over tallies, so they cost the same for a thousand onboardings and for a million.
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

MONTHS = 12  # of expiry, from this one on
TEST_DAYS = 30
CHART_HEIGHT = 120  # units of the chart's own scale
BAR, GAP = 44, 12


@dataclass(frozen=True)
class Figure:
    """A number, its words, and the list behind it."""

    label: str
    n: int
    href: str


@dataclass(frozen=True)
class Bar:
    """A month of the chart: where its bar stands, and how high."""

    month: date
    n: int
    href: str
    x: int
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Where its words are centred."""
        return self.x + BAR / 2


def queue(**params: str) -> str:
    """The address of the queue, narrowed."""
    return reverse("admin:onboarding_onboarding_changelist") + "?" + urlencode(params)


def figures() -> dict[str, Any]:
    """Everything on the first page: four queries."""
    today = timezone.now().date()
    moves, statuses, ages = _waiting(today)
    months = _expiring(today)
    return {
        "moves": moves,
        "statuses": statuses,
        "ages": ages,
        "tests": _tests(today),
        "months": months,
        "chart_width": MONTHS * (BAR + GAP),
        "chart_height": CHART_HEIGHT,
        "bar": BAR,
        "queue": queue(move=ANYONE),
    }


def _waiting(today: date) -> tuple[list[Figure], list[Figure], list[Figure]]:
    """By owner of the move, by status, and the ages of what is ours."""
    waiting = DailyCount.objects.filter(kind="waiting")
    ranges = {}
    for name, (_, least, most) in AgeFilter.LEAST.items():
        newest = today - timedelta(days=least)
        span = Q(day__lte=newest) & (Q(day__gt=today - timedelta(days=most)) if most else Q())
        ranges[f"age_{name}"] = Sum("n", filter=span, default=0)
    ours = waiting.filter(label__in=[f"{status}:{Owner.US}" for status in Status.values]).aggregate(**ranges)
    by_move: dict[str, int] = {}
    by_status: dict[str, int] = {}
    for label, n in waiting.values_list("label").annotate(n=Sum("n")):
        status, _, move = label.partition(":")
        by_move[move] = by_move.get(move, 0) + n
        by_status[status] = by_status.get(status, 0) + n
    moves = [Figure(str(label), by_move.get(value, 0), queue(move=value)) for value, label in NEXT_OWNER_CHOICES]
    statuses = [
        Figure(str(label), by_status.get(value, 0), queue(move=ANYONE, status__exact=value))
        for value, label in Status.choices
    ]
    ages = [
        Figure(title, ours[f"age_{name}"], queue(move=Owner.US, age=name))
        for name, (title, _, _) in AgeFilter.LEAST.items()
    ]
    return moves, statuses, ages


def _tests(today: date) -> list[dict[str, Any]]:
    """The outcomes of the last 30 days, the most frequent first, each with a bar against the most frequent."""
    since = today - timedelta(days=TEST_DAYS)
    rows = list(
        DailyCount.objects.filter(kind="tests", day__gt=since).values_list("label").annotate(n=Sum("n")).order_by("-n")
    )
    most = max((n for _, n in rows), default=1) or 1
    return [
        {
            "code": code,
            "words": humanize_code(code),
            "n": n,
            "share": round(100 * n / most, 1),
            "good": code in {"connected", "no_fleets"},
            "known": code in VERDICTS,
            "href": queue(move=ANYONE, verdict=code),
        }
        for code, n in rows
    ]


def _expiring(today: date) -> list[Bar]:
    first = today.replace(day=1)
    months = [first]
    while len(months) < MONTHS:
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    rows = dict(DailyCount.objects.filter(kind="expiring", day__gte=first, day__lte=months[-1]).values_list("day", "n"))
    most = max(rows.values(), default=1) or 1
    return [
        Bar(
            month=month,
            n=(n := rows.get(month, 0)),
            href=queue(move=ANYONE, expires=f"{month:%Y-%m}"),
            x=index * (BAR + GAP),
            height=(height := round(CHART_HEIGHT * n / most, 1)),
            y=round(CHART_HEIGHT - height, 1),
        )
        for index, month in enumerate(months)
    ]
