"""The hub after a test: it says whose move it is as the queue does, and why."""

import pytest
from django.utils import timezone

from onboarding.messages.message import Owner
from onboarding.workflow import certificates
from onboarding.workflow.transitions import locked
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verdict", "owned", "whose", "heading"),
    [
        ("client_certificate_unknown", "operator", "Stellantis’ move", "Stellantis has to act; then test again"),
        ("connection_refused", "network", "our move", "Our desk has to act; then test again"),
        ("password_rejected", "partner", "your move", "Test the connection"),
    ],
)
def test_after_a_failed_test_the_hub_says_whose_move_it_is(owner, verdict, owned, whose, heading):
    """As the queue does, until a renewed certificate makes the test say nothing any more."""
    one = factories.certified(owner)
    said = {"verdict": {"owner": owned, "text": "The test’s own words."}, "succeeded": False}
    tried(one, owner, verdict, said)
    text = hub(one)
    assert [words in text for words in (f"Next: {whose}", heading, "The last test failed. The test’s own words.")] == [
        True
    ] * 3
    certificates.accept_certificate(one.request, owner, factories.answer_to(one))
    assert fresh(one).next_owner == Owner.PARTNER
    text = hub(one)
    assert [words in text for words in ("Next: your move", "Test the connection", "The last test failed")] == [
        True,
        True,
        False,
    ]


def test_a_good_test_before_a_renewal_did_not_fail(owner):
    """It is only older than the certificate."""
    one = factories.certified(owner)
    said = {"verdict": {"owner": "", "text": "The fleet API answered with your fleets."}, "succeeded": True}
    tried(one, owner, "connected", said)
    certificates.accept_certificate(one.request, owner, factories.answer_to(one))
    text = hub(one)
    assert ("The last test failed" in text, "Everything that is needed is here." in text) == (False, True)


def tried(one, owner, verdict, result):
    """A finished test, as it is recorded."""
    with locked(one, owner) as now:
        now.onboarding.tests.create(
            certificate=one.request.issued_certificate,
            client_id="client-1",
            finished_at=timezone.now(),
            verdict=verdict,
            result=result,
        )
        now.record("test", verdict)
