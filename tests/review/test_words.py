"""What partners read of the desk's decisions: true in a mail as on a page, and possible to follow."""

import pytest
from django.urls import reverse

from onboarding.models import Status
from onboarding.notifications.partner_emails import announcement
from onboarding.return_reasons import RETURN_REASONS
from onboarding.workflow import review as verbs
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_that_never_arrived_is_not_said_to_be_wrong(owner, reviewer, mailoutbox):
    """The mail and the hub say what to do, in the same words."""
    one = factories.sent(owner)
    verbs.return_with_reason(one, reviewer, ["not_received"])
    (mail,) = mailoutbox
    assert mail.subject == "Your request is back with you"
    assert mail.body.startswith(
        "Your request for MZP128745 was returned to you. Please do the following.\n\n"
        "Your request did not reach Stellantis. Send request.csr again, then note it as sent.\n\n"
    )
    text = hub(one)
    wanted = ("what to do", "Send request.csr again, then note it as sent.", "Go there", "Once that is done, send the")
    assert [words for words in wanted if words not in text] == []
    assert [words for words in ("please change this", "Mend it", "corrected, send") if words in text] == []


def test_no_reason_speaks_of_the_page_that_it_stands_on():
    """It stands in mails, too."""
    assert [reason.code for reason in RETURN_REASONS.values() if "this page" in reason.text + reason.fix] == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status.KEY_MADE, "is ready, but not sent yet. Open your onboarding: it says what is next."),
        (Status.RETURNED, "was returned to you. Open your onboarding: it says what to do."),
        (Status.CERTIFIED, "Open your onboarding: add the client ID if it is missing, and test the connection."),
    ],
)
def test_a_reminder_asks_for_nothing_that_may_be_done_already(owner, status, text):
    """Neither for a passphrase that the partner's own request has not, nor for a test before the client ID is there."""
    one = factories.started(owner)
    one.status = status
    assert text in announcement("remind", one).body


def test_the_login_is_changed_on_the_way_that_the_reason_describes(owner, reviewer):
    """Set the old request aside, "Change the login" on the next page, then the key."""
    one = factories.sent(owner)
    verbs.return_with_reason(one, reviewer, ["cn_not_login"])
    partner = signed_in(owner)
    here = partner.get(reverse(RETURN_REASONS["cn_not_login"].url_name, args=[one.pk])).content.decode()
    assert reverse("onboarding:replace", args=[one.pk]) in here
    following = partner.post(reverse("onboarding:replace", args=[one.pk]), follow=True)
    assert following.redirect_chain[-1][0] == reverse("onboarding:key", args=[one.pk])
    assert f'href="{reverse("onboarding:login", args=[one.pk])}">Change the login</a>' in following.content.decode()
    typed = {"mzp_login": "MZP777777", "environment": "production", "onboarding": one.pk}
    partner.post(reverse("onboarding:login", args=[one.pk]), typed)
    assert fresh(one).mzp_login == "MZP777777"
