"""The roles at the review desk, and the admin page where administrators assign them."""

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


# The lookups of the list's own filters. By default Django allows a lookup by any column, which would let staff guess
# the hash of a password character by character.
ALLOWED_LOOKUPS = frozenset({"is_staff__exact", "groups__id__exact", "groups__isnull"})


class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """Administrators assign roles and close accounts; only a superuser may change another superuser."""

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
