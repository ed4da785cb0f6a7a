"""The page of an account's tokens for the API."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding.authentication import has_second_factor
from onboarding.forms.api_tokens import TokenForm
from onboarding.models import ApiToken, User
from onboarding.review.additions import is_id
from onboarding.review.site import has_desk_role
from onboarding.views.access import PartnerRequest, posted_value
from onboarding.workflow.api_tokens import TooManyTokensError, make_token, revoke_token

TOKENS_SHOWN = 50


def may_work_at_desk(user: User) -> bool:
    """Whether programs may work at the desk for this account: it has a role and a second factor."""
    return has_desk_role(user) and has_second_factor(user)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: PartnerRequest) -> HttpResponse:
    """List the tokens, and create or revoke one.

    A token is shown once, so the response to the form itself has it: a redirect would have to store it.
    """
    context: dict[str, Any] = {}
    if request.method == "POST" and "revoke" in request.POST:
        pk = posted_value(request, "revoke")
        if is_id(pk) and revoke_token(request.user, int(pk)):
            messages.success(request, _("The token is revoked. It no longer works."))
        return redirect("account_tokens")
    form = TokenForm(request.POST or None, at_desk=may_work_at_desk(request.user))
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            lifetime = timedelta(days=entered["days"])
            context["token"] = make_token(request.user, entered["name"], entered["scopes"], lifetime)
            form = TokenForm(at_desk=may_work_at_desk(request.user))
        except TooManyTokensError:
            form.refuse(_("You have too many tokens. Revoke one first."))
    context |= {"form": form, "tokens": ApiToken.objects.filter(user=request.user)[:TOKENS_SHOWN]}
    return render(request, "account/tokens.html", context)
