"""What the queue can be searched for and filtered by; each filter reads one index."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from onboarding.messages.findings.certificates import CERTIFICATE_FINDINGS
from onboarding.messages.findings.requests import REQUEST_FINDINGS
from onboarding.messages.findings.subject import SUBJECT_FINDINGS
from onboarding.messages.message import Owner, Severity
from onboarding.messages.verdicts import VERDICTS
from onboarding.models import NEXT_OWNER_CHOICES, CaseFinding, ConnectionTest, Onboarding, SearchKey
from onboarding.review.formatting import humanize_code
from onboarding.workflow.denormalize import fold

LISTED_MAX = 500  # rows; beyond them, a filter finds faster than leafing


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """Counts up to MOST; a longer list ends there, and says that there is more."""

    @cached_property
    def count(self) -> int:
        """The number of rows that can be leafed through."""
        return min(self._counted, LISTED_MAX)

    @property
    def more(self) -> bool:
        """Whether there are rows beyond those."""
        return self._counted > LISTED_MAX

    @cached_property
    def _counted(self) -> int:
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]  # the admin gives a queryset
        return rows.order_by()[: LISTED_MAX + 1].count()


SEARCH_MAX = 200  # onboardings that one search finds; who sees more than that wants a longer word
LAST_CHARACTER = "\U0010ffff"


def begins_with(term: str) -> Q:
    """Keys that begin with a folded term, in the way in which the database can use its index."""
    if connection.vendor == "sqlite":  # its LIKE ignores capitals, and therefore the index
        return Q(value__gte=term, value__lt=term + LAST_CHARACTER)
    return Q(value__startswith=term)


def _rarest_first(term: str) -> tuple[bool, int]:
    """Numbers tell more apart than words, long words more than short ones."""
    return not any(c.isdigit() for c in term), -len(term)


def search_matches(text: str) -> QuerySet[SearchKey, uuid.UUID]:
    """The ids of onboardings of which a word begins with each word of `text`, some of them twice."""
    terms = sorted({folded for word in text.split() if (folded := fold(word))}, key=_rarest_first)
    if not terms:
        return SearchKey.objects.none().values_list("onboarding_id", flat=True)
    keys = SearchKey.objects.filter(begins_with(terms[0]))
    for term in terms[1:]:
        beside = SearchKey.objects.filter(begins_with(term), onboarding=OuterRef("onboarding"))
        keys = keys.filter(Exists(beside))
    return keys.values_list("onboarding_id", flat=True)


def search_ids(text: str) -> list[uuid.UUID]:
    """The same, at most MOST and one more.

    In no order: what the index gives first is as good as any, and nothing has to be sorted.
    """
    return list(search_matches(text)[: SEARCH_MAX + 1])


ANYONE = "anyone"
EXPORT = "desk_export"  # the name of its address
# What an upload is refused for is never kept against a case.
STANDING = [
    code
    for code, entry in (SUBJECT_FINDINGS | REQUEST_FINDINGS | CERTIFICATE_FINDINGS).items()
    if entry.severity != Severity.INFO
]
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
    return cases.filter(pk__in=rows.values("onboarding")[: LISTED_MAX + 1])


class MoveFilter(admin.SimpleListFilter):
    """By whose move is next; what needs this desk is the default."""

    title = "next move"
    parameter_name = "move"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The owners, and all of them."""
        return [*((value, str(label)) for value, label in NEXT_OWNER_CHOICES), (ANYONE, "Anyone’s")]

    def value(self) -> str:
        """The chosen owner; ours, where none is."""
        return super().value() or Owner.US

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The owners, without an "All" of Django's own: the default is another."""
        for lookup, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: lookup})
            yield {"selected": self.value() == lookup, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed, unless somebody is being searched for."""
        if self.value() == ANYONE or (super().value() is None and request.GET.get("q")):
            return queryset
        return queryset.filter(next_owner=self.value())


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
        return [(code, humanize_code(code)) for code in sorted(STANDING)]

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
        return [(code, humanize_code(code)) for code in sorted(VERDICTS)]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Narrowed."""
        if not self.value():
            return queryset
        recent = timezone.now() - timedelta(days=30)
        tests = ConnectionTest.objects.filter(verdict=self.value(), finished_at__gte=recent, fault="")
        return having(request, queryset, tests.order_by("-finished_at"))
