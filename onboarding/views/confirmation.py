"""The limits of sessions as a page sees them, and the confirmation that comes before an account is changed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from onboarding.authentication import missing_confirmation, redirect_to_confirmation
from onboarding.workflow.accounts import has_verified_address

Handler = Callable[[HttpRequest], HttpResponse]
ACTIVITY_EVERY = timedelta(minutes=1)  # how exactly the last use of a session is stored

# The pages under /accounts/ that change nothing about an account, or that somebody needs who is not signed in. All
# others, also those of a later version of allauth, ask for a confirmation first.
UNCONFIRMED_PAGES = frozenset(
    """
    account account_sessions account_session account_session_renewed account_invitation account_confirm_provider
    account_login account_logout account_signup account_inactive account_reauthenticate account_confirm_email
    account_email_verification_sent account_reset_password account_reset_password_done
    account_reset_password_from_key account_reset_password_from_key_done
    mfa_index mfa_authenticate mfa_reauthenticate mfa_reauthenticate_webauthn
    openid_connect_login openid_connect_callback socialaccount_login_cancelled socialaccount_login_error
    socialaccount_signup
    """.split()
)
ENROLMENT_PAGES = frozenset({"mfa_activate_totp", "mfa_add_webauthn"})


def session_activity_middleware(get_response: Handler) -> Handler:
    """Note that the session was used, so that it is not idle. Asking how long it still lasts is no use."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match, row = request.resolver_match, getattr(request.session, "row", None)
        asked = match is not None and match.url_name == "account_session" and request.method != "POST"
        now = timezone.now()
        if row is not None and row.user_id and not asked and now - row.last_seen_at > ACTIVITY_EVERY:
            type(row).objects.filter(pk=row.pk).update(last_seen_at=now)
        return response

    return middleware


class ConfirmationMiddleware:
    """Asks for the password, and for the second factor, before a page that changes the account."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseRedirect | None:
        """Redirect to the confirmation if the page needs one and the session has none."""
        match = request.resolver_match
        if match is None or not match.route.startswith("accounts/") or not request.user.is_authenticated:
            return None
        if match.url_name in UNCONFIRMED_PAGES:
            return None
        if match.url_name in ENROLMENT_PAGES and not has_verified_address(request.user):
            messages.error(request, _("Confirm your email address first. The link is in the email that we sent you."))
            return HttpResponseRedirect(reverse("account"))
        page = missing_confirmation(request)
        return redirect_to_confirmation(page, request.path) if page else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseRedirect | None:
        """Redirect to the confirmation if a view of allauth demands one.

        Otherwise allauth would store the form that was sent, with the passwords in it, in the session.
        """
        if not isinstance(exception, ReauthenticationRequired):
            return None
        return redirect_to_confirmation(
            missing_confirmation(request) or reverse("account_reauthenticate"), request.path
        )


def session_end(request: HttpRequest) -> dict[str, int]:
    """Return for templates how many seconds the session lasts unless it is used; nothing if nobody is signed in."""
    seconds = remaining_seconds(request)
    return {} if seconds is None else {"session_seconds": seconds}


def remaining_seconds(request: HttpRequest) -> int | None:
    """Return how many seconds the session lasts unless it is used; None if nobody is signed in.

    A page counts as a use, so it starts with the whole limit of idleness, as far as the age of the session allows.
    """
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return None
    row = getattr(request.session, "row", None)
    return None if row is None else max(0, int(row.remaining(timezone.now()).total_seconds()))
