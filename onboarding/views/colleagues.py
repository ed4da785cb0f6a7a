"""The pages of the people who share an onboarding, and of an invitation."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding.authentication import missing_confirmation, redirect_to_confirmation
from onboarding.forms.colleagues import InviteForm
from onboarding.models import Invitation, Onboarding, Role, User
from onboarding.views.access import PartnerRequest, confirmed, owned_onboarding, posted_value, show_limit
from onboarding.views.account_adapters import INVITED_ADDRESS
from onboarding.workflow import colleagues as workflow
from onboarding.workflow.limits import LimitReachedError
from onboarding.workflow.next_step import Progress
from onboarding.workflow.transitions import TransitionNotAllowedError


@owned_onboarding("GET", "HEAD", "POST", needs=Role.READER)
def colleagues(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """List the people who may open the onboarding. POST invites one, which needs a member who has confirmed it."""
    onboarding = progress.onboarding
    if progress.closed:
        return redirect("onboarding:hub", onboarding.pk)
    confirmation = missing_confirmation(request)
    if request.method == "POST" and confirmation:
        return redirect_to_confirmation(confirmation, request.path)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invite(request, onboarding, form):
        return redirect("onboarding:colleagues", onboarding.pk)
    context = {
        "progress": progress,
        "form": form,
        "confirmation": confirmation,
        "members": onboarding.memberships.select_related("user"),
        "invitations": onboarding.invitations.pending(),
        "own": onboarding.memberships.filter(user=request.user).first(),
        "may_act": request.role.includes(Role.MEMBER),
        "is_owner": request.role == Role.OWNER,
    }
    return render(request, "onboarding/colleagues.html", context)


def _invite(request: PartnerRequest, onboarding: Onboarding, form: InviteForm) -> bool:
    """Send the invitation; return False, with an error in `form`, if that is not possible."""
    email = form.cleaned_data["email"]
    try:
        workflow.invite(onboarding, request.user, email, Role(form.cleaned_data["role"]))
    except LimitReachedError as error:
        show_limit(request, form, error, subject=onboarding, field="email")
        return False
    except TransitionNotAllowedError:
        form.add_error("email", _("This person may open the onboarding already, or you may not invite anybody."))
        return False
    messages.success(request, _("We emailed an invitation to %(email)s.") % {"email": email})
    return True


@owned_onboarding("POST")
@confirmed("colleagues")
def remove(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Take the access from a colleague."""
    workflow.remove_colleague(progress.onboarding, request.user, _number(request, "membership"))
    messages.success(request, _("Your colleague can’t open this onboarding any more."))
    return redirect("onboarding:colleagues", progress.onboarding.pk)


@owned_onboarding("POST")
def revoke(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Make an invitation stop working."""
    try:
        pk = str(uuid.UUID(posted_value(request, "invitation")))
    except ValueError:
        return redirect("onboarding:colleagues", progress.onboarding.pk)
    workflow.revoke_invitation(progress.onboarding, request.user, pk)
    messages.success(request, _("The invitation no longer works."))
    return redirect("onboarding:colleagues", progress.onboarding.pk)


@owned_onboarding("POST", needs=Role.OWNER)
@confirmed("colleagues")
def hand_over(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Offer the onboarding to a member."""
    workflow.hand_over(progress.onboarding, request.user, _number(request, "membership"))
    messages.success(request, _("We emailed your offer. You stay the owner until it is accepted."))
    return redirect("onboarding:colleagues", progress.onboarding.pk)


@owned_onboarding("POST", needs=Role.READER)
def leave(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Give up the own access."""
    workflow.leave(progress.onboarding, request.user)
    messages.success(request, _("You have left the onboarding."))
    return redirect("onboarding:onboardings")


@owned_onboarding("POST")
def emails(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Store whether a member wants the emails of the onboarding."""
    wanted = posted_value(request, "wanted") == "on"
    workflow.set_wants_emails(progress.onboarding, request.user, wanted=wanted)
    messages.success(request, _("You get the emails.") if wanted else _("You get no more emails."))
    return redirect("onboarding:colleagues", progress.onboarding.pk)


def _number(request: PartnerRequest, name: str) -> int:
    """Return a posted id; 0, which no row has, if it is no number that a database stores."""
    value = posted_value(request, name)
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else 0


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation. POST accepts it; somebody who is not signed in signs in or up first."""
    found = workflow.invitation_for(token)
    if found is None:
        return render(request, "account/invitation_expired.html", status=410)
    if not request.user.is_authenticated:
        # As with an invitation of our desk: the link proves who reads the emails to this address.
        request.session[INVITED_ADDRESS] = found.email
        return render(request, "onboarding/invitation.html", {"invitation": found})
    if request.method == "POST":
        return _accept(request, request.user, found)
    is_other = request.user.email.lower() != found.email
    return render(request, "onboarding/invitation.html", {"invitation": found, "is_other_account": is_other})


def _accept(request: HttpRequest, user: User, found: Invitation) -> HttpResponse:
    try:
        workflow.accept_invitation(found, user)
    except TransitionNotAllowedError:
        messages.error(request, _("This invitation can’t be accepted with this account, or not any more."))
        return redirect("onboarding:onboardings")
    return redirect("onboarding:hub", found.onboarding_id)
