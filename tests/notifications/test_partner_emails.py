"""The texts of the emails to partners and of the drafts to the operator."""

from datetime import timedelta

import pytest
from django.urls import reverse

from onboarding.models import Action
from onboarding.notifications.drafts import follow_up_draft, login_draft, request_draft
from onboarding.notifications.partner_emails import partner_email
from tests import factories

pytestmark = pytest.mark.django_db

WITH_EMAIL = {"approve", "receive", "return", "reject", "remind", "accept_certificate", "withdraw", "reopen"}
WITH_EMAIL |= {"reassign"}
WITH_EMAIL |= {"add_ca", "confirm_ca", "distrust_ca"}  # they decide which servers get the password


@pytest.mark.parametrize("action", list(Action))
def test_only_the_decisions_of_the_desk_are_emailed(owner, action):
    """An email names the login, says the note, and leads to the hub."""
    onboarding = factories.started(owner)
    email = partner_email(action, onboarding, note="100% of the branches")
    assert (email is not None) is (action in WITH_EMAIL)
    if email:
        first, note, link = email.body.rstrip("\n").split("\n\n")
        assert (email.to, bool(email.subject), "MZP128745" in first) == (owner.email, True, True)
        assert note == "Note from our desk: 100% of the branches"
        assert link.endswith(reverse("onboarding:hub", args=[onboarding.pk]))


def test_the_email_of_a_receipt_says_how_long_a_signature_usually_takes(owner):
    """The email has a separate sentence about it, but only if the duration is known."""
    onboarding = factories.started(owner)
    sentence = "A signature usually takes 6 days."
    assert sentence in partner_email(Action.RECEIVE, onboarding, usual=timedelta(days=6)).body.split("\n\n")
    assert "usually" not in partner_email(Action.RECEIVE, onboarding).body


def test_the_drafts_name_the_request_and_keep_their_lines_in_a_mailto_address(owner):
    """In a mailto address, each line ends in CRLF (RFC 6068, section 5)."""
    request = factories.sent(owner).request
    for draft in (request_draft("contact@operator.example", request), follow_up_draft("", request)):
        assert [
            part for part in ("MZP128745", request.fingerprint, "Société des Flottes") if part not in draft.body
        ] == []
        assert draft.mailto.startswith(f"mailto:{draft.to}?subject=")
        assert draft.mailto.count("%0D%0A") == draft.body.count("\n")
    assert "(MZP)" in login_draft("").subject
