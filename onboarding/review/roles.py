"""The roles at the review desk, and the base of its read-only pages."""

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


def require_permission(allowed: bool) -> None:
    """Raise PermissionDenied unless `allowed`."""
    if not allowed:
        raise PermissionDenied


def make_roles(sender: AppConfig, **_kwargs: Any) -> None:
    """Create or update the groups with exactly the permissions in ROLES. Their members stay."""
    create_permissions(sender, verbosity=0)  # Django creates them only after this signal handler
    for name, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(content_type__app_label="onboarding", codename__in=codenames))


def actor_of(request: HttpRequest) -> User:
    """Return the signed-in user. Raise TypeError if nobody is signed in; the admin prevents that."""
    if not isinstance(request.user, User):
        raise TypeError("only staff who are signed in act here")
    return request.user


class ReadOnlyCaseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """Onboardings can be read, and changed only by the review actions: nobody adds, edits or deletes a row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: partners start onboardings."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: fields are never edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: the history of an onboarding is kept."""
        return False

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Whether the user may act on cases."""
        return request.user.has_perm("onboarding.review_onboarding")
