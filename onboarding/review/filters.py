"""The search and the filters of the queue; each reads one index."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.environments import Environment
from onboarding.messages.findings.certificates import CERTIFICATE_FINDINGS
from onboarding.messages.findings.requests import REQUEST_FINDINGS
from onboarding.messages.findings.subject import SUBJECT_FINDINGS
from onboarding.messages.findings.uploads import UPLOAD_FINDINGS
from onboarding.messages.message import Owner, Severity
from onboarding.messages.verdicts import VERDICTS
from onboarding.models import NEXT_OWNER_CHOICES, CaseFinding, ConnectionTest, Onboarding, Proposal, SearchKey
from onboarding.review.formatting import humanize_code
from onboarding.workflow.denormalize import fold_search_text

LISTED_MAX = 500  # rows of a list; to find a case in a longer list, a filter is faster than paging


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """A paginator that counts no more than LISTED_MAX rows and has no pages after them."""

    @cached_property
    def count(self) -> int:
        """The number of rows on all pages."""
        return min(self._bounded_count, LISTED_MAX)

    @property
    def more(self) -> bool:
        """Whether there are more rows than the pages hold."""
        return self._bounded_count > LISTED_MAX

    @cached_property
    def _bounded_count(self) -> int:
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]  # the admin gives a queryset
        return rows.order_by()[: LISTED_MAX + 1].count()


SEARCH_MAX = 200  # onboardings that a search lists
LAST_CHARACTER = "\U0010ffff"


def has_prefix(term: str) -> Q:
    """Return the condition that a key begins with a folded term, written so that the database can use its index."""
    if connection.vendor == "sqlite":  # SQLite's LIKE ignores case, and therefore the index
        return Q(value__gte=term, value__lt=term + LAST_CHARACTER)
    return Q(value__startswith=term)


def _by_selectivity(term: str) -> tuple[bool, int]:
    """Return the sort key of a term: terms with digits first, then the longest, as these match the fewest keys."""
    return not any(character.isdigit() for character in term), -len(term)


def search_matches(text: str) -> QuerySet[SearchKey, uuid.UUID]:
    """Return the ids of onboardings that have, for each word of `text`, a key that begins with it.

    An id can occur more than once.
    """
    terms = sorted({folded for word in text.split() if (folded := fold_search_text(word))}, key=_by_selectivity)
    if not terms:
        return SearchKey.objects.none().values_list("onboarding_id", flat=True)
    keys = SearchKey.objects.filter(has_prefix(terms[0]))
    for term in terms[1:]:
        same_onboarding = SearchKey.objects.filter(has_prefix(term), onboarding=OuterRef("onboarding"))
        keys = keys.filter(Exists(same_onboarding))
    return keys.values_list("onboarding_id", flat=True)


def search_ids(text: str) -> list[uuid.UUID]:
    """Return at most SEARCH_MAX + 1 of the ids in `search_matches`, in any order, so that nothing has to be sorted."""
    return list(search_matches(text)[: SEARCH_MAX + 1])


ANYONE = "anyone"
EXPORT_URL_NAME = "review_export"
# The codes that can be stored for a case, sorted. The catalogs also have variants, such as "key_weak.roca", but a case
# stores only the code. Errors in reading an upload are never stored.
STORED_CODES = sorted(
    {
        key.partition(".")[0]
        for key, template in (SUBJECT_FINDINGS | REQUEST_FINDINGS | CERTIFICATE_FINDINGS).items()
        if template.severity != Severity.INFO
    }
    - {key.partition(".")[0] for key in UPLOAD_FINDINGS}
)
Choices = list[tuple[str, str]]
Cases = QuerySet[Onboarding]


def is_export(request: HttpRequest) -> bool:
    """Whether `request` is for the export, which has no pages and therefore no limit of rows."""
    return request.resolver_match is not None and request.resolver_match.url_name == EXPORT_URL_NAME


def cases_with(request: HttpRequest, cases: Cases, rows: QuerySet[Any]) -> Cases:
    """Return the cases that one of `rows` belongs to; `rows` are in the order of their index.

    If there are no other filters, this reads no more rows than the pages hold. Otherwise it checks each case that the
    other filters select.
    """
    if is_export(request):
        return cases.filter(pk__in=rows.order_by().values("onboarding"))
    if cases.query.has_filters() or request.GET.get("q"):
        return cases.filter(Exists(rows.filter(onboarding=OuterRef("pk"))))
    return cases.filter(pk__in=rows.values("onboarding")[: LISTED_MAX + 1])


class NextOwnerFilter(admin.SimpleListFilter):
    """Filter by who must act next. The default is this desk."""

    title = _("next move")
    parameter_name = "move"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the owners, and a choice for all of them."""
        return [*((value, str(label)) for value, label in NEXT_OWNER_CHOICES), (ANYONE, gettext("Anyone’s"))]

    def value(self) -> str:
        """Return the chosen owner, or ours."""
        return super().value() or Owner.US

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield the choices without Django's "All", which would be the default."""
        for lookup, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: lookup})
            yield {"selected": self.value() == lookup, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the owner's cases; a search without a chosen owner looks at all of them."""
        if self.value() == ANYONE or (super().value() is None and request.GET.get("q")):
            return queryset
        return queryset.filter(next_owner=self.value())


class ReviewerFilter(admin.SimpleListFilter):
    """Filter by reviewer. The default is the user's own cases and those without a reviewer."""

    title = _("reviewer")
    parameter_name = "reviewer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the choices beside Django's "All"."""
        return [("me", gettext("Me")), ("nobody", gettext("Unassigned"))]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the reviewer's cases; the default page leaves out rehearsals and other reviewers' cases."""
        if self.value() == "me":
            return queryset.filter(reviewer=request.user.pk)
        if self.value() == "nobody":
            return queryset.filter(reviewer=None)
        if not any(name in request.GET for name in (self.parameter_name, NextOwnerFilter.parameter_name, "q")):
            own = queryset.filter(Q(reviewer=None) | Q(reviewer=request.user.pk))
            return own if "environment__exact" in request.GET else own.exclude(environment=Environment.REHEARSAL)
        return queryset


@dataclass(frozen=True)
class AgeRange:
    """A range of calendar days (UTC), as the dashboard counts them; without `days_max`, it has no end."""

    title: str | Promise
    days_min: int
    days_max: int | None


class AgeFilter(admin.SimpleListFilter):
    """Filter by how long a case has been in its status."""

    title = _("time in this status")
    parameter_name = "age"
    RANGES: ClassVar[dict[str, AgeRange]] = {
        "0": AgeRange(_("Since today"), 0, 1),
        "1": AgeRange(_("Since 1 or 2 days ago"), 1, 3),
        "3": AgeRange(_("Since 3 to 6 days ago"), 3, 7),
        "7": AgeRange(_("Since 7 to 29 days ago"), 7, 30),
        "30": AgeRange(_("Since 30 days ago or longer"), 30, None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the ranges."""
        return [(value, str(age_range.title)) for value, age_range in self.RANGES.items()]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the cases in the chosen range."""
        age_range = self.RANGES.get(self.value() or "")
        if age_range is None:
            return queryset
        end_of_today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if age_range.days_min:
            queryset = queryset.filter(status_since__lt=end_of_today - timedelta(days=age_range.days_min))
        if age_range.days_max:
            queryset = queryset.filter(status_since__gte=end_of_today - timedelta(days=age_range.days_max))
        return queryset


class ExpiryFilter(admin.SimpleListFilter):
    """Filter by the expiry of the newest certificate. The dashboard's chart links to a month, as YYYY-MM."""

    title = _("expiry")
    parameter_name = "expires"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the periods, and the month of the address if it has one."""
        periods = [
            ("past", gettext("Expired")),
            ("7", gettext("Within 7 days")),
            ("30", gettext("Within 30 days")),
            ("60", gettext("Within 60 days")),
            ("90", gettext("Within 90 days")),
        ]
        month = request.GET.get(self.parameter_name, "")
        return [*periods, (month, gettext("In %(month)s") % {"month": month})] if _parse_month(month) else periods

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the cases whose certificate ends in the chosen period."""
        value, now = self.value() or "", timezone.now()
        if value == "past":
            queryset = queryset.filter(expires_at__lt=now)
        elif value in {"7", "30", "60", "90"}:
            queryset = queryset.filter(expires_at__gte=now, expires_at__lt=now + timedelta(days=int(value)))
        elif month := _parse_month(value):
            begin = now.replace(year=month[0], month=month[1], day=1, hour=0, minute=0, second=0, microsecond=0)
            end = (begin + timedelta(days=32)).replace(day=1)
            queryset = queryset.filter(expires_at__gte=begin, expires_at__lt=end)
        return queryset


def _parse_month(text: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"([2-9][0-9]{3})-(0?[1-9]|1[0-2])", text)
    if match is None or match[1] == "9999":  # the following month must be a valid date as well
        return None
    return int(match[1]), int(match[2])


class FindingFilter(admin.SimpleListFilter):
    """Filter by a finding about the current request or its certificate."""

    title = _("finding")
    template = "admin/onboarding/folded_filter.html"
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the codes that can be stored."""
        return [(code, humanize_code(code)) for code in STORED_CODES]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the cases with the chosen finding."""
        if not self.value():
            return queryset
        rows = CaseFinding.objects.filter(code=self.value()).order_by("since", "onboarding")
        return cases_with(request, queryset, rows)


class ProposalFilter(admin.SimpleListFilter):
    """Filter by an open proposal, which a second reviewer has to decide about."""

    title = _("proposal")
    parameter_name = "proposal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the choices beside Django's "All"; none where no action needs a second reviewer."""
        if not settings.SECOND_REVIEWER_REQUIRED:
            return []
        return [("others", gettext("I can decide")), ("mine", gettext("Proposed by me"))]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the cases with an open proposal of somebody else, or of the user."""
        if self.value() not in {"others", "mine"}:
            return queryset
        waiting = Proposal.objects.filter(decided_at=None).order_by("at", "onboarding")
        own = Q(proposer=request.user.pk)
        return cases_with(request, queryset, waiting.filter(own if self.value() == "mine" else ~own))


class VerdictFilter(admin.SimpleListFilter):
    """Filter by the verdict of a connection test in the last 30 days."""

    title = _("test in the last 30 days")
    template = "admin/onboarding/folded_filter.html"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the codes of the verdicts."""
        return [(code, humanize_code(code)) for code in sorted(VERDICTS)]

    def queryset(self, request: HttpRequest, queryset: Cases) -> Cases:
        """Return the cases with the chosen verdict."""
        if not self.value():
            return queryset
        recent = timezone.now() - timedelta(days=30)
        tests = ConnectionTest.objects.filter(verdict=self.value(), finished_at__gte=recent, fault="")
        return cases_with(request, queryset, tests.order_by("-finished_at"))
