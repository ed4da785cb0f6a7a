"""The pages outside the steps: home, the list, the hub, and those that withdraw, replace or discard."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding.fleets.diagnosis import current_result
from onboarding.messages.finding import Finding
from onboarding.models import CLOSED, Onboarding
from onboarding.notifications.drafts import follow_up_draft
from onboarding.views.access import PartnerRequest, confirmed, owned_onboarding, posted_value, redirect_to_next
from onboarding.workflow import certificates, requests
from onboarding.workflow import onboardings as workflow
from onboarding.workflow.next_step import OWNER_LABELS, Progress, Step, other_onboardings, progress_of, step_states

FOLLOW_UP_AFTER = 7  # days without a certificate, before an email that asks about the request is offered


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what the site is for; redirect a user who is signed in to their onboardings."""
    if request.user.is_authenticated:
        return redirect("onboarding:onboardings")
    return render(request, "onboarding/home.html")


@require_safe
@login_required
@never_cache
def onboardings(request: PartnerRequest) -> HttpResponse:
    """List the user's onboardings, each with its next action."""
    owned = Onboarding.objects.filter(owner=request.user)
    progresses = [progress_of(onboarding) for onboarding in owned]
    return render(request, "onboarding/onboardings.html", {"progresses": progresses})


@owned_onboarding("GET", "HEAD")
def hub(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the state of an onboarding, its next action, and its history."""
    events = progress.onboarding.events.select_related("actor")
    context = {
        "progress": progress,
        "steps": step_states(progress),
        "events": events,
        "closing_event": events.filter(to_status__in=CLOSED).last() if progress.closed else None,
        "replaced_requests": progress.onboarding.requests.filter(replaced_at__isnull=False, sealed_key__isnull=False),
        "other_onboardings": other_onboardings(progress.onboarding),
        "owner_label": OWNER_LABELS[progress.next_action.owner],
        "failed_verdict": _failed_verdict(progress),
        **_follow_up(progress),
    }
    return render(request, "onboarding/hub.html", context)


def _failed_verdict(progress: Progress) -> dict[str, str] | None:
    """Return the stored verdict of the last test, if it failed and a test is the next step."""
    test = progress.last_test if progress.next_step == Step.TEST else None
    return current_result(test.result)["verdict"] if test and not test.result.get("succeeded") else None


def _follow_up(progress: Progress) -> dict[str, object]:
    """Return, after FOLLOW_UP_AFTER days without a certificate, how long the partner has waited, and an email draft."""
    request = progress.request
    if request is None or request.sent_at is None or not progress.waits_for_certificate:
        return {}
    days = (timezone.now() - request.sent_at).days
    if days < FOLLOW_UP_AFTER:
        return {}
    waited = Finding("no_answer", params={"days": days})
    return {"waited": waited, "follow_up": follow_up_draft(settings.STELLANTIS_CONTACT, request)}


@owned_onboarding("GET", "HEAD", "POST")
@confirmed("replace")
def replace(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Replace the key and the request: after a lost passphrase, or to change the login."""
    if progress.request is None or progress.closed:
        return redirect("onboarding:hub", progress.onboarding.pk)
    if request.method == "POST":
        requests.replace_request(progress.onboarding, request.user)
        messages.info(request, _("The old request is replaced. Create a new key now."))
        return redirect_to_next(progress.onboarding)
    return render(request, "onboarding/replace.html", {"progress": progress})


@owned_onboarding("POST")
@confirmed("hub")
def discard(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Delete the key of a replaced request for good; the form names the request by its fingerprint."""
    fingerprint = posted_value(request, "fingerprint")
    for replaced in progress.onboarding.requests.filter(fingerprint=fingerprint, replaced_at__isnull=False):
        certificates.discard_request(replaced, request.user)
        messages.info(request, _("The old key is deleted. A certificate for its request can no longer be used."))
    return redirect("onboarding:hub", progress.onboarding.pk)


@owned_onboarding("GET", "HEAD", "POST")
@confirmed("withdraw")
def withdraw(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Withdraw the onboarding, which closes it."""
    if request.method == "POST":
        workflow.withdraw(progress.onboarding, request.user)
        return redirect("onboarding:hub", progress.onboarding.pk)
    if progress.closed:
        return redirect("onboarding:hub", progress.onboarding.pk)
    return render(request, "onboarding/withdraw.html", {"progress": progress})
