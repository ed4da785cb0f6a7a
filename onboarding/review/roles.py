"""The roles at the review desk, and the page where they are given."""

from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from onboarding.models import User

ROLES: dict[str, tuple[str, ...]] = {
    "auditor": ("view_onboarding", "view_event"),
    "reviewer": ("view_onboarding", "view_event", "review_onboarding"),
    "administrator": (
        "view_onboarding",
        "view_event",
        "review_onboarding",
        "view_user",
        "change_user",
    ),
}


def require(allowed: bool) -> None:
    """Refuse whoever is not `allowed` (PermissionDenied)."""
    if not allowed:
        raise PermissionDenied


def make_roles(sender: AppConfig, **_kwargs: Any) -> None:
    """The groups with just these permissions; people in them stay."""
    create_permissions(sender, verbosity=0)  # Django's own turn comes after this one
    for name, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(content_type__app_label="onboarding", codename__in=codenames))


def actor_of(request: HttpRequest) -> User:
    """Who acts (TypeError: nobody is signed in, which the admin sees to)."""
    if not isinstance(request.user, User):
        raise TypeError("only staff who are signed in act here")
    return request.user


class CaseDesk(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """Cases are read, and acted on through the journey's verbs; nobody adds, edits or removes a row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Partners start onboardings."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Evidence is read-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A case has a history."""
        return False

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Who may act on cases."""
        return request.user.has_perm("onboarding.review_onboarding")


# What the list's own filters ask for. Django lets any column be asked for, so that the hash of a password could be
# guessed letter by letter.
ASKED = frozenset({"is_staff__exact", "groups__id__exact", "groups__isnull"})


class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """An administrator gives roles and closes accounts; only a superuser touches another superuser's."""

    list_display = ("email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "groups")
    search_fields = ("email",)
    ordering = ("email",)
    fields = ("email", "is_active", "is_staff", "groups", "last_login", "date_joined")
    readonly_fields = ("email", "last_login", "date_joined")
    filter_horizontal = ("groups",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list offers."""
        return lookup in ASKED

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up themselves, and prove their address."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The history names them: an account is closed instead."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody lifts themselves, and nobody but a superuser changes one."""
        if obj is not None and not request.user.is_superuser and (obj.is_superuser or obj.pk == request.user.pk):
            return False
        return super().has_change_permission(request, obj)
