"""The environment of an onboarding is fixed, and its certificates and CA certificates are not taken elsewhere."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from onboarding.models import ConnectionTest
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.workflow import certificates, onboardings
from onboarding.workflow.known_environments import known_environments
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories

pytestmark = pytest.mark.django_db


def succeed(onboarding, certificate, **changes):
    values = {"verdict": "connected", "finished_at": timezone.now(), "client_id": "client-1", "result": {}} | changes
    ConnectionTest.objects.create(onboarding=onboarding, certificate=certificate, **values)


@pytest.mark.parametrize("replaced", [False, True])
def test_the_environment_is_fixed_with_the_first_request(owner, replaced):
    """Also after the request was replaced: its key, and a certificate for it, may still be used."""
    onboarding = factories.with_key(owner, environment="rehearsal")
    if replaced:
        onboardings.describe(onboarding, owner, {"organization": "Another Name"})
    onboarding = factories.fresh(onboarding)
    assert (onboarding.request is None) == replaced
    with pytest.raises(TransitionNotAllowedError):
        onboardings.describe(onboarding, owner, {"environment": "production"})
    assert factories.fresh(onboarding).environment == "rehearsal"


def test_the_environment_can_change_before_the_first_request(owner):
    """A partner may have chosen the wrong one."""
    onboarding = factories.described(owner, environment="rehearsal")
    onboardings.describe(onboarding, owner, {"environment": "production"})
    assert factories.fresh(onboarding).environment == "production"


def test_the_login_step_keeps_the_environment(browser_of, owner, settings):
    """The form shows it as fixed, and a forged value changes nothing."""
    settings.REHEARSAL_API_URL = "https://127.0.0.1:1/connectedcar/v3"
    onboarding = factories.with_key(owner, environment="rehearsal")
    onboardings.describe(onboarding, owner, {"organization": "Another Name"})
    url = f"/onboardings/{onboarding.pk}/login/"
    page = browser_of.get(url)
    assert "start a new onboarding" in page.content.decode()
    assert page.context["form"].fields["environment"].disabled
    answer = browser_of.post(url, {"mzp_login": "MZP999999", "environment": "production", "login_confirmed": "on"})
    saved = factories.fresh(onboarding)
    assert (answer.status_code, saved.environment, saved.mzp_login) == (302, "rehearsal", "MZP999999")


def certificates_of(onboarding):
    request = onboarding.request
    return validate_certificates(
        factories.certificates_for(onboarding), [CandidateRequest(request.spki, request.csr.subject)], datetime.now(UTC)
    )


def same_authority(onboarding, result):
    """Return a result for `onboarding` with a certificate of the authority that signed that of `result`."""
    root = result.anchors[0]
    number = next(
        number for number in range(8) if factories.root_key(number).public_key() == root.public_key()
    )  # fmt: skip
    request = onboarding.request
    leaf = factories._issue(
        request.csr.subject, request.csr.public_key(), root.subject, factories.root_key(number), ca=False
    )
    candidate = CandidateRequest(request.spki, request.csr.subject)
    return validate_certificates([leaf, root], [candidate], datetime.now(UTC))


def test_a_certificate_of_another_environments_authority_is_not_stored(owner):
    """An authority is known as soon as a test with its certificate succeeded, for every account."""
    rehearsal = factories.sent(owner, environment="rehearsal")
    result = certificates_of(rehearsal)
    certificates.accept_certificate(rehearsal.request, owner, result)
    other_partner = factories.partner("other@flottes.example")
    production = factories.sent(other_partner, environment="production")
    carried = same_authority(production, result)
    assert carried.accepted
    succeed(rehearsal, factories.fresh(rehearsal).request.issued_certificate)
    with pytest.raises(TransitionNotAllowedError):
        certificates.accept_certificate(production.request, other_partner, carried)
    assert production.request.certificates.count() == 0


@pytest.mark.parametrize("changes", [{"verdict": "forbidden"}, {"fault": "healthy"}, {"finished_at": None}])
def test_an_authority_is_not_known_without_a_success(owner, changes):
    """Otherwise anybody could have another partner's certificate refused, by uploading their authority's."""
    rehearsal = factories.sent(owner, environment="rehearsal")
    result = certificates_of(rehearsal)
    certificates.accept_certificate(rehearsal.request, owner, result)
    succeed(rehearsal, factories.fresh(rehearsal).request.issued_certificate, **changes)
    production = factories.sent(owner, environment="production")
    certificates.accept_certificate(production.request, owner, same_authority(production, result))
    assert production.request.certificates.count() == 1


def test_the_practice_authority_is_known_from_the_settings(rehearsing, owner):
    """A certificate of the rehearsal is refused in production, even if nobody has tested anything yet."""
    production = factories.sent(owner, environment="production")
    request = production.request
    issued = rehearsing.sign(request.csr_pem.encode())
    chain = [issued.certificate, rehearsing.issuing.certificate, rehearsing.root.certificate]
    result = validate_certificates(chain, [CandidateRequest(request.spki, request.csr.subject)], datetime.now(UTC))
    assert result.accepted
    with pytest.raises(TransitionNotAllowedError):
        certificates.accept_certificate(request, owner, result)


def test_client_ids_are_those_of_the_account(owner):
    """Those of other accounts are nobody's business."""
    mine, other = factories.certified(owner), factories.certified(factories.partner("other@flottes.example"))
    certificates.add_client_id(other, other.owner, "client-of-another", "")
    known = known_environments(mine)
    production = next(environment for environment in known.all if environment.name == "production")
    assert (known.current, production.client_ids) == ("production", {"client-1"})
