"""Who may do what at the desk: three groups, made anew after every migration, and what nobody may, whoever they are."""

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
