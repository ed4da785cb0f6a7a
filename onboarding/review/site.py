"""The site of the review desk in Django's admin: who may enter it, and which tables it has."""

from collections.abc import Iterable
from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from onboarding.authentication import (
    has_second_factor,
    redirect_to_confirmation,
    second_factor_page,
    used_second_factor,
)
from onboarding.models import User


class DeskSite(admin.AdminSite):
    """Opens for staff with a role, after a second factor was used in the same session."""

    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register the tables of this project, and leave out those that other apps offer (groups, addresses, …)."""
        models: Iterable[type[Model]] = (
            model_or_iterable if isinstance(model_or_iterable, (list, tuple)) else [model_or_iterable]
        )
        own = [model for model in models if model.__module__.startswith("onboarding.")]
        if own:
            super().register(own, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the user may enter: staff with a role, and with their second factor in this session."""
        return has_desk_role(request.user) and used_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to what is missing: the sign-in, the second factor, or its set-up. Others are refused."""
        then = get_next_redirect_url(request) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(then)
        if not has_desk_role(request.user):
            raise PermissionDenied
        if used_second_factor(request):
            return HttpResponseRedirect(then)
        if has_second_factor(request.user):
            return redirect_to_confirmation(second_factor_page(request.user), then)
        messages.info(request, _("The review desk opens only with a second factor. Set one up here, then come back."))
        return redirect("mfa_index")

    def password_change(  # type: ignore[override]  # a redirect instead of a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the page for partners: it has limits, asks for a confirmation, and sends an email."""
        return redirect("account_change_password")


def has_desk_role(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the account is open and has a role at the desk."""
    if not isinstance(user, User):
        return False
    return bool(user.is_active and user.is_staff and user.has_perm("onboarding.view_onboarding"))
