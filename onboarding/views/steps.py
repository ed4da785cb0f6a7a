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
from onboarding.workflow.next_step import Progress, Step, other_onboardings, step_states


def show(request: PartnerRequest, step: Step, progress: Progress | None, **context: Any) -> HttpResponse:
    """The step's template, with what every step's page has."""
    return render(
        request,
        f"onboarding/{step.value}.html",
        {"step": step, "steps": step_states(progress), "progress": progress, **context},
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
def login(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Change the login or the environment, while nothing was made from them; later, through a replaced request."""
    if progress.request is not None:
        messages.info(request, "The login is part of the request. To change it, set the request aside first.")
        return redirect("onboarding:replace", progress.onboarding.pk)
    known = {"mzp_login": progress.onboarding.mzp_login, "environment": progress.onboarding.environment}
    form = LoginForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        onboardings.describe(progress.onboarding, request.user, {name: form.cleaned_data[name] for name in known})
        return to_next(progress.onboarding)
    return show(request, Step.LOGIN, progress, form=form, letter=login_draft(settings.STELLANTIS_CONTACT))


@step_page(Step.COMPANY)
def company(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """The rest of the subject; with a request out, changing it asks first, because it means a new one."""
    onboarding = progress.onboarding
    known = {name: getattr(onboarding, name) for name in SUBJECT_COLUMNS}
    requested = progress.request is not None
    form = CompanyForm(request.POST or None, initial=known, onboarding=onboarding, requested=requested)
    if request.method == "POST" and form.is_valid():
        onboardings.describe(onboarding, request.user, form.facts)
        return to_next(onboarding)
    return show(request, Step.COMPANY, progress, form=form, prescribed=Subject.prescribed())


@step_page(Step.KEY)
@sensitive_variables("form")
def key(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Check the answers, then make the key and the CSR with one POST."""
    if request.method == "POST" and progress.request is not None:
        return to_next(progress.onboarding)  # the form was sent twice
    if "csr_text" in request.POST:
        return _bring(request, progress)
    form = KeyForm(request.POST or None, onboarding=progress.onboarding)
    if request.method == "POST" and form.is_valid() and not tried_too_often(request, form):
        requests.make_key(
            progress.onboarding, request.user, form.cleaned_data["passphrase"], form.cleaned_data["key_size"]
        )
        return to_next(progress.onboarding)
    return _key_page(request, progress, form=form, making=form, own=ImportRequestForm())


def _key_page(request: PartnerRequest, progress: Progress, **forms: Any) -> HttpResponse:
    return show(request, Step.KEY, progress, subject=onboardings.requested_subject(progress.onboarding), **forms)


def _bring(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Go on with a request that the partner made elsewhere, if it passes the preflight."""
    subject = onboardings.requested_subject(progress.onboarding)
    form = ImportRequestForm(request.POST, request.FILES, login=progress.onboarding.mzp_login, known=subject)
    if form.is_valid() and form.checked:
        imported = requests.import_request(progress.onboarding, request.user, form.checked)
        if key_used_elsewhere(progress.onboarding, imported.spki):
            messages.warning(request, as_paragraph(Finding("key_reused", found="another onboarding")))
        return to_next(progress.onboarding)
    return _key_page(request, progress, form=form, own=form, making=KeyForm(onboarding=progress.onboarding))


@step_page(Step.REQUEST)
@sensitive_variables("form", "passphrase")
def request(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Hand out the CSR, have the passphrase proved, and note that the CSR was sent."""
    current = progress.request
    if current is None:
        raise Http404
    proved = current.externally_generated or current.passphrase_proved_at is not None
    form = RequestForm(request.POST or None, proved=proved)
    if request.method == "POST" and current.sent_at is not None:
        return to_next(progress.onboarding)
    if request.method == "POST" and form.is_valid() and (proved or not tried_too_often(request, form)):
        try:
            if not proved:
                requests.prove_passphrase(current, request.user, form.cleaned_data["passphrase"])
            if form.cleaned_data["sent"]:
                requests.mark_sent(current, request.user)
            return to_next(progress.onboarding)
        except PkiError as error:
            form.add_finding(error.finding, "passphrase")
    signs_at_once = counterpart(progress.onboarding.environment).signs_at_once
    return show(
        request,
        Step.REQUEST,
        progress,
        form=form,
        subject=onboardings.requested_subject(progress.onboarding),
        letter=request_draft(settings.STELLANTIS_CONTACT, current),
        proved=proved,
        checked=preflight(current.csr_pem, progress.onboarding.mzp_login),
        signs_at_once=signs_at_once,
        mail_open=proved and not signs_at_once,  # in a rehearsal nobody should send it by mistake
    )


@step_page(Step.REQUEST, "POST")
def sign(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Have the environment's signing address answer the request, progress it has one."""
    if progress.request is None or progress.request.sent_at is not None:
        return to_next(progress.onboarding)
    try:
        requests.request_signing(progress.request, request.user)
    except FleetsError as error:
        messages.error(request, error.text)
        return to_step(progress.onboarding, Step.REQUEST)
    return to_next(progress.onboarding)


@step_page(Step.CERTIFICATE)
def certificate(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Read what came back, and keep it if it answers one of the onboarding's requests."""
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        onboarding=progress.onboarding,
        requests=known_requests(progress.onboarding),
        now=timezone.now(),
        kept=progress.issued_certificate,
        has_client_id=progress.has_client_id,
    )
    if request.method == "POST":
        complete = form.is_valid()
        _keep_what_is_right(request.user, progress, form)
        if complete:
            for remark in form.remarks:
                messages.info(request, as_paragraph(remark))
            return to_next(progress.onboarding)
    answer = progress.request.issued_certificate if progress.request else None
    return show(
        request,
        Step.CERTIFICATE,
        progress,
        form=form,
        answer=answer,
        authorities=answer.ca_certificates if answer else [],
        signing_response=getattr(progress.request, "signing_response", None),
        client_ids=progress.onboarding.client_ids.all(),
    )


def _keep_what_is_right(user: User, progress: Progress, form: CertificateForm) -> None:
    """Keep each half even progress the other is still missing: nobody chooses files twice."""
    if form.answer:
        answered = matched_request(progress.onboarding, form.answer)
        certificates.accept_certificate(answered, user, form.answer, form.remarks)
    if value := form.cleaned_data.get("client_id"):
        certificates.add_client_id(progress.onboarding, user, value, form.cleaned_data.get("client_id_label", ""))


@step_page(Step.CERTIFICATE, "POST")
def forget_client_id(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Remove one client ID; the form names it."""
    certificates.remove_client_id(progress.onboarding, request.user, posted(request, "client_id"))
    return to_step(progress.onboarding, Step.CERTIFICATE)


@step_page(Step.DONE, "GET", "HEAD")
def done(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """The fleets, and what to keep."""
    external = bool(progress.request and progress.request.externally_generated)
    return done_page(request, progress, ExportForm(externally_generated=external))


def done_page(request: PartnerRequest, progress: Progress, form: ExportForm) -> HttpResponse:
    """The last step's page, with the form for the files that hold the key."""
    good = last_test(progress.onboarding, succeeded=True)
    return show(
        request,
        Step.DONE,
        progress,
        form=form,
        good=good,
        curl=curl_for(progress.onboarding),
        jks=jks_command(),
        has_chain=bool(progress.issued_certificate and progress.issued_certificate.presented[1:]),
        has_cas=bool(progress.issued_certificate and progress.issued_certificate.anchors[1:]),
    )
