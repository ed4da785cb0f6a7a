"""The list of emails at the desk: which are not sent, and why."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.models import EmailState, OutgoingEmail
from onboarding.review.roles import ReadOnlyCaseAdmin, actor_of
from onboarding.workflow import outbox


class UnsentFilter(admin.SimpleListFilter):
    """The emails that are not sent; all of them on request."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[OutgoingEmail]") -> list[tuple[str, str]]:
        """Return the choices."""
        return [("all", _("All")), *((state.value, str(state.label)) for state in EmailState)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutgoingEmail]) -> QuerySet[OutgoingEmail]:
        """Return the chosen emails."""
        if self.value() in EmailState.values:
            return queryset.filter(state=self.value())
        if self.value() == "all":
            return queryset
        return queryset.filter(state__in=[EmailState.WAITING, EmailState.FAILED])

    def choices(self, changelist: Any) -> Any:
        """Return the choices, with the default named for what it is."""
        choices = list(super().choices(changelist))
        choices[0]["display"] = _("Not sent")
        return choices


class EmailAdmin(ReadOnlyCaseAdmin):
    """The queue of emails. Staff see why one is late, and let it be sent at once."""

    list_display = ("at", "group", "kind", "recipient_address", "case", "state", "attempts", "error")
    list_display_links = None
    fields = ("at", "group", "kind", "state", "attempts", "error", "due_at", "ended_at")  # and nothing that is private
    list_filter = (UnsentFilter,)
    list_select_related = ("user", "address", "onboarding")
    ordering = ("-at", "-pk")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("send_again",)

    def has_view_permission(self, request: HttpRequest, obj: OutgoingEmail | None = None) -> bool:
        """Whoever may see cases may see their emails."""
        return request.user.has_perm("onboarding.view_onboarding")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As `has_view_permission`."""
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Whether the list may be filtered by `lookup`. By other columns, staff could guess what is private."""
        return lookup == UnsentFilter.parameter_name

    @admin.display(description=gettext_lazy("To"))
    def recipient_address(self, email: OutgoingEmail) -> str:
        """Return the address if the email is about a case: who has which account is for administrators only."""
        return email.recipient if email.onboarding else ""

    @admin.display(description=gettext_lazy("Onboarding"))
    def case(self, email: OutgoingEmail) -> SafeString | str:
        """Return a link to the case."""
        if email.onboarding is None:
            return ""
        address = reverse("admin:onboarding_onboarding_change", args=[email.onboarding.pk])
        return format_html('<a href="{}">{}</a>', address, email.onboarding.mzp_login)

    @admin.action(description=gettext_lazy("Send again"), permissions=["review"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingEmail]) -> None:
        """Let the selected emails be sent at once. Nobody does this for emails about their own onboarding."""
        actor = actor_of(request)
        own = Q(onboarding__owner=actor) | Q(onboarding__in=actor.memberships.values("onboarding"))
        rows = OutgoingEmail.objects.filter(pk__in=queryset.values("pk")).exclude(own)
        count = outbox.retry(rows)
        text = ngettext("%(count)d email is sent again.", "%(count)d emails are sent again.", count)
        messages.success(request, text % {"count": count})
