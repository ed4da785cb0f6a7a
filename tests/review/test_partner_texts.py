"""What partners read about the desk's decisions is correct in an email and on a page, and can be followed."""

import pytest
from django.urls import reverse

from onboarding.models import Action, Status
from onboarding.notifications.partner_emails import partner_email
from onboarding.return_reasons import RETURN_REASONS
from onboarding.workflow import certificates, onboardings, requests
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub_text, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_that_never_arrived_is_not_called_wrong(owner, reviewer, mailoutbox):
    """The email and the hub contain the same instructions, and the email asks for no correction."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["not_received"])
    (email,) = mailoutbox
    assert email.subject == "Your request was returned"
    assert email.body.startswith(
        "Your request for MZP128745 was returned to you. Please do the following.\n\n"
        "Your request did not reach Stellantis. Send request.csr again, then confirm that you sent it.\n\n"
    )
    text = hub_text(onboarding)
    wanted = ("what to do", "Send request.csr again, then confirm that you sent it.", "Go to the request")
    assert [expected for expected in wanted if expected not in text] == []
    assert "correct" not in email.body.lower()


def test_the_hub_asks_for_no_correction_of_a_request_that_never_arrived(owner, reviewer):
    """The partner only has to send the same request again."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["not_received"])
    text = hub_text(onboarding)
    assert "then send the request again." in text
    assert "corrections" not in text


def test_no_return_reason_mentions_this_page():
    """The same text is used in emails, where "this page" has no meaning."""
    assert [reason.code for reason in RETURN_REASONS.values() if "this page" in reason.text + reason.fix] == []


def passphrase_checked(owner, _reviewer):
    onboarding = factories.with_key(owner)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    return onboarding


def returned(owner, reviewer, reason):
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, [reason])
    return onboarding


def corrected(owner, reviewer):
    """Return an onboarding with a new request in place of the returned one."""
    onboarding = returned(owner, reviewer, "organization_missing")
    onboardings.describe(onboarding, owner, factories.COMPANY | {"organization": "Flottes et Fils"})
    requests.make_key(fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    return onboarding


def without_client_id(owner, _reviewer):
    onboarding = factories.certified(owner)
    certificates.remove_client_id(onboarding, owner, "client-1")
    return onboarding


@pytest.mark.parametrize(
    ("prepare", "status", "text"),
    [
        (lambda owner, _: factories.with_key(owner), Status.KEY_MADE, "The next step: check your passphrase."),
        (
            passphrase_checked,
            Status.KEY_MADE,
            "is ready, but you have not sent it yet. The next step: send it to Stellantis.",
        ),
        (
            lambda owner, reviewer: returned(owner, reviewer, "organization_missing"),
            Status.RETURNED,
            "was returned to you. Open your onboarding to see what to correct.",
        ),
        (
            lambda owner, reviewer: returned(owner, reviewer, "not_received"),
            Status.RETURNED,
            "was returned to you. Open your onboarding to see why, then send the request again.",
        ),
        (corrected, Status.KEY_MADE, "The next step: check your passphrase."),
        (without_client_id, Status.CERTIFIED, "The next step: add the client ID from the same email."),
        (lambda owner, _: factories.certified(owner), Status.CERTIFIED, "The next step: test the connection."),
    ],
    ids="key_made passphrase_checked returned_to_change returned_to_resend corrected certified complete".split(),
)
def test_a_reminder_does_not_ask_for_completed_steps(owner, reviewer, prepare, status, text):
    """The status alone doesn't decide the next step: the reminder reads what is stored."""
    onboarding = fresh(prepare(owner, reviewer))
    assert onboarding.status == status
    reminder, _link = partner_email(Action.REMIND, onboarding).body.rstrip("\n").split("\n\n")
    assert reminder.endswith(text)


def test_the_login_can_be_changed_as_the_return_reason_describes(owner, reviewer):
    """The partner replaces the request, follows "Change the login" on the next page, and enters the login."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["cn_not_login"])
    partner = signed_in(owner)
    page = partner.get(reverse(RETURN_REASONS["cn_not_login"].url_name, args=[onboarding.pk])).content.decode()
    assert reverse("onboarding:replace", args=[onboarding.pk]) in page
    next_page = partner.post(reverse("onboarding:replace", args=[onboarding.pk]), follow=True)
    assert next_page.redirect_chain[-1][0] == reverse("onboarding:key", args=[onboarding.pk])
    assert (
        f'href="{reverse("onboarding:login", args=[onboarding.pk])}">Change the login</a>' in next_page.content.decode()
    )
    entered = {"mzp_login": "MZP777777", "environment": "production", "onboarding": onboarding.pk}
    partner.post(reverse("onboarding:login", args=[onboarding.pk]), entered)
    assert fresh(onboarding).mzp_login == "MZP777777"
