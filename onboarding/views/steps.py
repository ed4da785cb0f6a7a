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

from onboarding.environments import counterpart
from onboarding.fleets.errors import FleetsError
from onboarding.forms.base import as_paragraph
from onboarding.forms.certificate import CertificateForm
from onboarding.forms.details import CompanyForm, LoginForm
from onboarding.forms.key import ExportForm, KeyForm, RequestForm
from onboarding.forms.request import ImportRequestForm
from onboarding.messages.finding import Finding
from onboarding.models import SUBJECT_COLUMNS, User
from onboarding.notifications.drafts import login_draft, request_draft
from onboarding.pki.bundles import jks_command
from onboarding.pki.errors import PkiError
from onboarding.pki.preflight.checks import preflight
from onboarding.pki.subject import Subject
from onboarding.views.access import PartnerRequest, posted, step_page, to_next, to_step, tried_too_often
from onboarding.workflow import certificates, onboardings, requests
from onboarding.workflow.certificates import key_used_elsewhere, known_requests, matched_request
from onboarding.workflow.downloads import curl_for, last_test
from onboarding.workflow.next_step import Progress, Step, other_onboardings


def show(request: PartnerRequest, step: Step, where: Progress | None, **context: Any) -> HttpResponse:
    """The step's template, with what every step's page has."""
    return render(
        request,
        f"onboarding/{step.value}.html",
        {"step": step, "places": Progress.places(where), "where": where, **context},
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PartnerRequest) -> HttpResponse:
    """The first step of a new onboarding."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            onboarding = onboardings.start(
                request.user,
                form.cleaned_data["onboarding"],
                form.cleaned_data["mzp_login"],
                form.cleaned_data["environment"],
            )
        except PermissionError:
            raise Http404 from None
        if other_onboardings(onboarding).exists():
            messages.info(
                request,
                f"You have another onboarding for {onboarding.mzp_login}. That is fine for a renewal or a second key; "
                "each has a certificate of its own.",
            )
        return to_next(onboarding)
    return show(request, Step.LOGIN, None, form=form, letter=login_draft(settings.STELLANTIS_CONTACT))


@step_page(Step.LOGIN)
def login(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Change the login or the environment, while nothing was made from them; later, through a replaced request."""
    if where.request is not None:
        messages.info(request, "The login is part of the request. To change it, set the request aside first.")
        return redirect("onboarding:replace", where.onboarding.pk)
    known = {"mzp_login": where.onboarding.mzp_login, "environment": where.onboarding.environment}
    form = LoginForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        onboardings.describe(where.onboarding, request.user, {name: form.cleaned_data[name] for name in known})
        return to_next(where.onboarding)
    return show(request, Step.LOGIN, where, form=form, letter=login_draft(settings.STELLANTIS_CONTACT))


@step_page(Step.COMPANY)
def company(request: PartnerRequest, where: Progress) -> HttpResponse:
    """The rest of the subject; with a request out, changing it asks first, because it means a new one."""
    onboarding = where.onboarding
    known = {name: getattr(onboarding, name) for name in SUBJECT_COLUMNS}
    form = CompanyForm(request.POST or None, initial=known, onboarding=onboarding, requested=where.request is not None)
    if request.method == "POST" and form.is_valid():
        onboardings.describe(onboarding, request.user, form.facts)
        return to_next(onboarding)
    return show(request, Step.COMPANY, where, form=form, prescribed=Subject.prescribed())


@step_page(Step.KEY)
@sensitive_variables("form")
def key(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Check the answers, then make the key and the CSR with one POST."""
    if request.method == "POST" and where.request is not None:
        return to_next(where.onboarding)  # the form was sent twice
    if "csr_text" in request.POST:
        return _bring(request, where)
    form = KeyForm(request.POST or None, onboarding=where.onboarding)
    if request.method == "POST" and form.is_valid() and not tried_too_often(request, form):
        requests.make_key(
            where.onboarding, request.user, form.cleaned_data["passphrase"], form.cleaned_data["key_size"]
        )
        return to_next(where.onboarding)
    return _key_page(request, where, form=form, making=form, own=ImportRequestForm())


def _key_page(request: PartnerRequest, where: Progress, **forms: Any) -> HttpResponse:
    return show(request, Step.KEY, where, subject=onboardings.requested_subject(where.onboarding), **forms)


def _bring(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Go on with a request that the partner made elsewhere, if it passes the preflight."""
    subject = onboardings.requested_subject(where.onboarding)
    form = ImportRequestForm(request.POST, request.FILES, login=where.onboarding.mzp_login, known=subject)
    if form.is_valid() and form.checked:
        imported = requests.import_request(where.onboarding, request.user, form.checked)
        if key_used_elsewhere(where.onboarding, imported.spki):
            messages.warning(request, as_paragraph(Finding("key_reused", found="another onboarding")))
        return to_next(where.onboarding)
    return _key_page(request, where, form=form, own=form, making=KeyForm(onboarding=where.onboarding))


@step_page(Step.REQUEST)
@sensitive_variables("form", "passphrase")
def request(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Hand out the CSR, have the passphrase proved, and note that the CSR was sent."""
    current = where.request
    if current is None:
        raise Http404
    proved = current.externally_generated or current.passphrase_proved_at is not None
    form = RequestForm(request.POST or None, proved=proved)
    if request.method == "POST" and current.sent_at is not None:
        return to_next(where.onboarding)
    if request.method == "POST" and form.is_valid() and (proved or not tried_too_often(request, form)):
        try:
            if not proved:
                requests.prove_passphrase(current, request.user, form.cleaned_data["passphrase"])
            if form.cleaned_data["sent"]:
                requests.mark_sent(current, request.user)
            return to_next(where.onboarding)
        except PkiError as error:
            form.add_finding(error.finding, "passphrase")
    signs_at_once = counterpart(where.onboarding.environment).signs_at_once
    return show(
        request,
        Step.REQUEST,
        where,
        form=form,
        subject=onboardings.requested_subject(where.onboarding),
        letter=request_draft(settings.STELLANTIS_CONTACT, current),
        proved=proved,
        checked=preflight(current.csr_pem, where.onboarding.mzp_login),
        signs_at_once=signs_at_once,
        mail_open=proved and not signs_at_once,  # in a rehearsal nobody should send it by mistake
    )


@step_page(Step.REQUEST, "POST")
def sign(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Have the environment's signing address answer the request, where it has one."""
    if where.request is None or where.request.sent_at is not None:
        return to_next(where.onboarding)
    try:
        requests.request_signing(where.request, request.user)
    except FleetsError as error:
        messages.error(request, error.text)
        return to_step(where.onboarding, Step.REQUEST)
    return to_next(where.onboarding)


@step_page(Step.CERTIFICATE)
def certificate(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Read what came back, and keep it if it answers one of the onboarding's requests."""
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        onboarding=where.onboarding,
        requests=known_requests(where.onboarding),
        now=timezone.now(),
        kept=where.answer,
        has_client_id=where.has_client_id,
    )
    if request.method == "POST":
        complete = form.is_valid()
        _keep_what_is_right(request.user, where, form)
        if complete:
            for remark in form.remarks:
                messages.info(request, as_paragraph(remark))
            return to_next(where.onboarding)
    answer = where.request.issued_certificate if where.request else None
    return show(
        request,
        Step.CERTIFICATE,
        where,
        form=form,
        answer=answer,
        authorities=answer.ca_certificates if answer else [],
        signing_response=getattr(where.request, "signing_response", None),
        client_ids=where.onboarding.client_ids.all(),
    )


def _keep_what_is_right(user: User, where: Progress, form: CertificateForm) -> None:
    """Keep each half even where the other is still missing: nobody chooses files twice."""
    if form.answer:
        answered = matched_request(where.onboarding, form.answer)
        certificates.accept_certificate(answered, user, form.answer, form.remarks)
    if value := form.cleaned_data.get("client_id"):
        certificates.add_client_id(where.onboarding, user, value, form.cleaned_data.get("client_id_label", ""))


@step_page(Step.CERTIFICATE, "POST")
def forget_client_id(request: PartnerRequest, where: Progress) -> HttpResponse:
    """Remove one client ID; the form names it."""
    certificates.remove_client_id(where.onboarding, request.user, posted(request, "client_id"))
    return to_step(where.onboarding, Step.CERTIFICATE)


@step_page(Step.DONE, "GET", "HEAD")
def done(request: PartnerRequest, where: Progress) -> HttpResponse:
    """The fleets, and what to keep."""
    return done_page(
        request, where, ExportForm(externally_generated=bool(where.request and where.request.externally_generated))
    )


def done_page(request: PartnerRequest, where: Progress, form: ExportForm) -> HttpResponse:
    """The last step's page, with the form for the files that hold the key."""
    good = last_test(where.onboarding, succeeded=True)
    return show(
        request,
        Step.DONE,
        where,
        form=form,
        good=good,
        curl=curl_for(where.onboarding),
        jks=jks_command(),
        has_chain=bool(where.answer and where.answer.presented[1:]),
        has_cas=bool(where.answer and where.answer.anchors[1:]),
    )
