"""The emails as the desk sees them: those of a case, and the list of all that are not sent."""

from dataclasses import dataclass
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.models import EmailState, OutgoingEmail
from onboarding.notifications.colleague_emails import SHARE
from onboarding.notifications.email_text import EmailText
from onboarding.notifications.rendering import text_of
from onboarding.review.roles import ReadOnlyCaseAdmin
from onboarding.workflow import outbox


@dataclass(frozen=True)
class ShownEmail:
    """An email about a case, with its text as long as it is not sent."""

    row: OutgoingEmail
    subject: str
    body: str


def shown_email(row: OutgoingEmail) -> ShownEmail:
    """Return `row` with its text, in the active language. Notes of an email that was sent are no longer stored.

    The text of an invitation is not shown, because it contains a link that opens something.
    """
    text = text_of(row) or EmailText("", str(row.get_group_display()), "")
    return ShownEmail(row, text.subject, text.body if row.unsent and row.kind != SHARE else "")


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

    def choices(self, changelist: "admin.views.main.ChangeList") -> list[dict[str, object]]:  # type: ignore[override]  # Django's stubs want an iterator of its own type
        """Return the choices, with the default named for what it is."""
        choices: list[dict[str, object]] = [dict(choice) for choice in super().choices(changelist)]
        choices[0]["display"] = _("Not sent")
        return choices


class EmailAdmin(ReadOnlyCaseAdmin):
    """The queue of emails. Staff see why one is late, and let it be sent at once."""

    list_display = ("at", "group", "kind", "recipient_address", "case", "state", "attempts", "error")
    list_display_links = None
    list_filter = (UnsentFilter,)
    list_select_related = ("user", "address", "onboarding")
    ordering = ("-at", "-pk")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions: ClassVar[list[str]] = ["send_again"]

    def has_view_permission(self, request: HttpRequest, obj: OutgoingEmail | None = None) -> bool:
        """Whoever may see cases may see their emails."""
        return request.user.has_perm("onboarding.view_onboarding")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As `has_view_permission`."""
        return self.has_view_permission(request)

    @admin.display(description=gettext_lazy("To"))
    def recipient_address(self, email: OutgoingEmail) -> str:
        """Return the address; empty once it is no longer stored."""
        return email.recipient

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
        rows = OutgoingEmail.objects.filter(pk__in=queryset.values("pk")).exclude(onboarding__owner=request.user)
        count = outbox.retry(rows)
        text = ngettext("%(count)d email is sent again.", "%(count)d emails are sent again.", count)
        messages.success(request, text % {"count": count})
