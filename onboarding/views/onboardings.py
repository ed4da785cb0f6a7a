"""The pages around the steps: home, the list, the hub, and the two confirmations."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from onboarding.messages.finding import Finding
from onboarding.models import CLOSED, Onboarding
from onboarding.notifications.drafts import reminder_draft
from onboarding.views.access import PartnerRequest, owned_onboarding, posted, to_next
from onboarding.workflow import certificates, requests
from onboarding.workflow import onboardings as workflow
from onboarding.workflow.downloads import last_test
from onboarding.workflow.next_step import OWNER_LABELS, Progress, Step, other_onboardings, progress_of, step_states

REMIND_AFTER = 7  # days without an answer, before a reminder is offered


def home(request: HttpRequest) -> HttpResponse:
    """What this is for; whoever is signed in goes straight to their onboardings."""
    if request.user.is_authenticated:
        return redirect("onboarding:onboardings")
    return render(request, "onboarding/home.html")


@login_required
@never_cache
def onboardings(request: PartnerRequest) -> HttpResponse:
    """The partner's onboardings, each with its next action."""
    mine = Onboarding.objects.filter(owner=request.user)
    return render(request, "onboarding/onboardings.html", {"standings": [progress_of(one) for one in mine]})


@owned_onboarding("GET", "HEAD")
def hub(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Where an onboarding stands, what was done when, and the one next action."""
    events = progress.onboarding.events.select_related("actor")
    context = {
        "progress": progress,
        "steps": step_states(progress),
        "events": events,
        "ended": events.filter(to_status__in=CLOSED).last() if progress.closed else None,
        "kept": progress.onboarding.requests.filter(replaced_at__isnull=False, sealed_key__isnull=False),
        "twins": other_onboardings(progress.onboarding),
        "last": last_test(progress.onboarding),
        "owner_label": OWNER_LABELS[progress.next_action.owner],
        "last_failed": _failed(progress),
        **_reminder(progress),
    }
    return render(request, "onboarding/hub.html", context)


def _failed(progress: Progress) -> dict[str, str] | None:
    """The verdict of the last test, where it failed and testing is next."""
    test = progress.last_test if progress.next_step == Step.TEST else None
    return test.result["verdict"] if test and not test.result.get("succeeded") else None


def _reminder(progress: Progress) -> dict[str, object]:
    """Once the answer has been waited for: how long, and a letter that asks after it."""
    request = progress.request
    if request is None or request.sent_at is None or not progress.waits_for_operator:
        return {}
    days = (timezone.now() - request.sent_at).days
    if days < REMIND_AFTER:
        return {}
    waited = Finding("no_answer", params={"days": days})
    return {"waited": waited, "reminder": reminder_draft(settings.STELLANTIS_CONTACT, request)}


@owned_onboarding("GET", "HEAD", "POST")
def replace(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Give up the key and the request, to make new ones: for a lost passphrase."""
    if progress.request is None or progress.closed:
        return redirect("onboarding:hub", progress.onboarding.pk)
    if request.method == "POST":
        requests.replace_request(progress.onboarding, request.user)
        messages.info(request, "The old request was set aside. Make a new key now.")
        return to_next(progress.onboarding)
    return render(request, "onboarding/replace.html", {"progress": progress})


@owned_onboarding("POST")
def discard(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Forget the key of a replaced request for good; the form names the request by its fingerprint."""
    kept = progress.onboarding.requests.filter(fingerprint=posted(request, "fingerprint"), replaced_at__isnull=False)
    for one in kept:
        certificates.discard_request(one, request.user)
        messages.info(request, "The old key is gone. A certificate for its request can no longer be used.")
    return redirect("onboarding:hub", progress.onboarding.pk)


@owned_onboarding("GET", "HEAD", "POST")
def withdraw(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """End the onboarding."""
    if request.method == "POST":
        workflow.withdraw(progress.onboarding, request.user)
        return redirect("onboarding:hub", progress.onboarding.pk)
    if progress.closed:
        return redirect("onboarding:hub", progress.onboarding.pk)
    return render(request, "onboarding/withdraw.html", {"progress": progress})


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that can't be read (400), or is too large to be (413)."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return render(request, f"{status}.html", status=status)
