"""The admin page of the accounts: administrators give roles, end sessions, and close accounts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.authentication import missing_confirmation, redirect_to_confirmation
from onboarding.languages import moment
from onboarding.models import Onboarding, User
from onboarding.review.roles import ROLES, actor_of
from onboarding.workflow.accounts import (
    UnverifiedAddressError,
    current_role,
    end_all_sessions,
    has_verified_address,
    set_active,
    set_role,
)
from onboarding.workflow.erasure import erase_account

# The lookups of the list's own filters. By default Django allows a lookup by any column, which would let staff guess
# the hash of a password character by character.
ALLOWED_LOOKUPS = frozenset({"is_staff__exact", "groups__id__exact", "groups__isnull"})
ROLE_CHOICE_LABELS = {
    "auditor": gettext_lazy("Auditor: reads everything"),
    "reviewer": gettext_lazy("Reviewer: acts on cases"),
    "administrator": gettext_lazy("Administrator: also manages accounts"),
}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """The role of an account, and whether it is open."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        required=False,
        choices=[("", gettext_lazy("None: a partner")), *((name, ROLE_CHOICE_LABELS[name]) for name in ROLES)],
        help_text=gettext_lazy(
            "A new role ends all sessions of the account, and removes its password, second factor and other addresses. "
            "The owner gets an email and chooses a new password."
        ),
    )

    class Meta:
        model = User
        fields = ("is_active",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = current_role(self.instance)

    def clean_role(self) -> str:
        """Refuse a role for an address that is not verified."""
        role: str = self.cleaned_data["role"]
        if role and role != current_role(self.instance) and not has_verified_address(self.instance):
            raise forms.ValidationError(
                _("The owner has not confirmed this email address. An account gets a role only after that."),
                code="unverified_address",
            )
        return role


class RoleFilter(admin.RelatedFieldListFilter):
    """Filters by role, with the roles' labels."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        """Return the roles; a group without a label keeps its name."""
        groups = super().field_choices(field, request, model_admin)
        return [(pk, ROLE_CHOICE_LABELS.get(str(name), name)) for pk, name in groups]


class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """Administrators give roles, end sessions and close accounts; only a superuser changes another superuser."""

    form = AccountForm
    list_display = ("email", "staff", "open", "last_login")
    list_filter = ("is_staff", ("groups", RoleFilter))
    search_fields = ("email",)
    ordering = ("email",)
    fields = ("email", "is_active", "role", "last_login", "date_joined", "open_sessions")
    readonly_fields = ("email", "last_login", "date_joined", "open_sessions")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("end_sessions", "erase_accounts")

    @admin.display(description=gettext_lazy("Staff"), ordering="is_staff")
    def staff(self, user: User) -> str:
        """Return whether the account is one of staff, in words: the icons of Django are not translated."""
        return _("Yes") if user.is_staff else _("No")

    @admin.display(description=gettext_lazy("Open"), ordering="is_active")
    def open(self, user: User) -> str:
        """Return whether the account can sign in, in words."""
        return _("Yes") if user.is_active else _("No")

    @admin.display(description=gettext_lazy("Sessions"))
    def open_sessions(self, user: User) -> SafeString | str:
        """Return the sessions that have not ended, each in a line."""
        rows = [
            (moment(row.signed_in_at), row.address or "", row.user_agent)
            for row in user.sessions.order_by("-last_seen_at")[:20]
            if row.signed_in_at
        ]
        if not rows:
            return _("None")
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}, {} {}</li>", rows))

    @admin.action(description=gettext_lazy("End all sessions"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """End every session of the selected accounts that the user may change."""
        if page := missing_confirmation(request):
            return redirect_to_confirmation(page, reverse("admin:onboarding_user_changelist"))
        users = [user for user in queryset if self.has_change_permission(request, user)]
        for user in users:
            end_all_sessions(user, actor_of(request))
        text = ngettext(
            "Ended the sessions of %(count)d account.", "Ended the sessions of %(count)d accounts.", len(users)
        )
        messages.success(request, text % {"count": len(users)})
        return None

    @admin.action(description=gettext_lazy("Erase accounts"), permissions=["change"])
    def erase_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Ask, then erase the selected accounts that the user may change and that have no role.

        Those that share an onboarding of theirs with the user are left out: the user could become its owner.
        """
        if page := missing_confirmation(request):
            return redirect_to_confirmation(page, reverse("admin:onboarding_user_changelist"))
        shared = Onboarding.objects.filter(memberships__user=actor_of(request)).values("owner")
        erasable = queryset.exclude(pk__in=shared).exclude(is_staff=True)
        users = [user for user in erasable if self.has_change_permission(request, user)]
        if request.POST.get("confirmed") != "1":
            context = self.admin_site.each_context(request) | {
                "title": _("Erase accounts"),
                "users": users,
                "checkbox": ACTION_CHECKBOX_NAME,
                "opts": self.opts,
            }
            return TemplateResponse(request, "admin/onboarding/user/erase.html", context)
        for user in users:
            erase_account(user, actor_of(request), "administrator")
        text = ngettext("Erased %(count)d account.", "Erased %(count)d accounts.", len(users))
        messages.success(request, text % {"count": len(users)})
        return None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Return the page of an account, after a confirmation of the session."""
        if (page := missing_confirmation(request)) and self.has_view_permission(request):
            return redirect_to_confirmation(page, request.path)
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: User, form: AccountForm, change: bool) -> None:
        """Store the role and whether the account is open, and nothing else."""
        if "is_active" in form.changed_data:
            set_active(obj, actor_of(request), active=form.cleaned_data["is_active"])
        try:
            set_role(obj, form.cleaned_data["role"], actor_of(request))
        except UnverifiedAddressError:  # since the form was checked
            messages.error(request, _("The role was not given: the address is not confirmed any more."))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Whether the list may be filtered by `lookup`."""
        return lookup in ALLOWED_LOOKUPS

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: people sign up themselves, and confirm their address."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: the history refers to accounts, so they are closed instead."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change `obj`: nobody changes their own roles, and only superusers a superuser's."""
        if obj is not None and not request.user.is_superuser and (obj.is_superuser or obj.pk == request.user.pk):
            return False
        return super().has_change_permission(request, obj)
