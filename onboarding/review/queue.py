"""The queue: every onboarding, with who must act next, its age, its findings and its expiry."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.models import Onboarding
from onboarding.review import bulk, case, confirmation
from onboarding.review.export import export_csv
from onboarding.review.filters import (
    EXPORT_URL_NAME,
    SEARCH_MAX,
    AgeFilter,
    BoundedPaginator,
    ExpiryFilter,
    FindingFilter,
    NextOwnerFilter,
    ProposalFilter,
    ReviewerFilter,
    VerdictFilter,
    is_export,
    search_ids,
    search_matches,
)
from onboarding.review.formatting import humanize_duration
from onboarding.review.lateness import is_late, usual_duration, usual_durations
from onboarding.review.roles import ReadOnlyCaseAdmin, require_permission
from onboarding.workflow.expiry import expiry_text

DATE_PARAMETERS = ("status_since__year", "status_since__month", "status_since__day")
FILTER_PARAMETERS = frozenset(
    {
        "move",
        "reviewer",
        "status__exact",
        "age",
        "expires",
        "environment__exact",
        "finding",
        "verdict",
        "proposal",
        *DATE_PARAMETERS,
    }
)
YEARS = range(1970, 9999)  # the following year must be a valid date as well


def check_parameters(query: QueryDict, filter_parameters: Iterable[str]) -> None:
    """Raise IncorrectLookupParameters for an unknown filter, a character that no database stores, or a wrong date.

    `filter_parameters` are the names in `query` that must be filters.
    """
    if unknown := set(filter_parameters) - FILTER_PARAMETERS:
        raise IncorrectLookupParameters(f"unknown filters: {', '.join(sorted(unknown))}")
    if any("\0" in value for _name, values in query.lists() for value in values):
        raise IncorrectLookupParameters("a value contains NUL")
    parse_date_filter(query)


def parse_date_filter(query: Mapping[str, str]) -> list[int]:
    """Return the year, month and day to filter by, as far as they are given.

    Raise IncorrectLookupParameters if there is no such date.
    """
    given = [query[name] for name in DATE_PARAMETERS if name in query]
    if given != [query.get(name) for name in DATE_PARAMETERS[: len(given)]]:
        raise IncorrectLookupParameters("a day needs its month, and a month its year")
    try:
        parts = [int(value) for value in given]
        date(*(parts + [1, 1, 1][len(parts) :]))
    except (ValueError, OverflowError) as error:
        raise IncorrectLookupParameters("no such day") from error
    if parts and parts[0] not in YEARS:
        raise IncorrectLookupParameters("no such year")
    return parts


def _quiet(text: str) -> SafeString:
    """Return the cell of a missing value."""
    return format_html('<span class="quiet-cell">{}</span>', text)


def redirect_to_queue() -> HttpResponseRedirect:
    """Redirect to the queue, which then says that the address was wrong."""
    return HttpResponseRedirect(reverse("admin:onboarding_onboarding_changelist") + f"?{ERROR_FLAG}=1")


class Queue(ChangeList):
    """The list, with the usual duration of each status."""

    def get_filters(self, request: HttpRequest) -> Any:
        """Return Django's filters, after a check of the parameters."""
        check_parameters(request.GET, self.get_filters_params())
        return super().get_filters(request)

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page, and set `usual_duration` on each."""
        super().get_results(request)
        durations = usual_durations()
        for onboarding in self.result_list:
            onboarding.usual_duration = usual_duration(onboarding, durations)
        self.show_admin_actions = bool(self.result_count)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the chosen order; by default the oldest first, or the soonest expiry if the list is filtered by it."""
        if not request.GET.get(ORDER_VAR):
            return ["expires_at" if request.GET.get("expires") else "status_since", "pk"]
        first, *rest = super().get_ordering(request, queryset)
        chosen = [first, *takewhile(lambda name: name not in {"status_since", "pk"}, rest)]
        # Equal values are ordered by id in the direction of the column, as in the indexes, so nothing has to be sorted.
        return [*chosen, "-pk" if str(first).startswith("-") else "pk"]


class CaseAdmin(ReadOnlyCaseAdmin):
    """The queue, with links to the cases, the actions and the export."""

    list_display = (
        "login",
        "organization",
        "environment",
        "status_badge",
        "age",
        "next_move",
        "findings",
        "expiry",
        "assigned_reviewer",
    )
    # The last two filters read few rows only if they are the only filters, so they must run after the others.
    list_filter = (
        NextOwnerFilter,
        ReviewerFilter,
        "status",
        AgeFilter,
        ExpiryFilter,
        "environment",
        FindingFilter,
        VerdictFilter,
        ProposalFilter,
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
    search_help_text = gettext_lazy(
        "Enter the beginning of a login, organization, email address, serial number, SPKI fingerprint or client ID."
    )
    actions = (*confirmation.bulk_actions(), bulk.export_requests)

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["onboarding/review-queue.css"]}

    @admin.display(description=gettext_lazy("Login"), ordering="mzp_login")
    def login(self, onboarding: Onboarding) -> str:
        """Return the login, which links to the case."""
        return onboarding.mzp_login

    @admin.display(description=gettext_lazy("Status"), ordering="status")
    def status_badge(self, onboarding: Onboarding) -> SafeString:
        """Return the status in its colour."""
        return format_html('<span class="state state-{}">{}</span>', onboarding.status, onboarding.get_status_display())

    @admin.display(description=gettext_lazy("For"), ordering="status_since")
    def age(self, onboarding: Onboarding) -> SafeString:
        """Return how long the onboarding has had its status, and how long that usually takes."""
        age = timezone.now() - onboarding.status_since
        usual: timedelta | None = getattr(onboarding, "usual_duration", None)
        if usual is None:
            return format_html('<span class="age">{}</span>', humanize_duration(age))
        late = format_html(' <strong class="late">{}</strong>', _("late")) if is_late(age, usual) else ""
        usually = _("usually %(duration)s") % {"duration": humanize_duration(usual)}
        return format_html('<span class="age">{}{} <small>{}</small></span>', humanize_duration(age), late, usually)

    @admin.display(description=gettext_lazy("Next move"))
    def next_move(self, onboarding: Onboarding) -> SafeString:
        """Return who must act next."""
        return format_html(
            '<span class="move move-{}">{}</span>', onboarding.next_owner, onboarding.get_next_owner_display()
        )

    @admin.display(description=gettext_lazy("Findings"))
    def findings(self, onboarding: Onboarding) -> SafeString:
        """Return the number of errors, or of warnings if there are no errors."""
        errors, warnings = onboarding.errors, onboarding.warnings
        if errors:
            text = ngettext("%(count)d error", "%(count)d errors", errors) % {"count": errors}
            return format_html('<span class="finding finding-error">{}</span>', text)
        if warnings:
            text = ngettext("%(count)d warning", "%(count)d warnings", warnings) % {"count": warnings}
            return format_html('<span class="finding finding-warning">{}</span>', text)
        return _quiet(_("none"))

    @admin.display(description=gettext_lazy("Expires"), ordering="expires_at")
    def expiry(self, onboarding: Onboarding) -> SafeString:
        """Return when the newest certificate expires, marked if its renewal is due."""
        if onboarding.expires_at is None:
            return _quiet(_("none"))
        soon = onboarding.renewal_due_at is not None and onboarding.renewal_due_at <= timezone.now()
        return format_html(
            '<span class="expiry" data-label="{}"><span class="{}">{}</span></span>',
            _("Expires"),
            "late" if soon else "",
            expiry_text(onboarding.expires_at),
        )

    @admin.display(description=gettext_lazy("Reviewer"))
    def assigned_reviewer(self, onboarding: Onboarding) -> SafeString:
        """Return the reviewer's name before the @, because the column is narrow."""
        if onboarding.reviewer is None:
            return _quiet(_("Unassigned"))
        email = onboarding.reviewer.email
        return format_html('<span title="{}" data-label="{}">{}</span>', email, _("Reviewer"), email.partition("@")[0])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the list."""
        return Queue

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by the search keys; the list shows at most SEARCH_MAX cases and says if there are more."""
        if not search_term.strip():
            return queryset, False
        if is_export(request):
            return queryset.filter(pk__in=search_matches(search_term)), False
        ids = search_ids(search_term)
        if len(ids) > SEARCH_MAX:
            text = _("More than %(count)d onboardings match, and only some are listed. Enter more to find the others.")
            messages.warning(request, text % {"count": SEARCH_MAX})
        return queryset.filter(pk__in=ids), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the queue."""
        title = _("Queue") if request.GET else _("Queue: what needs you, the oldest first")
        if ERROR_FLAG in request.GET:
            messages.warning(request, _("The address contained an unknown filter or value. This is the whole queue."))
        context = {
            "title": title,
            "may_review": self.has_review_permission(request),
            "export_url": f"{reverse('admin:review_export')}?{request.GET.urlencode()}",
        }
        try:
            return super().changelist_view(request, context | (extra_context or {}))
        except ValidationError:  # an action was submitted with an id that no case can have
            return redirect_to_queue()

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of the export and of the actions, before Django's own."""
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export), name=EXPORT_URL_NAME),
            path("certificates/", view(bulk.certificates_view(self)), name="review_certificates"),
            path("<uuid:pk>/verb/<slug:slug>/", view(confirmation.action_view(self)), name="review_action"),
            *super().get_urls(),
        ]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Return the filtered list as CSV; a wrong address leads to the queue, as in the list."""
        require_permission(self.has_view_permission(request))
        try:
            return export_csv(self.get_changelist_instance(request).queryset)
        except IncorrectLookupParameters:
            return redirect_to_queue()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Return the page of the case."""
        return case.case_page(self, request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Return the page of the case, which contains the complete history."""
        return case.case_page(self, request, object_id)
