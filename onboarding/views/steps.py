"""One short view a step, named as its URL, template and form."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from onboarding import journey
from onboarding.environments import counterpart
from onboarding.fleets.errors import FleetsError
from onboarding.forms import (
    FACTS,
    CertificateForm,
    CompanyForm,
    ExportForm,
    FleetsTestForm,
    KeyForm,
    LoginForm,
    RequestForm,
    said,
)
from onboarding.letters import login_letter, request_letter
from onboarding.models import ClientId, FleetsTest
from onboarding.pki.answer import KnownRequest
from onboarding.pki.errors import PkiError
from onboarding.pki.subject import Subject
from onboarding.results import curl_for, last_test
from onboarding.steps import Standing, Step, twins_of
from onboarding.views.access import PartnerRequest, step_page, to_next, to_step


def show(request: PartnerRequest, step: Step, where: Standing | None, **context: Any) -> HttpResponse:
    """The step's template, with what every step's page has."""
    return render(
        request,
        f"onboarding/{step.value}.html",
        {"step": step, "places": Standing.places(where), "where": where, **context},
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PartnerRequest) -> HttpResponse:
    """The first step of a new onboarding."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            onboarding = journey.start(
                request.user,
                form.cleaned_data["onboarding"],
                form.cleaned_data["mzp_login"],
                form.cleaned_data["environment"],
            )
        except PermissionError:
            raise Http404 from None
        if twins_of(onboarding).exists():
            messages.info(
                request,
                f"You have another onboarding for {onboarding.mzp_login}. That is fine for a renewal or a second key; "
                "each has a certificate of its own.",
            )
        return to_next(onboarding)
    return show(request, Step.LOGIN, None, form=form, letter=login_letter(settings.STELLANTIS_CONTACT))


@step_page(Step.LOGIN)
def login(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Change the login or the environment, while nothing was made from them; later, through a replaced request."""
    if where.request is not None:
        messages.info(request, "The login is part of the request. To change it, set the request aside first.")
        return redirect("replace", where.onboarding.pk)
    known = {"mzp_login": where.onboarding.mzp_login, "environment": where.onboarding.environment}
    form = LoginForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        journey.describe(where.onboarding, request.user, {name: form.cleaned_data[name] for name in known})
        return to_next(where.onboarding)
    return show(request, Step.LOGIN, where, form=form, letter=login_letter(settings.STELLANTIS_CONTACT))


@step_page(Step.COMPANY)
def company(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The rest of the subject; with a request out, changing it asks first, because it means a new one."""
    onboarding = where.onboarding
    known = {name: getattr(onboarding, name) for name in FACTS}
    form = CompanyForm(request.POST or None, initial=known, onboarding=onboarding, requested=where.request is not None)
    if request.method == "POST" and form.is_valid():
        journey.describe(onboarding, request.user, form.facts)
        return to_next(onboarding)
    return show(request, Step.COMPANY, where, form=form, prescribed=Subject.prescribed())


@step_page(Step.KEY)
@sensitive_variables("form")
def key(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Check the answers, then make the key and the CSR with one POST."""
    form = KeyForm(request.POST or None, onboarding=where.onboarding)
    if request.method == "POST" and where.request is not None:
        return to_next(where.onboarding)  # the form was sent twice
    if request.method == "POST" and form.is_valid():
        journey.make_key(where.onboarding, request.user, form.cleaned_data["passphrase"], form.cleaned_data["key_size"])
        return to_next(where.onboarding)
    return show(request, Step.KEY, where, form=form, subject=journey.subject_of(where.onboarding))


@step_page(Step.REQUEST)
@sensitive_variables("form", "passphrase")
def request(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Hand out the CSR, have the passphrase proved, and note that the CSR was sent."""
    current = where.request
    if current is None:
        raise Http404
    proved = current.passphrase_proved_at is not None
    form = RequestForm(request.POST or None, proved=proved)
    if request.method == "POST" and current.sent_at is not None:
        return to_next(where.onboarding)
    if request.method == "POST" and form.is_valid():
        try:
            if not proved:
                journey.prove_passphrase(current, request.user, form.cleaned_data["passphrase"])
            if form.cleaned_data["sent"]:
                journey.mark_sent(current, request.user)
            return to_next(where.onboarding)
        except PkiError as error:
            form.add_error("passphrase", said(error.finding))
    return show(
        request,
        Step.REQUEST,
        where,
        form=form,
        subject=journey.subject_of(where.onboarding),
        letter=request_letter(settings.STELLANTIS_CONTACT, current),
        signs_at_once=counterpart(where.onboarding.environment).signs_at_once,
    )


@step_page(Step.REQUEST, "POST")
def sign(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Have the environment's signing address answer the request, where it has one."""
    if where.request is None or where.request.sent_at is not None:
        return to_next(where.onboarding)
    try:
        journey.have_signed(where.request, request.user)
    except FleetsError as error:
        messages.error(request, error.text)
        return to_step(where.onboarding, Step.REQUEST)
    return to_next(where.onboarding)


@step_page(Step.CERTIFICATE)
def certificate(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Read what came back, and keep it if it answers the request."""
    if where.request is None:
        raise Http404
    current = KnownRequest(
        spki=where.request.spki, subject=where.request.csr.subject, label="this request", current=True
    )
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        onboarding=where.onboarding,
        requests=[current],
        now=timezone.now(),
        has_certificate=where.answer is not None,
        has_client_id=where.has_client_id,
    )
    if request.method == "POST":
        complete = form.is_valid()
        if form.answer:  # kept even where the client ID is still missing: files are not chosen twice
            journey.accept_certificate(where.request, request.user, form.answer)
        if form.cleaned_data.get("client_id"):
            journey.add_client_id(
                where.onboarding,
                request.user,
                form.cleaned_data["client_id"],
                form.cleaned_data.get("client_id_label", ""),
            )
        if complete:
            return to_step(where.onboarding, Step.TEST)
    return show(
        request,
        Step.CERTIFICATE,
        where,
        form=form,
        answer=where.request.answer,
        handover=getattr(where.request, "handover", None),
        client_ids=where.onboarding.client_ids.all(),
    )


@step_page(Step.CERTIFICATE, "POST")
def forget_client_id(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Remove one client ID; the form names it."""
    journey.remove_client_id(where.onboarding, request.user, request.POST.get("client_id", ""))
    return to_step(where.onboarding, Step.CERTIFICATE)


@step_page(Step.TEST)
@sensitive_variables("form")
def test(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Make the real request, and show what came of the last one."""
    if where.answer is None:
        raise Http404
    client_ids = list(ClientId.objects.filter(onboarding=where.onboarding))
    last = last_test(where.onboarding)
    initial = {"client_id": last.client_id} if last else None
    form = FleetsTestForm(request.POST or None, client_ids=client_ids, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = journey.run_test(
                where.answer,
                request.user,
                form.cleaned_data["test"],
                form.chosen_client_id(),
                passphrase=form.cleaned_data["passphrase"],
                password=form.cleaned_data["password"],
            )
        except PkiError as error:
            form.add_error("passphrase", said(error.finding))
        else:
            return to_step(where.onboarding, after(made))
    return show(request, Step.TEST, where, form=form, last=last)


def after(made: FleetsTest) -> Step:
    """Where a test leads: to the fleets, or back to what went wrong."""
    return Step.DONE if made.result.get("succeeded") else Step.TEST


@step_page(Step.DONE)
def done(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The fleets, and what to keep."""
    return show(
        request,
        Step.DONE,
        where,
        form=ExportForm(),
        good=last_test(where.onboarding, succeeded=True),
        curl=curl_for(where.onboarding),
    )
