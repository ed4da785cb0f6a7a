"""The queue: every onboarding, with who must act next, for how long, its findings and its expiry."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import takewhile
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onboarding.messages.message import Owner
from onboarding.models import Onboarding
from onboarding.review import actions as review_actions
from onboarding.review import case
from onboarding.review.export import export_csv
from onboarding.review.filters import (
    EXPORT,
    SEARCH_MAX,
    AgeFilter,
    BoundedPaginator,
    ExpiryFilter,
    FindingFilter,
    MoveFilter,
    ReviewerFilter,
    VerdictFilter,
    is_whole,
    search_ids,
    search_matches,
)
from onboarding.review.formatting import humanize_duration, usual_durations
from onboarding.review.roles import CaseDesk, require

DATES = ("status_since__year", "status_since__month", "status_since__day")
FILTERS = frozenset(
    {"move", "reviewer", "status__exact", "age", "expires", "environment__exact", "finding", "verdict", *DATES}
)
YEARS = range(1970, 9999)  # the year after must be a date, too


def check_parameters(whole: QueryDict, narrowing: Iterable[str]) -> None:
    """Refuse names that no filter has, characters that no database takes, and days that no calendar has.

    `narrowing` are the names in `whole` that filters must know. IncorrectLookupParameters: the list starts again.
    """
    if unknown := set(narrowing) - FILTERS:
        raise IncorrectLookupParameters(f"nothing is called {', '.join(sorted(unknown))}")
    if any("\0" in value for _, values in whole.lists() for value in values):
        raise IncorrectLookupParameters("no value holds a NUL")
    chosen_day(whole)


def chosen_day(asked: Mapping[str, str]) -> list[int]:
    """The year, the month and the day to narrow by, as far as they are given (IncorrectLookupParameters: no such)."""
    given = [asked[name] for name in DATES if name in asked]
    if given != [asked.get(name) for name in DATES[: len(given)]]:
        raise IncorrectLookupParameters("a day needs its month, and a month its year")
    try:
        parts = [int(value) for value in given]
        date(*(parts + [1, 1, 1][len(parts) :]))
    except (ValueError, OverflowError) as error:
        raise IncorrectLookupParameters("no such day") from error
    if parts and parts[0] not in YEARS:
        raise IncorrectLookupParameters("no such year")
    return parts


QUEUE_EXPIRES_SOON = timedelta(days=30)
NONE = format_html('<span class="quiet-cell">{}</span>', "none")


def _s(n: int) -> str:
    return "s" if n == 1 else ""


def start_again() -> HttpResponseRedirect:
    """The queue, with a word about it that something was not understood."""
    return HttpResponseRedirect(reverse("admin:onboarding_onboarding_changelist") + f"?{ERROR_FLAG}=1")


class Queue(ChangeList):
    """The list, with the usual time in each status, and the soonest expiry first where that is asked for."""

    def get_filters(self, request: HttpRequest) -> Any:
        """Django's, once what is asked for has been looked at."""
        check_parameters(request.GET, self.get_filters_params())
        return super().get_filters(request)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page's rows, and give each the usual length of its status."""
        super().get_results(request)
        medians = usual_durations()
        for one in self.result_list:
            one.usually = medians.get(one.status)
        self.show_admin_actions = bool(self.result_count)  # nothing is done to no case

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """As chosen; else by expiry where the list is narrowed by it, else the oldest first."""
        if not request.GET.get(ORDER_VAR):
            return ["expires_at" if request.GET.get("expires") else "status_since", "pk"]
        first, *rest = super().get_ordering(request, queryset)
        chosen = [first, *takewhile(lambda field: field not in {"status_since", "pk"}, rest)]
        # Ties are broken by the id, in the direction of the column, as in the indexes: then nothing has to be sorted.
        return [*chosen, "-pk" if str(first).startswith("-") else "pk"]


class CaseAdmin(CaseDesk):
    """The queue, and the ways from it to a case, its verbs and the export."""

    list_display = (
        "login",
        "organization",
        "environment",
        "standing",
        "age",
        "move",
        "findings",
        "expiry",
        "looked_after",
    )
    # The last two read no more than they must where they stand alone; so they come after the others.
    list_filter = (
        MoveFilter,
        ReviewerFilter,
        "status",
        AgeFilter,
        ExpiryFilter,
        "environment",
        FindingFilter,
        VerdictFilter,
    )
    list_select_related = ("reviewer",)
    list_per_page = 50
    list_max_show_all = 0
    ordering = ("status_since", "pk")
    sortable_by = ("login", "age", "expiry")
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = "status_since"
    search_fields = ("mzp_login",)
    search_help_text = "Login, organization, e-mail, serial, SPKI fingerprint or client ID: its beginning is enough."
    actions = (*review_actions.bulk_actions(),)

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["onboarding/desk-queue.css"]}

    @admin.display(description="Login", ordering="mzp_login")
    def login(self, one: Onboarding) -> str:
        """The login; it leads to the case."""
        return one.mzp_login

    @admin.display(description="Status", ordering="status")
    def standing(self, one: Onboarding) -> SafeString:
        """The status as a word in its colour."""
        return format_html('<span class="state state-{}">{}</span>', one.status, one.get_status_display())

    @admin.display(description="For", ordering="status_since")
    def age(self, one: Onboarding) -> SafeString:
        """How long it has been so, against how long that usually takes."""
        age, usually = timezone.now() - one.status_since, getattr(one, "usually", None)
        if usually is None or one.next_owner == Owner.NOBODY:  # what works or has ended is never late
            return format_html('<span class="age">{}</span>', humanize_duration(age))
        late = format_html(' <strong class="late">{}</strong>', "late") if age > 2 * usually else ""
        return format_html(
            '<span class="age">{}{} <small>usually {}</small></span>',
            humanize_duration(age),
            late,
            humanize_duration(usually),
        )

    @admin.display(description="Next move")
    def move(self, one: Onboarding) -> SafeString:
        """Whose move is next."""
        return format_html('<span class="move move-{}">{}</span>', one.next_owner, one.get_next_owner_display())

    @admin.display(description="Findings")
    def findings(self, one: Onboarding) -> SafeString:
        """How many findings stop, or only warn."""
        if one.errors:
            return format_html('<span class="finding finding-error">{} error{}</span>', one.errors, _s(one.errors))
        if one.warnings:
            return format_html(
                '<span class="finding finding-warning">{} warning{}</span>', one.warnings, _s(one.warnings)
            )
        return NONE

    @admin.display(description="Expires", ordering="expires_at")
    def expiry(self, one: Onboarding) -> SafeString:
        """The day on which the newest certificate ends, with a word where that is soon or was."""
        if one.expires_at is None:
            return NONE
        left = one.expires_at - timezone.now()
        word = "expired" if left < timedelta() else "soon" if left < QUEUE_EXPIRES_SOON else ""
        tag = format_html(' <strong class="late">{}</strong>', word) if word else ""
        return format_html('<span class="expiry">{}{}</span>', f"{one.expires_at:%Y-%m-%d}", tag)

    @admin.display(description="Reviewer")
    def looked_after(self, one: Onboarding) -> SafeString:
        """By whom, in short: the column is narrow."""
        if one.reviewer is None:
            return format_html('<span class="quiet-cell">{}</span>', "nobody")
        email = one.reviewer.email
        return format_html('<span title="{}">{}</span>', email, email.partition("@")[0])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The queue."""
        return Queue

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Through the search keys, bounded: a term that fits more onboardings is asked to be longer."""
        if not search_term.strip():
            return queryset, False
        if is_whole(request):
            return queryset.filter(pk__in=search_matches(search_term)), False
        ids = search_ids(search_term)
        if len(ids) > SEARCH_MAX:
            messages.warning(
                request, f"More than {SEARCH_MAX} onboardings match; these are some. Type more to find the rest."
            )
        return queryset.filter(pk__in=ids), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The queue, in the desk's words."""
        title = "Queue" if request.GET else "Queue: what needs you, the oldest first"
        if ERROR_FLAG in request.GET:
            messages.warning(request, "The address asked for something that this list does not know; it starts again.")
        words = {"title": title, "export": reverse("admin:desk_export") + "?" + request.GET.urlencode()}
        try:
            return super().changelist_view(request, words | (extra_context or {}))
        except ValidationError:  # an action was sent with what is no case's id
            return start_again()

    def get_urls(self) -> list[URLPattern]:
        """The export and the verbs, before Django's own."""
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export), name=EXPORT),
            path("<uuid:pk>/verb/<slug:verb>/", view(review_actions.verb_page(self)), name="desk_verb"),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered list as CSV; what the list does not understand leads back to it, as in the list itself."""
        require(self.has_view_permission(request))
        try:
            return export_csv(self.get_changelist_instance(request).queryset)
        except IncorrectLookupParameters:
            return start_again()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The case."""
        return case.case_page(self, request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The case's own history is the complete one."""
        return case.case_page(self, request, object_id)
