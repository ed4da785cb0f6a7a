"""With REVIEW_REQUIRED, a request that our desk has not approved can't be downloaded, and is never restored."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from onboarding.models import CertificateRequest
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.rehearsal.authority import pem
from onboarding.workflow import certificates, requests, transitions
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at(onboarding, step):
    return reverse(f"onboarding:{step}", args=[onboarding.pk])


@pytest.mark.parametrize("approved", [False, True])
def test_a_request_that_was_never_approved_is_not_restored(browser_of, owner, settings, approved):
    """If reviews are required, a certificate for a replaced request without approval is refused with the reason."""
    onboarding = factories.with_key(owner)
    replaced = onboarding.request
    issued = factories.certificates_for(onboarding)
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(factories.fresh(onboarding).request, owner, factories.PASSPHRASE)
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    settings.REVIEW_REQUIRED = True
    if approved:
        CertificateRequest.objects.filter(pk=replaced.pk).update(approved_at=replaced.created_at)
    text = {"text": pem(*issued), "client_id": "client-1"}
    page = browser_of.post(at(onboarding, "certificate"), text, follow=True)
    assert (factories.fresh(onboarding).status == "certified") is approved
    if not approved:
        assert "Our desk never approved that request" in page.context["form"].errors["files"][0]
        candidate = CandidateRequest(replaced.spki, replaced.csr.subject)
        result = validate_certificates(issued, [candidate], datetime.now(UTC))
        with pytest.raises(transitions.TransitionNotAllowedError):
            certificates.accept_certificate(replaced, owner, result)


@pytest.mark.parametrize(("approved", "withheld"), [(False, True), (True, False)])
def test_a_request_that_waits_for_approval_cannot_be_downloaded(browser_of, owner, settings, approved, withheld):
    """It is not available as a file, as text, or in an email draft. The page says why."""
    settings.REVIEW_REQUIRED = True
    onboarding = factories.with_key(owner)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    if approved:
        CertificateRequest.objects.update(approved_at=onboarding.created_at)
    file = browser_of.get(at(onboarding, "request_csr"))
    assert (file.status_code, getattr(file, "url", "")) == ((302, at(onboarding, "request")) if withheld else (200, ""))
    page = browser_of.get(at(onboarding, "request")).content.decode()
    assert ("You get an email when yours is approved." in page) is withheld
    assert (onboarding.request.csr_pem.splitlines()[3] in page, 'href="mailto:' in page) == (not withheld,) * 2
