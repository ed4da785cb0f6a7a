"""Who may do what at the desk: three groups, made anew after every migration from this table."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied

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
