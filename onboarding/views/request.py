"""The request step: download the CSR, prove the passphrase, send the CSR; and the page that only checks a CSR."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from onboarding.environments import addresses_of
from onboarding.forms.request import CheckForm, RequestForm
from onboarding.limits import CHECKS, PASSPHRASES, PRACTICE_SIGNATURES
from onboarding.notifications.drafts import request_draft
from onboarding.pki.errors import PkiError
from onboarding.pki.preflight.checks import preflight
from onboarding.rehearsal_client import RehearsalClientError
from onboarding.review.lateness import usual_signing_time
from onboarding.views.access import (
    PartnerRequest,
    limit_reached,
    redirect_to_next,
    redirect_to_step,
    render_step,
    show_limit,
    step_page,
)
from onboarding.views.done import attachment
from onboarding.views.timeline import timeline_of
from onboarding.workflow import onboardings, requests
from onboarding.workflow.calendars import follow_up_calendar
from onboarding.workflow.limits import LimitReachedError, consume
from onboarding.workflow.next_step import Progress, Step

REMIND_AFTER = timedelta(days=14)  # until a calendar reminds the partner to ask about a sent request


@step_page(Step.REQUEST)
@sensitive_variables("form")
def request_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the CSR and what to do with it. POST proves the passphrase, or records that the CSR was sent.

    A returned CSR that has to change can't be sent, so the page offers neither.
    """
    current = progress.request
    if current is None:
        raise Http404
    proved = progress.key_proved
    form = RequestForm(request.POST or None, proved=proved)
    if request.method == "POST" and current.sent_at is not None:
        return redirect_to_step(progress.onboarding, Step.REQUEST)
    if request.method == "POST" and form.is_valid() and _prove_and_send(request, progress, form):
        return redirect_to_step(progress.onboarding, Step.REQUEST)  # the next task, or the confirmation
    signs_at_once = addresses_of(progress.onboarding.environment).signs_at_once
    return render_step(
        request,
        Step.REQUEST,
        progress,
        form=form,
        subject=onboardings.requested_subject(progress.onboarding),
        draft=request_draft(settings.STELLANTIS_CONTACT, current),
        proved=proved,
        integrity_finding=requests.integrity_finding(current),
        checked=preflight(current.csr_pem, progress.onboarding.mzp_login),
        signs_at_once=signs_at_once,
        timeline=timeline_of(progress),
        usual_wait=usual_signing_time() if current.sent_at else "",
        remind_on=timezone.now() + REMIND_AFTER,
    )


@sensitive_variables("form")
def _prove_and_send(request: PartnerRequest, progress: Progress, form: RequestForm) -> bool:
    """Check the passphrase and record the sending, as the form says. Return False, with an error in `form`, or True."""
    subject, current, proved = progress.onboarding, progress.request, progress.key_proved
    if current is None:
        raise Http404
    if not proved and limit_reached(request, form, PASSPHRASES, subject=subject, field="passphrase"):
        return False
    try:
        if not proved:
            requests.prove_passphrase(current, request.user, form.cleaned_data["passphrase"])
        if form.cleaned_data.get("sent"):
            requests.mark_sent(current, request.user)
    except PkiError as error:
        form.add_finding(error.finding, "passphrase")
        return False
    except LimitReachedError as error:
        show_limit(request, form, error, subject=subject, field="passphrase")
        return False
    return True


@step_page(Step.REQUEST, "GET", "HEAD")
def request_csr(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Download the CSR; one that still needs our approval must not be sent, so it can't be downloaded."""
    if progress.request is None:
        raise Http404
    if progress.unapproved:
        return redirect_to_step(progress.onboarding, Step.REQUEST)
    try:
        return attachment("request.csr", requests.checked_csr(progress.request), "application/pkcs10")
    except PkiError:
        return redirect_to_step(progress.onboarding, Step.REQUEST)  # the page shows the finding


@step_page(Step.REQUEST, "GET", "HEAD")
def request_email(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Download the email to the operator as a draft, with the CSR attached; the conditions are those of the CSR."""
    if progress.request is None:
        raise Http404
    if progress.unapproved:
        return redirect_to_step(progress.onboarding, Step.REQUEST)
    try:
        csr = requests.checked_csr(progress.request)
    except PkiError:
        return redirect_to_step(progress.onboarding, Step.REQUEST)  # the page shows the finding
    draft = request_draft(settings.STELLANTIS_CONTACT, progress.request)
    return attachment("request.eml", draft.as_eml("request.csr", csr), "message/rfc822")


@step_page(Step.REQUEST, "GET", "HEAD")
def request_reminder(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Download a calendar entry for the day on which to ask the operator about a sent request."""
    if progress.request is None or progress.request.sent_at is None:
        raise Http404
    calendar = follow_up_calendar(progress.request, timezone.now() + REMIND_AFTER)
    return attachment("reminder.ics", calendar, "text/calendar; charset=utf-8")


@step_page(Step.REQUEST, "POST")
def sign_request(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Have the environment's signing address sign the request, where the environment has one."""
    if progress.request is None or progress.request.sent_at is not None:
        return redirect_to_next(progress.onboarding)
    consume(request.user, PRACTICE_SIGNATURES)
    try:
        requests.request_signing(progress.request, request.user)
    except RehearsalClientError as error:
        messages.error(request, error.text)
        return redirect_to_step(progress.onboarding, Step.REQUEST)
    except PkiError:
        return redirect_to_step(progress.onboarding, Step.REQUEST)  # the page shows the finding
    return redirect_to_next(progress.onboarding)


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check_request(request: PartnerRequest) -> HttpResponse:
    """Check a CSR against Stellantis' rules, and list every finding. Stores nothing."""
    form = CheckForm(request.POST or None, request.FILES or None)
    limited = request.method == "POST" and limit_reached(request, form, CHECKS)
    checked = form.checked if request.method == "POST" and not limited and form.is_valid() else None
    return render(request, "onboarding/check.html", {"form": form, "checked": checked})
