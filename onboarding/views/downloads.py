"""The files that a partner takes along; one with a key in it is a POST with the passphrase, and recorded."""

import re

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from onboarding.forms.key import ExportForm
from onboarding.pki import bundles
from onboarding.pki.errors import PkiError
from onboarding.views.access import PartnerRequest, step_page, to_step, tried_too_often
from onboarding.views.steps import done_page
from onboarding.workflow import downloads
from onboarding.workflow.downloads import CERTIFICATE_FILE, connection_of, expiry_calendar
from onboarding.workflow.next_step import Progress, Step

PUBLIC_FILES = {
    "certificate.pem": bundles.certificate_pem,
    "chain.pem": bundles.chain_pem,
    "fullchain.pem": bundles.fullchain_pem,
    "ca.pem": bundles.ca_pem,
}
CONTENT_TYPES = {"pem": "application/x-pem-file", "p12": "application/x-pkcs12", "zip": "application/zip"}


def plain_file_name(typed: str) -> str:
    """What was typed as part of a file's name: a quotation mark would end the name in the header, and begin another."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", typed).strip("-") or "fleets"


def attachment(name: str, content: str | bytes, content_type: str = "") -> HttpResponse:
    """A file to save; no cache keeps it."""
    response = HttpResponse(content, content_type=content_type or CONTENT_TYPES[name.rpartition(".")[2]])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@step_page(Step.REQUEST, "GET", "HEAD")
def request_csr(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """The CSR; one that waits for our desk's approval is not to be sent yet, and the page says so."""
    if progress.request is None:
        raise Http404
    if progress.unapproved:
        return to_step(progress.onboarding, Step.REQUEST)
    return attachment("request.csr", progress.request.csr_pem, "application/pkcs10")


@step_page(Step.CERTIFICATE, "GET", "HEAD")
def handed_over(request: PartnerRequest, progress: Progress, name: str) -> HttpResponse:
    """The files of the mail that a signing address answered with."""
    signing_response = getattr(progress.request, "signing_response", None)
    if signing_response is None or name not in PUBLIC_FILES:
        raise Http404
    return attachment(name, signing_response.certificate_pem if name == CERTIFICATE_FILE else signing_response.ca_pem)


@step_page(Step.TEST, "GET", "HEAD")
def public_file(request: PartnerRequest, progress: Progress, name: str) -> HttpResponse:
    """One of the files without a secret."""
    if progress.issued_certificate is None or name not in PUBLIC_FILES:
        raise Http404
    return attachment(name, PUBLIC_FILES[name](downloads.key_and_certificates(progress.issued_certificate)))


@step_page(Step.TEST, "GET", "HEAD")
def expiry(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """The certificate's end, for a calendar."""
    if progress.issued_certificate is None:
        raise Http404
    hub_url = settings.SITE_URL + reverse("onboarding:hub", args=[progress.onboarding.pk])
    calendar = expiry_calendar(progress.issued_certificate, hub_url)
    return attachment("expiry.ics", calendar, "text/calendar; charset=utf-8")


@step_page(Step.DONE, "POST")
@sensitive_variables("form", "packed", "passphrase")
def private_file(request: PartnerRequest, progress: Progress, name: str) -> HttpResponse:
    """A file with the key in it; a wrong passphrase shows the page again."""
    if progress.issued_certificate is None or progress.request is None or name not in downloads.PRIVATE_FILES:
        raise Http404
    if progress.request.externally_generated and name != downloads.EVERYTHING:
        raise Http404
    form = ExportForm(request.POST, externally_generated=progress.request.externally_generated)
    if form.is_valid() and not tried_too_often(request, form):
        passphrase = form.cleaned_data.get("passphrase", "")
        try:
            connection = connection_of(progress.onboarding)
            packed = downloads.export(progress.issued_certificate, request.user, name, connection, passphrase)
            login = plain_file_name(progress.onboarding.mzp_login)
            return attachment(f"{login}-{name}" if name == downloads.EVERYTHING else name, packed)
        except PkiError as error:
            form.add_finding(error.finding, "passphrase")
    return done_page(request, progress, form)
