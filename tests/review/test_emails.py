"""Emails of the desk that the mail server refuses: what is stored and logged, and how staff send them again."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from onboarding.workflow import review as review_workflow
from onboarding.workflow import sending, transitions
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
    review_workflow.receive(onboarding, reviewer)
    with caplog.at_level(logging.DEBUG):
        sending.send_due()
    email = onboarding.emails.get()
    assert (email.state, email.being_sent, email.error) == ("failed", False, "SMTPRecipientsRefused 550")
    logged = caplog.text
    assert f"Gave up OutgoingEmail {email.pk}: SMTPRecipientsRefused 550. Staff can send it again." in logged
    assert owner.email not in logged


def test_no_action_of_the_desk_waits_for_the_mail_server(server, desk, owner):
    """While the mail server does not respond, the message says that the partner is going to get an email."""
    server.pause.clear()
    onboarding = factories.sent(owner)
    url = reverse("admin:review_action", args=[onboarding.pk, "receive"])
    assert messages_of(desk.post(url, {"confirmed": "1"}, follow=True)) == [
        "Marked as received. We are emailing the partner."
    ]
    assert "waiting to be sent" in desk.get(case_url(onboarding)).content.decode()
    assert server.emails == []


def test_a_refused_email_can_be_sent_again_once(server, desk, owner, reviewer):
    """The email goes once to the partner's current address, and is recorded, also for a closed onboarding."""
    onboarding = factories.sent(owner)
    review_workflow.reject(onboarding, reviewer, "Not a partner.")
    sending.send_due()
    email = onboarding.emails.get()
    page = desk.get(case_url(onboarding)).content.decode()
    assert ("not sent" in page, "Send again" in page) == (True, True)
    desk.post(resend_url(onboarding), {"email": email.pk})
    sending.send_due()
    assert onboarding.emails.get().state == "failed"
    server.accepts = True
    owner.email = "renamed@flottes.example"
    owner.save()
    again = desk.post(resend_url(onboarding), {"email": email.pk}, follow=True)
    assert messages_of(again)[-1:] == ["We are sending the email to renamed@flottes.example."]
    sending.send_due()
    once_more = desk.post(resend_url(onboarding), {"email": email.pk}, follow=True)
    assert messages_of(once_more) == ["This email was already sent, or is being sent right now."]
    sending.send_due()
    assert len(server.emails) == 1
    assert "To: renamed@flottes.example" in server.emails[0]
    assert "Note from our desk: Not a partner." in server.emails[0]
    done = onboarding.events.filter(verb="send_again")
    assert [(event.actor, event.why) for event in done] == [(reviewer, "Your request was rejected")] * 2
    assert "Send again" not in desk.get(case_url(onboarding)).content.decode()


def test_an_email_is_not_sent_again_while_it_is_being_sent(server, owner, reviewer):
    """Staff can't send an email again while a worker has it, and only one of several workers sends it."""
    onboarding = factories.sent(owner)
    review_workflow.receive(onboarding, reviewer)
    email = onboarding.emails.get()
    server.accepts = True
    server.pause.clear()

    def work(_):
        try:
            return sending.send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as workers:
        running = [workers.submit(work, number) for number in range(3)]
        server.asked.wait(5)
        with pytest.raises(transitions.TransitionNotAllowedError):
            review_workflow.resend_email(email, reviewer)
        assert onboarding.emails.get().being_sent
        server.pause.set()
        assert [each.result() for each in running] == [True, True, True]
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
    assert onboarding.events.filter(verb="send_again").count() == 0
