"""How the present session was authenticated: whether somebody confirmed it recently, and used a second factor in it.

allauth keeps a record of each step in the session: {"method": "password", "at": seconds, "reauthenticated": True}.
"""

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

CODES = [Authenticator.Type.TOTP]
SECOND_FACTORS = [*CODES, Authenticator.Type.WEBAUTHN]  # recovery codes alone are none: they stand in for one of these


def has_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the account has an authenticator app or a security key."""
    return bool(is_mfa_enabled(user, SECOND_FACTORS))


def used_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor was used in this session: here, or at an identity provider that says so."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" or record.get("second_factor") for record in records)


def second_factor_page(user: AbstractBaseUser | AnonymousUser) -> str:
    """Return the address of the page that asks for the second factor of an account that has one."""
    return reverse("mfa_reauthenticate" if is_mfa_enabled(user, CODES) else "mfa_reauthenticate_webauthn")


def missing_confirmation(request: HttpRequest) -> str:
    """Return the address of the page where the user confirms this session; "" if they did so recently.

    A confirmation takes the password and, where the account has one, the second factor. Signing in is none: whoever
    holds a cookie that was stolen a minute later has done neither.
    """
    user = request.user
    fresh = _fresh_methods(request)
    if isinstance(user, AbstractBaseUser) and user.has_usable_password() and "password" not in fresh:
        return reverse("account_reauthenticate")
    if has_second_factor(user) and "mfa" not in fresh:
        return second_factor_page(user)
    if not fresh:
        return reverse("account_confirm_provider")
    return ""


def _fresh_methods(request: HttpRequest) -> set[str]:
    """Return the methods that confirmed this session recently.

    An identity provider can't be asked by a stranger's cookie, so signing in there again counts as a confirmation.
    """
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return {
        record["method"]
        for record in get_authentication_records(request, request.user)
        if record["at"] > since and (record.get("reauthenticated") or record["method"] == "socialaccount")
    }


def redirect_to_confirmation(page: str, then: str) -> HttpResponseRedirect:
    """Redirect to the `page` that confirms the session, which leads on to the address `then`.

    Nothing of a form that was sent is kept: it may contain passwords, and the session is stored.
    """
    return HttpResponseRedirect(f"{page}?{urlencode({'next': then})}")
