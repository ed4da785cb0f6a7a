"""Emails of the desk that the mail server refuses: what is stored and logged, and how staff send them again."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from onboarding.models import PartnerEmail
from onboarding.models.review import SENDING_MAX
from onboarding.workflow import review as review_workflow
from onboarding.workflow import transitions
from tests import factories
from tests.review.conftest import messages_of, signed_in, staff
from tests.review.mail_server import refusing_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    with refusing_server(settings) as running:
        yield running


def case_url(onboarding):
    return reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])


def resend_url(onboarding):
    return reverse("admin:review_action", args=[onboarding.pk, "send_again"])


def test_a_refused_email_is_logged_by_id_without_the_address(server, owner, reviewer, caplog):
    """The log has the id of the email, but not the address that the mail server's response contains."""
    onboarding = factories.sent(owner)
    with caplog.at_level(logging.DEBUG):
        review_workflow.receive(onboarding, reviewer)
    email = onboarding.emails.get()
    assert (email.sent_at, email.being_sent) == (None, False)
    logged = caplog.text
    assert f"Could not send PartnerEmail {email.pk}: SMTPRecipientsRefused. Staff can send it again." in logged
    assert owner.email not in logged


def test_a_message_says_that_the_email_was_refused(server, desk, owner):
    """The success message doesn't say that the partner was emailed."""
    onboarding = factories.sent(owner)
    url = reverse("admin:review_action", args=[onboarding.pk, "receive"])
    assert messages_of(desk.post(url, {"confirmed": "1"}, follow=True)) == [
        "Marked as received.",
        "The mail server refused the email to the partner. You can send it again below.",
    ]
    server.accepts = True
    other = factories.sent(owner, login="MZP000002")
    url = reverse("admin:review_action", args=[other.pk, "receive"])
    assert messages_of(desk.post(url, {"confirmed": "1"}, follow=True)) == [
        "Marked as received. The partner was emailed."
    ]


def test_a_refused_email_can_be_sent_again_once(server, desk, owner, reviewer):
    """The email goes once to the partner's current address, and is recorded, also for a closed onboarding."""
    onboarding = factories.sent(owner)
    review_workflow.reject(onboarding, reviewer, "Not a partner.")
    email = onboarding.emails.get()
    page = desk.get(case_url(onboarding)).content.decode()
    assert ("not sent" in page, "Send again" in page) == (True, True)
    refused = desk.post(resend_url(onboarding), {"email": email.pk}, follow=True)
    assert messages_of(refused) == ["The mail server refused the email again. The server’s log contains the reason."]
    server.accepts = True
    owner.email = "renamed@flottes.example"
    owner.save()
    responses = [desk.post(resend_url(onboarding), {"email": email.pk}, follow=True) for _ in range(2)]
    assert [messages_of(response) for response in responses] == [
        ["The email was sent to renamed@flottes.example."],
        ["This email was already sent, or is being sent right now."],
    ]
    assert len(server.emails) == 1
    assert "To: renamed@flottes.example" in server.emails[0]
    done = onboarding.events.filter(verb="send_again")
    assert [(event.actor, event.why) for event in done] == [(reviewer, "Your request was rejected")] * 2
    assert "Send again" not in desk.get(case_url(onboarding)).content.decode()


def test_two_clicks_at_once_send_one_email(server, owner, reviewer):
    """The second click is refused while the first one still waits for the mail server."""
    onboarding = factories.sent(owner)
    review_workflow.receive(onboarding, reviewer)
    email = onboarding.emails.get()
    server.accepts = True
    server.pause.clear()

    def click(_):
        try:
            review_workflow.resend_email(email, reviewer)
        except transitions.TransitionNotAllowedError:
            server.pause.set()  # the second click was refused while the first was being sent
            return "refused"
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(2) as clicks:
        assert sorted(clicks.map(click, range(2))) == ["refused", "sent"]
    assert len(server.emails) == 1


def test_an_email_interrupted_by_a_server_stop_can_be_sent_again(server, owner, reviewer):
    """After SENDING_MAX, an email counts as not sent."""
    onboarding = factories.sent(owner)
    review_workflow.receive(onboarding, reviewer)
    email = onboarding.emails.get()
    server.accepts = True
    PartnerEmail.objects.update(trying_since=timezone.now() - SENDING_MAX + timedelta(seconds=20))
    with pytest.raises(transitions.TransitionNotAllowedError):
        review_workflow.resend_email(email, reviewer)
    PartnerEmail.objects.update(trying_since=timezone.now() - SENDING_MAX)
    review_workflow.resend_email(email, reviewer)
    assert len(server.emails) == 1


def test_only_reviewers_send_an_email_again(server, owner, reviewer):
    """An auditor, another case's address, and an invalid id send nothing."""
    onboarding, other = factories.sent(owner), factories.sent(owner, login="MZP000002")
    review_workflow.receive(onboarding, reviewer)
    server.accepts = True
    email = onboarding.emails.get()
    auditor = signed_in(staff("auditor"))
    assert "Send again" not in auditor.get(case_url(onboarding)).content.decode()
    assert auditor.post(resend_url(onboarding), {"email": email.pk}).status_code == 403
    client = signed_in(reviewer)
    for url, named in (
        (resend_url(other), email.pk),
        (resend_url(onboarding), "9" * 40),
        (resend_url(onboarding), "²"),
        (resend_url(onboarding), ""),
    ):
        assert client.post(url, {"email": named}).status_code == 404
    assert client.get(resend_url(onboarding)).status_code == 302
    assert server.emails == []
