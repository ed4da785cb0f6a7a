"""The next step: every action has its texts, and the hub, the desk's column and the reminder email always agree."""

import re
import uuid

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.formats import date_format

from onboarding.messages.message import Owner
from onboarding.models import Action, SigningResponse
from onboarding.notifications.partner_emails import partner_email
from onboarding.workflow import certificates, onboardings, requests, review
from onboarding.workflow.next_step import NEXT_ACTIONS, OWNER_LABELS, NextAction, Step, progress_of
from onboarding.workflow.transitions import locked
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("step", list(Step))
def test_the_name_of_a_step_is_that_of_its_url_its_template_and_its_view(step):
    """A reader finds all three by the step's name."""
    address = resolve(reverse(step.url_name, args=[uuid.uuid4()]))
    assert (address.url_name, address.func.__name__) == (step.value, f"{step.value}_step")
    assert get_template(f"onboarding/{step.value}.html")


@pytest.mark.parametrize("action", list(NextAction))
def test_every_next_action_has_an_owner_and_all_texts(action):
    """Each row of the table has texts, and a reminder that names the login."""
    assert OWNER_LABELS[action.owner]
    assert [text for text in (action.title, action.explanation, action.button) if not str(text).strip()] == []
    reminder = action.reminder("MZP128745", "1 January 2030")
    assert ("MZP128745" in reminder, reminder.endswith((".", "!")), "%" in reminder) == (True, True, False)


def test_no_two_next_actions_have_the_same_reminder():
    """The email tells its reader the next step."""
    reminders = [str(texts.reminder) for texts in NEXT_ACTIONS.values()]
    assert len(set(reminders)) == len(reminders) == len(NextAction)


def checked(owner, **details):
    """Return an onboarding with a request whose passphrase was checked."""
    onboarding = factories.with_key(owner, **details)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    return factories.fresh(onboarding)


def approved(owner, reviewer):
    onboarding = checked(owner)
    review.approve(onboarding, reviewer, onboarding.request.fingerprint)
    return onboarding


def received(owner, reviewer):
    onboarding = factories.sent(owner)
    review.receive(onboarding, reviewer)
    return onboarding


def returned(owner, reviewer, *reasons):
    onboarding = factories.sent(owner)
    review.return_with_reason(onboarding, reviewer, list(reasons), "x")
    return onboarding


def returned_unapproved(owner, reviewer):
    onboarding = checked(owner)
    review.return_with_reason(onboarding, reviewer, ["other"], "x")
    return onboarding


def replaced(owner, reviewer):
    onboarding = returned(owner, reviewer, "organization_missing")
    requests.replace_request(onboarding, owner)
    return onboarding


def corrected(owner, reviewer):
    onboarding = replaced(owner, reviewer)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    return onboarding


def without_client_id(owner):
    onboarding = factories.certified(owner)
    certificates.remove_client_id(onboarding, owner, "client-1")
    return onboarding


def practice_signed(owner):
    onboarding = checked(owner, environment="rehearsal")
    response = SigningResponse(request=onboarding.request, certificate_pem="x", ca_pem="x", client_id="x")
    requests.mark_sent(onboarding.request, owner, response)
    return onboarding


def practice_returned(owner, reviewer):
    onboarding = practice_signed(owner)
    review.return_with_reason(onboarding, reviewer, ["not_received"])
    return onboarding


def after_test(owner, verdict_owner, *, succeeded=False, fault=""):
    onboarding = factories.certified(owner)
    with locked(onboarding, owner) as change:
        change.onboarding.tests.create(
            pk=uuid.uuid4(),
            certificate=onboarding.request.issued_certificate,
            client_id="client-1",
            finished_at=timezone.now(),
            verdict="x",
            fault=fault,
            result={"succeeded": succeeded, "verdict": {"owner": verdict_owner, "text": "The result."}},
        )
        change.record(Action.TRY_FAULT if fault else Action.TEST, "x")
        if succeeded:
            change.move(Action.CONNECT)
    return onboarding


def renewed(owner):
    """Return an onboarding with a failed test, and then a new certificate."""
    onboarding = after_test(owner, Owner.OPERATOR)
    certificates.accept_certificate(onboarding.request, owner, factories.accepted_result(onboarding))
    return onboarding


def closed(owner, reviewer, close):
    onboarding = factories.sent(owner)
    close(onboarding, reviewer, "x")
    return onboarding


def withdrawn(owner):
    onboarding = factories.sent(owner)
    onboardings.withdraw(onboarding, owner)
    return onboarding


# Name: (how to make it, whether REVIEW_REQUIRED is on, status, next action, who must act).
CASES = {
    "started": (lambda o, r: factories.started(o), False, "draft", "ENTER_COMPANY", "partner"),
    "described": (lambda o, r: factories.described(o), False, "draft", "MAKE_KEY", "partner"),
    "key": (lambda o, r: factories.with_key(o), False, "key_made", "CHECK_PASSPHRASE", "partner"),
    "key, review": (lambda o, r: factories.with_key(o), True, "key_made", "CHECK_PASSPHRASE", "partner"),
    "checked": (lambda o, r: checked(o), False, "key_made", "SEND_REQUEST", "partner"),
    "checked, review": (lambda o, r: checked(o), True, "key_made", "WAIT_FOR_APPROVAL", "us"),
    "approved": (approved, True, "key_made", "SEND_REQUEST", "partner"),
    "sent": (lambda o, r: factories.sent(o), False, "sent", "WAIT_FOR_RECEIPT", "us"),
    "received": (received, False, "received", "WAIT_FOR_CERTIFICATE", "operator"),
    "returned": (
        lambda o, r: returned(o, r, "organization_missing"), False, "returned", "CHANGE_REQUEST", "partner"
    ),
    "returned to be resent": (lambda o, r: returned(o, r, "not_received"), False, "returned", "SEND_AGAIN", "partner"),
    "returned unapproved": (returned_unapproved, True, "returned", "WAIT_FOR_APPROVAL", "us"),
    "returned and replaced": (replaced, False, "draft", "MAKE_KEY", "partner"),
    "returned and corrected": (corrected, False, "key_made", "CHECK_PASSPHRASE", "partner"),
    "certified": (lambda o, r: factories.certified(o), False, "certified", "TEST", "partner"),
    "without client ID": (lambda o, r: without_client_id(o), False, "certified", "ADD_CLIENT_ID", "partner"),
    "failed, partner": (lambda o, r: after_test(o, "partner"), False, "certified", "TEST_AGAIN", "partner"),
    "failed, operator": (lambda o, r: after_test(o, "operator"), False, "certified", "WAIT_FOR_OPERATOR", "operator"),
    "failed, us": (lambda o, r: after_test(o, "us"), False, "certified", "WAIT_FOR_US", "us"),
    "failed, network": (lambda o, r: after_test(o, "network"), False, "certified", "WAIT_FOR_US", "us"),
    "failed, both": (lambda o, r: after_test(o, "both"), False, "certified", "TEST_AGAIN", "partner"),
    "failed, nobody": (lambda o, r: after_test(o, "nobody"), False, "certified", "TEST_AGAIN", "partner"),
    "failed at a fault": (lambda o, r: after_test(o, "operator", fault="500"), False, "certified", "TEST", "partner"),
    "failed, then renewed": (lambda o, r: renewed(o), False, "certified", "TEST", "partner"),
    "connected": (lambda o, r: after_test(o, "nobody", succeeded=True), False, "connected", "NOTHING", "nobody"),
    "practice, signed": (
        lambda o, r: practice_signed(o), False, "sent", "UPLOAD_PRACTICE_CERTIFICATE", "partner"
    ),
    "practice, returned": (practice_returned, False, "returned", "SEND_AGAIN", "partner"),
    "withdrawn": (lambda o, r: withdrawn(o), False, "withdrawn", "CLOSED", "nobody"),
    "rejected": (lambda o, r: closed(o, r, review.reject), False, "rejected", "CLOSED", "nobody"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_hub_the_desk_and_the_reminder_agree_on_what_is_next(owner, reviewer, settings, case):
    """Every status, with and without required reviews, with each owner of a failed test, and in practice."""
    make, settings.REVIEW_REQUIRED, status, name, who = CASES[case]
    onboarding = factories.fresh(make(owner, reviewer))
    action = NextAction[name]
    assert (onboarding.status, progress_of(onboarding).next_action) == (status, action)
    assert (onboarding.next_owner, action.owner) == (who, who)
    reminder = partner_email(Action.REMIND, onboarding).body.split("\n\n")[0]
    expires = date_format(onboarding.expires_at, "j F Y") if onboarding.expires_at else ""
    reminders = {other: other.reminder(onboarding.mzp_login, expires) for other in NextAction}
    assert [other for other, text in reminders.items() if text == reminder] == [action]
    client = Client()
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    hub = client.get(reverse("onboarding:hub", args=[onboarding.pk])).content.decode()
    if action != NextAction.CLOSED:
        assert (str(action.title) in hub, str(action.explanation) in hub) == (True, True)
        labels = [label for label in OWNER_LABELS.values() if re.search(rf"\b{label}\b", hub)]
        assert labels == [OWNER_LABELS[Owner(who)]]
