"""What partners read about the desk's decisions is correct in an email and on a page, and can be followed."""

import pytest
from django.urls import reverse

from onboarding.models import Status
from onboarding.notifications.partner_emails import partner_email
from onboarding.return_reasons import RETURN_REASONS
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub_text, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_that_never_arrived_is_not_called_wrong(owner, reviewer, mailoutbox):
    """The email and the hub contain the same instructions."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["not_received"])
    (email,) = mailoutbox
    assert email.subject == "Your request is back with you"
    assert email.body.startswith(
        "Your request for MZP128745 was returned to you. Please do the following.\n\n"
        "Your request did not reach Stellantis. Send request.csr again, then note it as sent.\n\n"
    )
    text = hub_text(onboarding)
    wanted = ("what to do", "Send request.csr again, then note it as sent.", "Go there", "Once that is done, send the")
    assert [expected for expected in wanted if expected not in text] == []
    assert [
        unexpected for unexpected in ("please change this", "Mend it", "corrected, send") if unexpected in text
    ] == []


def test_no_return_reason_mentions_this_page():
    """The same text is used in emails, where "this page" has no meaning."""
    assert [reason.code for reason in RETURN_REASONS.values() if "this page" in reason.text + reason.fix] == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status.KEY_MADE, "is ready, but not sent yet. Open your onboarding: it says what is next."),
        (Status.RETURNED, "was returned to you. Open your onboarding: it says what to do."),
        (Status.CERTIFIED, "Open your onboarding: add the client ID if it is missing, and test the connection."),
    ],
)
def test_a_reminder_does_not_ask_for_completed_steps(owner, status, text):
    """The reminder only asks to open the onboarding, because the status alone doesn't decide the next step."""
    onboarding = factories.started(owner)
    onboarding.status = status
    assert text in partner_email("remind", onboarding).body


def test_the_login_can_be_changed_as_the_return_reason_describes(owner, reviewer):
    """The partner replaces the request, follows "Change the login" on the next page, and enters the login."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["cn_not_login"])
    partner = signed_in(owner)
    here = partner.get(reverse(RETURN_REASONS["cn_not_login"].url_name, args=[onboarding.pk])).content.decode()
    assert reverse("onboarding:replace", args=[onboarding.pk]) in here
    following = partner.post(reverse("onboarding:replace", args=[onboarding.pk]), follow=True)
    assert following.redirect_chain[-1][0] == reverse("onboarding:key", args=[onboarding.pk])
    assert (
        f'href="{reverse("onboarding:login", args=[onboarding.pk])}">Change the login</a>' in following.content.decode()
    )
    typed = {"mzp_login": "MZP777777", "environment": "production", "onboarding": onboarding.pk}
    partner.post(reverse("onboarding:login", args=[onboarding.pk]), typed)
    assert fresh(onboarding).mzp_login == "MZP777777"
