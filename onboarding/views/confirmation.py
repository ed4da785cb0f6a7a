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
    account account_notices account_unsubscribe
    account_sessions account_session account_session_renewed account_invitation account_confirm_provider
    account_login account_logout account_signup account_inactive account_reauthenticate account_confirm_email
    account_email_verification_sent account_reset_password account_reset_password_done
    account_reset_password_from_key account_reset_password_from_key_done
    mfa_index mfa_authenticate mfa_reauthenticate mfa_reauthenticate_webauthn
    openid_connect_login openid_connect_callback socialaccount_login_cancelled socialaccount_login_error
    socialaccount_signup
    """.split()
)
ENROLMENT_PAGES = frozenset({"mfa_activate_totp", "mfa_add_webauthn"})


class SessionMiddleware:
    """Notes that the session is used, and asks for a confirmation before a page that changes the account."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseRedirect | None:
        """Redirect to the confirmation if the page needs one and the session has none."""
        match = request.resolver_match
        if match is None or not request.user.is_authenticated:
            return None
        if match.url_name != "account_session":  # asking how long the session still lasts is no use
            _note_use(request)
        if not match.route.startswith("accounts/"):
            return None
        if match.url_name in UNCONFIRMED_PAGES and not _links_provider(request):
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


def _links_provider(request: HttpRequest) -> bool:
    """Whether the request links an account of the identity provider, which would then open this account."""
    return "connect" in {request.GET.get("process"), request.POST.get("process")}


def _note_use(request: HttpRequest) -> None:
    """Store that the session is used now, if the stored time is more than ACTIVITY_EVERY old."""
    row, now = getattr(request.session, "row", None), timezone.now()
    if row is not None and now - row.last_seen_at > ACTIVITY_EVERY:
        row.last_seen_at = now
        row.save(update_fields=["last_seen_at"])


def session_end(request: HttpRequest) -> dict[str, int]:
    """Return for templates how many seconds the session lasts unless it is used; nothing if nobody is signed in."""
    seconds = remaining_seconds(request)
    return {} if seconds is None else {"session_seconds": seconds}


def remaining_seconds(request: HttpRequest) -> int | None:
    """Return how many seconds the session lasts unless it is used; None if nobody is signed in.

    The time of its last use is stored only every minute, so it may last a minute longer.
    """
    if not hasattr(request, "user") or not request.user.is_authenticated:
        return None
    row = getattr(request.session, "row", None)
    return None if row is None else max(0, int(row.remaining(timezone.now()).total_seconds()))
