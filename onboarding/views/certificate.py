"""The certificate step: upload the certificates, and add or remove client IDs."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone

from onboarding.forms.base import as_paragraph
from onboarding.forms.certificate import CertificateForm
from onboarding.limits import UPLOADS
from onboarding.messages.message import Severity
from onboarding.models import Onboarding, User
from onboarding.pki.bundles import CERTIFICATE_FILE, PUBLIC_FILES
from onboarding.views.access import (
    PartnerRequest,
    limit_reached,
    posted_value,
    redirect_to_next,
    redirect_to_step,
    render_step,
    step_page,
)
from onboarding.views.done import attachment
from onboarding.workflow import certificates
from onboarding.workflow.certificates import known_requests, matched_request
from onboarding.workflow.next_step import Progress, Step, progress_of


@step_page(Step.CERTIFICATE)
def certificate_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show what is stored, and the upload form. POST stores the accepted parts, even if another part is refused."""
    form = certificate_form_of(progress, request.POST or None, request.FILES or None)
    if request.method == "POST" and not limit_reached(request, form, UPLOADS, subject=progress.onboarding):
        complete = form.is_valid()
        store_accepted(request.user, progress, form)
        form.set_aside_missing_ca()
        if complete:
            for remark in form.remarks:
                messages.info(request, as_paragraph(remark))
            return redirect_to_next(progress.onboarding)
        progress = progress_of(Onboarding.objects.get(pk=progress.onboarding.pk))  # a part may have been stored
    issued = progress.issued_certificate
    return render_step(
        request,
        Step.CERTIFICATE,
        progress,
        form=form,
        issued_certificate=issued,
        warnings=[found for found in issued.stored_findings if found.severity == Severity.WARNING] if issued else [],
        ca_certificates=issued.ca_certificates if issued else [],
        signing_response=getattr(progress.request, "signing_response", None),
        client_ids=progress.client_ids,
    )


def certificate_form_of(progress: Progress, data: Any, files: Any) -> CertificateForm:
    """Return the form of the step. In a practice run, the client ID is filled in; a real one comes by email."""
    signing_response = getattr(progress.request, "signing_response", None)
    offered = signing_response.client_id if signing_response and not progress.client_ids else ""
    return CertificateForm(
        data,
        files,
        onboarding=progress.onboarding,
        requests=known_requests(progress.onboarding),
        now=timezone.now(),
        issued_certificate=progress.issued_certificate,
        has_client_id=bool(progress.client_ids),
        initial={"client_id": offered},
    )


def store_accepted(user: User, progress: Progress, form: CertificateForm) -> None:
    """Store the parts that the form accepted."""
    accepted = form.accepted
    if accepted.certificates:
        request = matched_request(progress.onboarding, accepted.certificates)
        certificates.accept_certificate(request, user, accepted.certificates, form.remarks)
    if accepted.client_id:
        certificates.add_client_id(progress.onboarding, user, accepted.client_id.value, accepted.client_id.label)


@step_page(Step.CERTIFICATE, "GET", "HEAD")
def practice_file(request: PartnerRequest, progress: Progress, name: str) -> HttpResponse:
    """Download a file of the practice email: the signing response of a rehearsal."""
    signing_response = getattr(progress.request, "signing_response", None)
    if signing_response is None or name not in PUBLIC_FILES:
        raise Http404
    return attachment(name, signing_response.certificate_pem if name == CERTIFICATE_FILE else signing_response.ca_pem)


@step_page(Step.CERTIFICATE, "POST")
def distrust_ca(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Remove the confirmation of the CA certificate whose fingerprint the form names."""
    if progress.issued_certificate is None:
        raise Http404
    certificates.distrust_ca(progress.issued_certificate, request.user, posted_value(request, "fingerprint"))
    return redirect_to_step(progress.onboarding, Step.CERTIFICATE)


@step_page(Step.CERTIFICATE, "POST")
def forget_client_id(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Remove the client ID that the form names."""
    certificates.remove_client_id(progress.onboarding, request.user, posted_value(request, "client_id"))
    return redirect_to_step(progress.onboarding, Step.CERTIFICATE)
