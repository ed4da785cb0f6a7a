"""The desk's mails: what is kept of one that can't be sent, what is logged of it, and how it is sent again, once."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from onboarding.models import PartnerEmail
from onboarding.models.review import SENDING_MAX
from onboarding.workflow import review as verbs
from onboarding.workflow import transitions
from tests import factories
from tests.review.conftest import signed_in, staff, told
from tests.review.mail_server import refusing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    with refusing(settings) as running:
        yield running


def case(onboarding):
    return reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])


def again(onboarding):
    return reverse("admin:desk_verb", args=[onboarding.pk, "send_again"])


def test_a_mail_that_is_refused_is_logged_by_its_number_and_no_address(server, owner, reviewer, caplog):
    """The server's refusal names the recipient; the log does not."""
    one = factories.sent(owner)
    with caplog.at_level(logging.DEBUG):
        verbs.receive(one, reviewer)
    notice = one.emails.get()
    assert (notice.sent_at, notice.being_sent) == (None, False)
    logged = caplog.text
    assert f"PartnerEmail {notice.pk} could not be sent (SMTPRecipientsRefused); the case says so" in logged
    assert owner.email not in logged


def test_a_refused_mail_is_sent_again_from_the_case_once(server, desk, owner, reviewer):
    """To the partner's present address, on record, and refused from then on; also once the onboarding has ended."""
    one = factories.sent(owner)
    verbs.reject(one, reviewer, "Not a partner.")
    notice = one.emails.get()
    page = desk.get(case(one)).content.decode()
    assert ("not sent" in page, "Send it again" in page) == (True, True)
    refused = desk.post(again(one), {"notice": notice.pk}, follow=True)
    assert told(refused) == ["The mail server refused it again; the server’s log says how."]
    server.takes = True
    owner.email = "renamed@flottes.example"
    owner.save()
    answers = [desk.post(again(one), {"notice": notice.pk}, follow=True) for _ in range(2)]
    assert [told(answer) for answer in answers] == [
        ["The mail is sent to renamed@flottes.example."],
        ["This mail is sent already, or is being sent right now."],
    ]
    assert len(server.mails) == 1
    assert "To: renamed@flottes.example" in server.mails[0]
    done = one.events.filter(verb="send_again")
    assert [(event.actor, event.why) for event in done] == [(reviewer, "Your request was rejected")] * 2
    assert "Send it again" not in desk.get(case(one)).content.decode()


def test_two_clicks_at_once_send_one_mail(server, owner, reviewer):
    """Also while the first is still speaking to the mail server, and the transaction is long over."""
    one = factories.sent(owner)
    verbs.receive(one, reviewer)
    notice = one.emails.get()
    server.takes = True
    server.pause.clear()

    def click(_):
        try:
            verbs.send_again(notice, reviewer)
        except transitions.TransitionNotAllowedError:
            server.pause.set()  # the second was refused while the first was on its way
            return "refused"
        finally:
            connection.close()
        return "sent"

    with ThreadPoolExecutor(2) as clicks:
        assert sorted(clicks.map(click, range(2))) == ["refused", "sent"]
    assert len(server.mails) == 1


def test_a_try_that_a_stopped_server_left_behind_can_be_made_again(server, owner, reviewer):
    """Nobody waits for it for ever."""
    one = factories.sent(owner)
    verbs.receive(one, reviewer)
    notice = one.emails.get()
    server.takes = True
    PartnerEmail.objects.update(trying_since=timezone.now() - SENDING_MAX + timedelta(seconds=20))
    with pytest.raises(transitions.TransitionNotAllowedError):
        verbs.send_again(notice, reviewer)
    PartnerEmail.objects.update(trying_since=timezone.now() - SENDING_MAX)
    verbs.send_again(notice, reviewer)
    assert len(server.mails) == 1


def test_only_those_who_act_send_a_mail_again(server, owner, reviewer):
    """Not an auditor, not through another case, not the partner who is staff, and not by a number that is none."""
    one, other = factories.sent(owner), factories.sent(owner, login="MZP000002")
    verbs.receive(one, reviewer)
    server.takes = True
    notice = one.emails.get()
    auditor = signed_in(staff("auditor"))
    assert "Send it again" not in auditor.get(case(one)).content.decode()
    assert auditor.post(again(one), {"notice": notice.pk}).status_code == 403
    client = signed_in(reviewer)
    for url, named in ((again(other), notice.pk), (again(one), "9" * 40), (again(one), "²"), (again(one), "")):
        assert client.post(url, {"notice": named}).status_code == 404
    assert client.get(again(one)).status_code == 302
    assert server.mails == []
