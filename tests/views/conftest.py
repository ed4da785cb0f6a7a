"""What the page tests share: an onboarding that is ready for the connection test, and addresses."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from onboarding.forms.certificate import CertificateForm
from onboarding.rehearsal.authority import pem
from onboarding.workflow import certificates
from onboarding.workflow.certificates import known_requests
from tests import factories


@pytest.fixture
def onboarding(owner, rehearsing):
    """An onboarding with a certificate of the rehearsal's authority and a client ID."""
    onboarding = factories.sent(owner, environment="rehearsal")
    issued = rehearsing.sign(onboarding.request.csr_pem.encode())
    form = CertificateForm(
        {"text": pem(issued.certificate) + rehearsing.ca_pem, "client_id": issued.client_id},
        onboarding=onboarding,
        requests=known_requests(onboarding),
        now=timezone.now(),
        issued_certificate=None,
        has_client_id=False,
    )
    assert form.is_valid(), form.errors
    certificates.accept_certificate(onboarding.request, owner, form.accepted.certificates)
    certificates.add_client_id(onboarding, owner, issued.client_id, "")
    return factories.fresh(onboarding)


def secrets(password="rehearsal-mzp128745"):
    """Return what a partner types into the test's form."""
    return {"passphrase": factories.PASSPHRASE, "password": password, "test": str(uuid.uuid4())}


def url(onboarding, name="test"):
    """Return the address of one of the onboarding's pages."""
    return reverse(f"onboarding:{name}", args=[onboarding.pk])
