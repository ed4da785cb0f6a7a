"""What the certificate form accepts: each half by itself, and nothing that was refused."""

import pytest
from django.utils import timezone

from onboarding.forms.certificate import CertificateForm
from onboarding.rehearsal.authority import pem
from onboarding.workflow.certificates import known_requests
from tests import factories

pytestmark = pytest.mark.django_db

REFUSED_CLIENT_IDS = ["MZP128745", "mzp 128745", "client é", "two words", ""]


@pytest.fixture
def onboarding(owner):
    """An onboarding whose request is sent."""
    return factories.sent(owner)


def filled(onboarding, **typed):
    """Return the form with `typed` in it, after it was validated."""
    form = CertificateForm(
        typed,
        onboarding=onboarding,
        requests=known_requests(onboarding),
        now=timezone.now(),
        issued_certificate=None,
        has_client_id=False,
    )
    form.is_valid()
    return form


def test_both_halves_are_accepted(onboarding):
    """A valid form accepts the certificates and the client ID with its label."""
    certificates = factories.certificates_for(onboarding)
    form = filled(onboarding, text=pem(*certificates), client_id="client-1", client_id_label="Dashboard")
    assert form.errors == {}
    assert form.accepted.certificates.leaf == certificates[0]
    assert (form.accepted.client_id.value, form.accepted.client_id.label) == ("client-1", "Dashboard")


@pytest.mark.parametrize("client_id", REFUSED_CLIENT_IDS)
def test_certificates_are_accepted_beside_a_refused_client_id(onboarding, client_id):
    """The certificates are right: they are accepted although the form is invalid. The client ID is not."""
    form = filled(onboarding, text=pem(*factories.certificates_for(onboarding)), client_id=client_id)
    assert [*form.errors] == ["client_id"]
    assert (form.accepted.certificates.accepted, form.accepted.client_id) == (True, None)


def test_a_client_id_is_accepted_beside_refused_certificates(onboarding):
    """The other way round: text without a certificate is refused, the client ID is accepted."""
    form = filled(onboarding, text="no certificate", client_id="“client-1”")
    assert [*form.errors] == ["files"]
    assert (form.accepted.certificates, form.accepted.client_id.value) == (None, "client-1")


@pytest.mark.parametrize("client_id", ["x" * 256, "client\x00-1"])
def test_a_client_id_that_no_column_holds_is_not_accepted(onboarding, client_id):
    """Django's own checks refuse it: longer than 255 characters, or with a NUL."""
    form = filled(onboarding, client_id=client_id)
    assert (sorted(form.errors), form.accepted.client_id) == (["client_id", "files"], None)


def test_a_client_id_with_a_refused_label_is_not_accepted(onboarding):
    """The client ID and its label are one half: the page asks for both again."""
    form = filled(onboarding, client_id="client-1", client_id_label="x" * 65)
    assert (sorted(form.errors), form.accepted.client_id) == (["client_id_label", "files"], None)


def test_nothing_is_accepted_before_validation(onboarding):
    """A form that was not sent accepts neither half."""
    form = CertificateForm(
        onboarding=onboarding, requests=[], now=timezone.now(), issued_certificate=None, has_client_id=False
    )
    assert (form.accepted.certificates, form.accepted.client_id) == (None, None)


@pytest.mark.parametrize(
    ("text", "value", "label", "named"),
    [
        ("Client ID: {one}", "{one}", "", ["{one}"]),
        (
            "Client ID preproduction: {two}\nClient ID production: {one}",
            "{one}",
            "production",
            ["{one}", "{two} (pre-production)"],
        ),
        ("The client ID will follow separately.", "", "", []),
    ],
)
def test_client_ids_in_the_email_are_offered_with_their_environments(onboarding, text, value, label, named):
    """The one for production is filled in with its label, and the others are named; none is accepted by itself."""
    ids = {"one": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "two": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
    form = filled(onboarding, text=text.format(**ids) + "\n" + pem(*factories.certificates_for(onboarding)))
    assert form.accepted.client_id is None
    assert (form.data.get("client_id", ""), form.data.get("client_id_label", "")) == (value.format(**ids), label)
    assert all(each.format(**ids) in form.errors["client_id"][0] for each in named)
