"""The files that a partner takes along; the one with a key in it is a POST with the passphrase, and recorded."""

from django.http import Http404, HttpResponse
from django.views.decorators.debug import sensitive_variables

from onboarding import journey
from onboarding.forms.base import said
from onboarding.forms.keys import ExportForm
from onboarding.pki.errors import PkiError
from onboarding.results import CA_FILE, CERTIFICATE_FILE, KEY_FILE, curl_for, last_test
from onboarding.steps import Standing, Step
from onboarding.views.access import PartnerRequest, step_page
from onboarding.views.steps import show


def attachment(name: str, content: str | bytes, content_type: str = "application/x-pem-file") -> HttpResponse:
    """A file to save; no cache keeps it."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@step_page(Step.REQUEST, "GET", "HEAD")
def request_csr(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The CSR."""
    if where.request is None:
        raise Http404
    return attachment("request.csr", where.request.csr_pem, "application/pkcs10")


@step_page(Step.CERTIFICATE, "GET", "HEAD")
def handed_over(request: PartnerRequest, where: Standing, name: str) -> HttpResponse:
    """The files of the mail that a signing address answered with."""
    handover = getattr(where.request, "handover", None)
    if handover is None:
        raise Http404
    return attachment(name, handover.certificate_pem if name == CERTIFICATE_FILE else handover.ca_pem)


@step_page(Step.TEST, "GET", "HEAD")
def certificate_pem(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The certificate, followed by its intermediates: what a TLS client presents."""
    if where.answer is None:
        raise Http404
    return attachment(CERTIFICATE_FILE, where.answer.certificate_pem + where.answer.chain_pem)


@step_page(Step.TEST, "GET", "HEAD")
def ca_pem(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The CA certificates: what a TLS client trusts the gateway by."""
    if where.answer is None:
        raise Http404
    return attachment(CA_FILE, where.answer.anchors_pem)


@step_page(Step.DONE, "POST")
@sensitive_variables("form")
def key_pem(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The key as an encrypted PEM; a wrong passphrase shows the page again."""
    if where.request is None:
        raise Http404
    form = ExportForm(request.POST)
    if form.is_valid():
        try:
            pem = journey.export_key(where.request, request.user, form.cleaned_data["passphrase"])
            return attachment(KEY_FILE, pem)
        except PkiError as error:
            form.add_error("passphrase", said(error.finding))
    good = last_test(where.onboarding, succeeded=True)
    return show(request, Step.DONE, where, form=form, good=good, curl=curl_for(where.onboarding))
