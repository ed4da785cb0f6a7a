"""The hub after a connection test: it names the same next owner as the queue, and the reason."""

import pytest
from django.utils import timezone

from onboarding.messages.message import Owner
from onboarding.workflow import certificates
from onboarding.workflow.transitions import locked
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub_text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verdict", "owner_code", "label", "heading"),
    [
        ("client_certificate_unknown", "operator", "Stellantis’ move", "Stellantis has to act. Then test again"),
        ("connection_refused", "network", "our move", "Our desk has to act. Then test again"),
        ("password_rejected", "partner", "your move", "Test the connection"),
    ],
)
def test_after_a_failed_test_the_hub_names_the_next_owner(owner, verdict, owner_code, label, heading):
    """The hub shows the verdict's owner until a renewed certificate makes the test irrelevant."""
    onboarding = factories.certified(owner)
    result = {"verdict": {"owner": owner_code, "text": "The text of the verdict."}, "succeeded": False}
    record_test(onboarding, owner, verdict, result)
    text = hub_text(onboarding)
    assert [
        expected in text for expected in (f"Next: {label}", heading, "The last test failed. The text of the verdict.")
    ] == [True] * 3
    certificates.accept_certificate(onboarding.request, owner, factories.accepted_result(onboarding))
    assert fresh(onboarding).next_owner == Owner.PARTNER
    text = hub_text(onboarding)
    assert [expected in text for expected in ("Next: your move", "Test the connection", "The last test failed")] == [
        True,
        True,
        False,
    ]


def test_a_successful_test_before_a_renewal_is_not_shown_as_failed(owner):
    """The hub asks for a test of the new certificate, and mentions no failure."""
    onboarding = factories.certified(owner)
    result = {"verdict": {"owner": "", "text": "The fleet API answered with your fleets."}, "succeeded": True}
    record_test(onboarding, owner, "connected", result)
    certificates.accept_certificate(onboarding.request, owner, factories.accepted_result(onboarding))
    text = hub_text(onboarding)
    assert ("The last test failed" in text, "You have everything that the test needs." in text) == (False, True)


def record_test(onboarding, owner, verdict, result):
    """Store a finished test."""
    with locked(onboarding, owner) as change:
        change.onboarding.tests.create(
            certificate=onboarding.request.issued_certificate,
            client_id="client-1",
            finished_at=timezone.now(),
            verdict=verdict,
            result=result,
        )
        change.record("test", verdict)
