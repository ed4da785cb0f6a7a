"""With REVIEW_REQUIRED, what our desk has not approved: it leaves in no form, and nothing that came for it is used."""

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
def test_a_request_that_was_never_approved_is_not_taken_up(browser_of, owner, settings, approved):
    """Where our desk must look at each, a certificate for another one is refused in a sentence."""
    onboarding = factories.with_key(owner)
    unseen = onboarding.request
    issued = factories.certificates_for(onboarding)
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(factories.fresh(onboarding).request, owner, factories.PASSPHRASE)
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    settings.REVIEW_REQUIRED = True
    if approved:
        CertificateRequest.objects.filter(pk=unseen.pk).update(approved_at=unseen.created_at)
    text = {"text": pem(*issued), "client_id": "client-1"}
    page = browser_of.post(at(onboarding, "certificate"), text, follow=True)
    assert (factories.fresh(onboarding).status == "certified") is approved
    if not approved:
        assert "Our desk never approved that request, so it can’t be used." in page.context["form"].errors["files"][0]
        known = CandidateRequest(unseen.spki, unseen.csr.subject, "the request")
        answer = validate_certificates(issued, [known], datetime.now(UTC))
        with pytest.raises(transitions.TransitionNotAllowedError):
            certificates.accept_certificate(unseen, owner, answer)


@pytest.mark.parametrize(("approved", "withheld"), [(False, True), (True, False)])
def test_a_request_that_waits_for_approval_is_not_handed_out(browser_of, owner, settings, approved, withheld):
    """Neither as a file nor as text nor in a mail; the page says why."""
    settings.REVIEW_REQUIRED = True
    onboarding = factories.with_key(owner)
    if approved:
        CertificateRequest.objects.update(approved_at=onboarding.created_at)
    file = browser_of.get(at(onboarding, "request_csr"))
    assert (file.status_code, getattr(file, "url", "")) == ((302, at(onboarding, "request")) if withheld else (200, ""))
    page = browser_of.get(at(onboarding, "request")).content.decode()
    assert ("once our desk has approved it" in page) is withheld
    assert (onboarding.request.csr_pem.splitlines()[3] in page, 'id="letter-request"' in page) == (not withheld,) * 2
