"""Storing issued certificates."""

from types import SimpleNamespace

import pytest

from onboarding.models import Event, IssuedCertificate
from onboarding.workflow import certificates, requests, review
from tests import factories
from tests.workflow.concurrency import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_the_same_certificate_uploaded_twice_at_once_is_stored_once(owner):
    """There is one row and one event."""
    onboarding = factories.sent(owner)
    result = factories.accepted_result(onboarding)
    run_together(*[lambda: certificates.accept_certificate(onboarding.request, owner, result)] * 2)
    assert IssuedCertificate.objects.count() == 1
    assert Event.objects.filter(verb="accept_certificate").count() == 1


def test_a_key_of_another_account_is_not_reported(owner):
    """A CSR is not secret, and must not reveal who uses this site. A key of the same account is reported."""
    foreign = factories.with_key(factories.partner("other@flottes.example"))
    own, second_own = factories.started(owner), factories.with_key(owner)
    assert [certificates.key_used_elsewhere(own, other.request.spki) for other in (foreign, second_own)] == [
        False,
        True,
    ]


def test_a_certificate_for_a_returned_request_resolves_the_return(owner, reviewer):
    """The partner replaced the returned request, but the operator signed the returned request."""
    onboarding = factories.sent(owner)
    review.return_with_reason(onboarding, reviewer, ["organization_missing"])
    returned = factories.fresh(onboarding).request
    requests.replace_request(onboarding, owner)
    certificates.accept_certificate(returned, owner, factories.accepted_result(SimpleNamespace(request=returned)))
    restored = factories.fresh(onboarding)
    assert (restored.status, restored.request, restored.open_return) == ("certified", returned, None)
