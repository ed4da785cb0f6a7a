"""The pages outside the steps: home, the list, the hub, and those that withdraw, replace or discard."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding.fleets.diagnosis import current_result
from onboarding.messages.finding import Finding
from onboarding.models import CLOSED, Role
from onboarding.notifications.drafts import follow_up_draft
from onboarding.views.access import PartnerRequest, confirmed, owned_onboarding, posted_value, redirect_to_next
from onboarding.views.timeline import timeline_of
from onboarding.workflow import certificates, renewals, requests, watch
from onboarding.workflow import onboardings as workflow
from onboarding.workflow.calendars import FOLLOW_UP_AFTER
from onboarding.workflow.colleagues import actor_name, invitations_of, people_of
from onboarding.workflow.next_step import (
    OWNER_LABELS,
    NextAction,
    Progress,
    Step,
    onboardings_of,
    other_onboardings,
    progress_of,
    step_states,
)
from onboarding.workflow.watch import changes_for

SEARCH_FROM = 10  # onboardings in the list, above which it has a search
TYPED_MAX = 100  # characters
EVENTS_SHOWN = 3  # on the hub; the others are folded


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
    """List the onboardings that the user may open, each with its next action, and the invitations to others."""
    shown = onboardings_of(request.user).select_related("owner")
    searched = request.GET.get("q", "").strip()[:TYPED_MAX] if shown.count() > SEARCH_FROM else ""
    if searched and "\x00" not in searched:
        shown = shown.filter(Q(mzp_login__icontains=searched) | Q(organization__icontains=searched))
    progresses = [progress_of(onboarding) for onboarding in shown]
    context = {
        "progresses": progresses,
        "invitations": invitations_of(request.user),
        "searched": searched,
        "has_search": bool(searched) or len(progresses) > SEARCH_FROM,
        "owners": OWNER_LABELS,
    }
    return render(request, "onboarding/onboardings.html", context)


@owned_onboarding("GET", "HEAD")
def hub(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the state of an onboarding, its next action, and its history."""
    events = progress.onboarding.events.select_related("actor")
    people = people_of(progress.onboarding)
    newest = [(event, actor_name(event, people)) for event in reversed(events)]
    context = {
        "progress": progress,
        "steps": step_states(progress),
        "recent_events": newest[:EVENTS_SHOWN],
        "older_events": newest[EVENTS_SHOWN:],
        "may_act": request.role.includes(Role.MEMBER),
        "is_owner": request.role == Role.OWNER,
        "closing_event": events.filter(to_status__in=CLOSED).last() if progress.closed else None,
        "replaced_requests": progress.onboarding.requests.filter(replaced_at__isnull=False, sealed_key__isnull=False),
        "other_onboardings": other_onboardings(progress.onboarding, request.user),
        "owner_label": OWNER_LABELS[progress.next_action.owner],
        "failed_verdict": _failed_verdict(progress),
        "gateway_changes": changes_for(progress.onboarding),
        "timeline": timeline_of(progress),
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
    if days < FOLLOW_UP_AFTER.days:
        return {}
    waited = Finding("no_answer", params={"days": days})
    return {"waited": waited, "follow_up": follow_up_draft(settings.STELLANTIS_CONTACT, request)}


@owned_onboarding("GET", "HEAD", "POST")
def real(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Start a real onboarding with what was typed in a rehearsal. A form that is sent twice starts one."""
    if not progress.can_become_real:
        return redirect("onboarding:hub", progress.onboarding.pk)
    if request.method == "POST":
        try:
            pk = uuid.UUID(posted_value(request, "onboarding"))
            started = workflow.start_real(request.user, progress.onboarding, pk)
        except (ValueError, PermissionError):
            raise Http404 from None
        return redirect_to_next(started)
    return render(request, "onboarding/real.html", {"progress": progress, "new_id": uuid.uuid4()})


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


@owned_onboarding("POST", needs=Role.OWNER)
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


@owned_onboarding("GET", "HEAD", "POST")
def renew(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Start the onboarding that renews this one, with everything filled in but the key."""
    if progress.renewal is not None:
        return redirect("onboarding:hub", progress.renewal.pk)
    if not progress.may_renew:
        return redirect("onboarding:hub", progress.onboarding.pk)
    if request.method == "POST":
        renewal = renewals.renew(progress.onboarding, request.user)
        messages.success(request, _("The renewal has started. Check the details, then create the key."))
        return redirect_to_next(renewal)
    return render(request, "onboarding/renew.html", {"progress": progress})


@owned_onboarding("GET", "HEAD", "POST")
@confirmed("close_renewed")
def close_renewed(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Close the onboarding, because its renewal is connected."""
    if request.method == "POST":
        renewals.close_renewed(progress.onboarding, request.user)
        messages.success(request, _("The old onboarding is closed. This is the new one."))
        return redirect("onboarding:hub", progress.renewal.pk if progress.renewal else progress.onboarding.pk)
    if progress.next_action != NextAction.CLOSE_RENEWED:
        return redirect("onboarding:hub", progress.onboarding.pk)
    return render(request, "onboarding/close_renewed.html", {"progress": progress})


@owned_onboarding("POST")
def watch_gateway(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Turn the watch of the gateway on or off."""
    watches = posted_value(request, "watch") == "on"
    watch.set_watch(progress.onboarding, request.user, watches=watches)
    messages.success(request, _("We look at the gateway every day.") if watches else _("The watch is off."))
    return redirect("onboarding:hub", progress.onboarding.pk)
