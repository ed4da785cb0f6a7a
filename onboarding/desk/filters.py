"""What the queue can be narrowed to; each filter reads one index."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from onboarding.desk.figures import aloud
from onboarding.desk.pages import MOST
from onboarding.fleets.catalogue import VERDICTS
from onboarding.models import CaseFinding, FleetsTest, Move, Onboarding
from onboarding.pki.catalogue.answered import ANSWERED
from onboarding.pki.catalogue.requested import REQUESTED
from onboarding.pki.catalogue.subject import SUBJECT
from onboarding.pki.findings import Severity

ANYONE = "anyone"
EXPORT = "desk_export"  # the name of its address
# What an upload is refused for is never kept against a case.
STANDING = [code for code, entry in (SUBJECT | REQUESTED | ANSWERED).items() if entry.severity != Severity.TELLS]
Choices = list[tuple[str, str]]
Cases = QuerySet[Onboarding]


def is_whole(request: HttpRequest) -> bool:
    """Whether every case is wanted, not only those that can be leafed through: an export has no pages."""
    return request.resolver_match is not None and request.resolver_match.url_name == EXPORT


def having(request: HttpRequest, cases: Cases, rows: QuerySet[Any]) -> Cases:
    """The cases that one of `rows` is about, these in the order of their index.

    Alone, it reads no more rows than can be leafed through; beside other filters, it looks at what they leave.
    """
    if is_whole(request):
        return cases.filter(pk__in=rows.order_by().values("onboarding"))
    if cases.query.has_filters() or request.GET.get("q"):
        return cases.filter(Exists(rows.filter(onboarding=OuterRef("pk"))))
    return cases.filter(pk__in=rows.values("onboarding")[: MOST + 1])


class MoveFilter(admin.SimpleListFilter):
    """By whose move is next; what needs this desk is the default."""

    title = "next move"
    parameter_name = "move"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The owners, and all of them."""
        return [*((value, str(label)) for value, label in Move.choices), (ANYONE, "Anyone’s")]

    def value(self) -> str:
        """The chosen owner; ours, where none is."""
        return super().value() or Move.US

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The owners, without an "All" of Django's own: the default is another."""
        for lookup, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: lookup})
            yield {"selected": self.value() == lookup, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed, unless somebody is being searched for."""
        if self.value() == ANYONE or (super().value() is None and request.GET.get("q")):
            return queryset
        return queryset.filter(next_move=self.value())


class ReviewerFilter(admin.SimpleListFilter):
    """By who looks after the case; one's own and nobody's is the default while the move is ours."""

    title = "reviewer"
    parameter_name = "reviewer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Me, nobody, anyone."""
        return [("me", "Me"), ("nobody", "Nobody yet")]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed; what is another reviewer's does not need me."""
        if self.value() == "me":
            return queryset.filter(reviewer=request.user.pk)
        if self.value() == "nobody":
            return queryset.filter(reviewer=None)
        if not any(name in request.GET for name in (self.parameter_name, MoveFilter.parameter_name, "q")):
            return queryset.filter(Q(reviewer=None) | Q(reviewer=request.user.pk))
        return queryset


class AgeFilter(admin.SimpleListFilter):
    """By how long it has been in its status."""

    title = "time in this status"
    parameter_name = "age"
    LEAST: ClassVar[dict[str, tuple[str, int, int | None]]] = {
        "0": ("Less than a day", 0, 1),
        "1": ("1 to 3 days", 1, 3),
        "3": ("3 to 7 days", 3, 7),
        "7": ("7 to 30 days", 7, 30),
        "30": ("More than 30 days", 30, None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The ranges."""
        return [(value, title) for value, (title, _, _) in self.LEAST.items()]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed."""
        if self.value() not in self.LEAST:
            return queryset
        _, least, most = self.LEAST[self.value() or ""]
        midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if least:
            queryset = queryset.filter(status_since__lt=midnight - timedelta(days=least))
        return queryset.filter(status_since__gte=midnight - timedelta(days=most)) if most else queryset


class ExpiryFilter(admin.SimpleListFilter):
    """By when the newest certificate ends; `month` as YYYY-MM is what the dashboard's chart links to."""

    title = "expiry"
    parameter_name = "expires"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The windows, and the month that a link came with."""
        windows = [("past", "Expired"), ("7", "Within 7 days"), ("30", "Within 30 days"), ("90", "Within 90 days")]
        asked = request.GET.get(self.parameter_name, "")
        return [*windows, (asked, f"In {asked}")] if _month(asked) else windows

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed, the soonest first."""
        value, now = self.value() or "", timezone.now()
        if value == "past":
            queryset = queryset.filter(expires_at__lt=now)
        elif value in {"7", "30", "90"}:
            queryset = queryset.filter(expires_at__gte=now, expires_at__lt=now + timedelta(days=int(value)))
        elif month := _month(value):
            begins = now.replace(year=month[0], month=month[1], day=1, hour=0, minute=0, second=0, microsecond=0)
            ends = (begins + timedelta(days=32)).replace(day=1)
            queryset = queryset.filter(expires_at__gte=begins, expires_at__lt=ends)
        return queryset


def _month(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"([2-9][0-9]{3})-(0?[1-9]|1[0-2])", text)
    if match is None or match[1] == "9999":  # the month after must be a date, too
        return None
    return int(match[1]), int(match[2])


class FindingFilter(admin.SimpleListFilter):
    """By a finding that stands against the request or the certificate."""

    title = "finding"
    template = "admin/onboarding/folded_filter.html"
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The codes, read aloud."""
        return [(code, aloud(code)) for code in sorted(STANDING)]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed."""
        if not self.value():
            return queryset
        return having(request, queryset, CaseFinding.objects.filter(code=self.value()).order_by("since", "onboarding"))


class VerdictFilter(admin.SimpleListFilter):
    """By how a test of the last 30 days came out."""

    title = "test of the last 30 days"
    template = "admin/onboarding/folded_filter.html"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The verdicts' codes, read aloud."""
        return [(code, aloud(code)) for code in sorted(VERDICTS)]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed."""
        if not self.value():
            return queryset
        recent = timezone.now() - timedelta(days=30)
        tests = FleetsTest.objects.filter(verdict=self.value(), finished_at__gte=recent, fault="")
        return having(request, queryset, tests.order_by("-finished_at"))
