"""The pages of an account: sign-up, invitations, the overview, sessions, and signing in again at a provider."""

from allauth.account.forms import SignupForm
from allauth.account.views import SignupView
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onboarding.models.sessions import hashed_session_key
from onboarding.notifications.account_emails import invited_address
from onboarding.views.access import PartnerRequest
from onboarding.views.account_adapters import INVITED_ADDRESS
from onboarding.views.confirmation import remaining_seconds
from onboarding.workflow.accounts import end_own_sessions, has_verified_address


class ConstantSignupView(SignupView):  # type: ignore[misc]  # allauth ships no types
    """allauth's sign-up, safe against a form that is sent twice, and equally slow for an address with an account."""

    def get_initial(self) -> dict[str, str]:
        """Return the invited address, if there is one."""
        initial: dict[str, str] = super().get_initial()
        return initial | {"email": self.request.session.get(INVITED_ADDRESS, initial.get("email", ""))}

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Create the account; for an address that has one, do the same work and give the same response.

        A double click creates one account: if a concurrent request created it after the validation, redirect to the
        page that follows on a sign-up.
        """
        if form.account_already_exists:
            make_password(form.cleaned_data.get("password1"))  # as for a new account: by far its slowest part
        try:
            with transaction.atomic():  # an account is never stored without the email that confirms its address
                response: HttpResponse = super().form_valid(form)
        except IntegrityError:
            verifies = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
            return redirect("account_email_verification_sent" if verifies else "account_login")
        return response


signup = ConstantSignupView.as_view()


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open the sign-up for the invited address, which then needs no other confirmation."""
    try:
        email = invited_address(token)
    except signing.BadSignature:
        return render(request, "account/invitation_expired.html", status=410)
    request.session[INVITED_ADDRESS] = email
    return redirect("account_signup")


@login_required
@never_cache
@require_safe
def account(request: PartnerRequest) -> HttpResponse:
    """Show what opens the account, with links to change it."""
    own = Authenticator.objects.filter(user=request.user)
    factors = own.exclude(type=Authenticator.Type.RECOVERY_CODES)
    context = {
        "verified": has_verified_address(request.user),
        "has_password": request.user.has_usable_password(),
        "second_factors": factors.count(),
        "sessions": request.user.sessions.count(),
        "has_provider": bool(settings.OIDC_SERVER_URL),
    }
    return render(request, "account/overview.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: PartnerRequest) -> HttpResponse:
    """List the user's sessions. POST ends those that the form names; "others" means all but this one."""
    current = hashed_session_key(str(request.session.session_key))
    rows = request.user.sessions.exclude(signed_in_at=None).order_by("-last_seen_at")
    if request.method == "POST":
        others = "others" in request.POST
        keys = [row.pk for row in rows if row.pk != current] if others else request.POST.getlist("session")
        ended = end_own_sessions(request.user, keys)
        text = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", ended)
        messages.success(request, text % {"count": ended})
        return redirect("account_sessions")
    now = timezone.now()
    live = [row for row in rows if row.remaining(now).total_seconds() > 0]
    return render(request, "account/sessions.html", {"sessions": live, "current": current})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> JsonResponse:
    """Return how long the session still lasts, and the token for forms. POST also counts as a use of the session."""
    seconds = remaining_seconds(request)
    if seconds is None:
        return JsonResponse({"seconds": 0})
    if request.method == "POST":
        row = request.session.row  # type: ignore[attr-defined]  # our own store
        row.last_seen_at = timezone.now()
        row.save(update_fields=["last_seen_at"])
        seconds = remaining_seconds(request)
    return JsonResponse({"seconds": seconds, "token": get_token(request)})


@login_required
@never_cache
@require_safe
def session_renewed(request: PartnerRequest) -> HttpResponse:
    """Say that the user is signed in again, after they did so beside a page whose form they had filled in."""
    return render(request, "account/session_renewed.html")


@login_required
@never_cache
@require_safe
def confirm_provider(request: PartnerRequest) -> HttpResponse:
    """Ask a user without a password and second factor to sign in at the identity provider again."""
    return render(request, "account/confirm_provider.html", {"next": _safe(request)})


def _safe(request: HttpRequest) -> str:
    """Return the address to continue at, if it is one of this site."""
    address = request.GET.get("next", "")
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""
