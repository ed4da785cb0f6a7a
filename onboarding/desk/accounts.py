"""Who is staff, and in which role; accounts themselves are made by signing up."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

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
