"""Days left, the renewal beside the old onboarding, and how the old one is closed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from onboarding.forms.certificate import CertificateForm
from onboarding.messages.message import Owner
from onboarding.models import SUBJECT_COLUMNS, Action, DailyCount, IssuedCertificate, Onboarding, Role, Status
from onboarding.pki.errors import PassphraseError
from onboarding.rehearsal.authority import pem
from onboarding.workflow import certificates, colleagues, onboardings, renewals, requests, review
from onboarding.workflow.certificates import known_requests
from onboarding.workflow.expiry import Expiry, expiry_text
from onboarding.workflow.next_step import NextAction, progress_of
from onboarding.workflow.requests import open_private_key
from onboarding.workflow.transitions import TransitionNotAllowedError, locked
from tests import factories
from tests.review.conftest import signed_in
from tests.workflow.concurrency import run_together

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def connected(owner, **details):
    """Return a connected onboarding."""
    onboarding = factories.certified(owner, **details)
    with locked(onboarding, owner) as change:
        change.move(Action.CONNECT)
    return factories.fresh(onboarding)


def expiring(onboarding, *, days, lifetime=365):
    """Let the certificate of `onboarding` expire in `days`, as if time had passed since it was stored."""
    issued = IssuedCertificate.objects.filter(request__onboarding=onboarding)
    not_after = datetime.now(UTC) + timedelta(days=days, hours=1)
    issued.update(not_after=not_after, not_before=not_after - timedelta(days=lifetime))
    due = Expiry(not_after - timedelta(days=lifetime), not_after).renewal_due_at
    Onboarding.objects.filter(pk=onboarding.pk).update(expires_at=not_after, renewal_due_at=due)
    return factories.fresh(onboarding)


def connect_renewal(renewal, owner):
    """Give a renewal a key, a certificate, and a test that succeeded."""
    requests.make_key(renewal, owner, factories.PASSPHRASE, 2048)
    finish(factories.fresh(renewal), owner)


def finish(renewal, owner):
    requests.prove_passphrase(renewal.request, owner, factories.PASSPHRASE)
    requests.mark_sent(renewal.request, owner)
    certificates.accept_certificate(renewal.request, owner, factories.accepted_result(renewal))
    with locked(renewal, owner) as change:
        change.move(Action.CONNECT)


def action_of(onboarding):
    return progress_of(factories.fresh(onboarding)).next_action


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=41), "Expires in 41 days, on 5 January 2027."),
        (timedelta(hours=13), "Expires in 1 day, on 26 November 2026."),
        (timedelta(hours=1), "Expires today, on 25 November 2026."),
        (-timedelta(hours=1), "Expired today, on 25 November 2026."),
        (-timedelta(days=1), "Expired 1 day ago, on 24 November 2026."),
        (-timedelta(days=3), "Expired 3 days ago, on 22 November 2026."),
    ],
)
def test_the_sentence_names_the_days_and_the_day(left, text):
    """The number of days fits the day: both are calendar days in UTC."""
    with time_machine.travel(NOON, tick=False):
        assert expiry_text(NOON + left) == text


@pytest.mark.parametrize(("lifetime", "before"), [(365, 60), (180, 60), (90, 30), (30, 14), (9, 14)])
def test_a_renewal_is_due_sixty_days_before_or_in_the_last_third(lifetime, before):
    """A certificate of three months does not ask for its renewal as soon as it is issued. Two weeks are the least."""
    due = Expiry(NOON, NOON + timedelta(days=lifetime)).renewal_due_at
    assert due == NOON + timedelta(days=lifetime - before)


@pytest.mark.parametrize(
    ("days", "action"),
    [(200, NextAction.NOTHING), (61, NextAction.NOTHING), (59, NextAction.RENEW), (9, NextAction.RENEW)],
)
def test_the_hub_the_list_and_the_desk_say_the_same(owner, browser_of, reviewer, days, action):
    """Nine days before the expiry, the next action is to renew; each page has the sentence with the days."""
    onboarding = expiring(connected(owner), days=days)
    sentence = expiry_text(onboarding.expires_at)
    assert (f"in {days} days" in sentence, action_of(onboarding)) == (True, action)
    hub = browser_of.get(reverse("onboarding:hub", args=[onboarding.pk])).content.decode()
    listed = browser_of.get(reverse("onboarding:onboardings")).content.decode()
    assert [sentence in page for page in (hub, listed)] == [True, True]
    assert ("All done" in hub, "Renew the certificate" in hub) == (days > 60, days <= 60)
    browser_of.force_login(reviewer)
    queue = reverse("admin:onboarding_onboarding_changelist")
    case = browser_of.get(reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])).content.decode()
    rows = {value: browser_of.get(queue, {"move": "anyone", "expires": value}).content.decode() for value in ("60", "")}
    assert (sentence in case, sentence in rows[""]) == (True, True)
    assert (sentence in rows["60"]) is (days < 60)


def test_an_expired_certificate_that_was_never_connected_is_renewed(owner):
    """A test could not succeed any more."""
    onboarding = expiring(factories.certified(owner), days=-2)
    assert action_of(onboarding) == NextAction.RENEW


@pytest.mark.database
def test_time_alone_makes_it_the_partners_move(owner):
    """The scheduled batch moves each due onboarding once, with its daily count, and leaves the others."""
    due, early = (connected(owner, login=login) for login in ("MZP000001", "MZP000002"))
    expiring(due, days=30)
    expiring(early, days=90)
    Onboarding.objects.filter(pk=early.pk).update(renewal_due_at=None)  # stored by an earlier version
    assert run_together(renewals.update_due_renewals, renewals.update_due_renewals).count(1) == 1
    assert renewals.update_due_renewals() == 0
    assert [factories.fresh(each).next_owner for each in (due, early)] == [Owner.PARTNER, Owner.NOBODY]
    assert factories.fresh(early).renewal_due_at is not None
    labels = dict(DailyCount.objects.filter(kind="waiting").exclude(n=0).values_list("label", "n"))
    assert labels == {"connected:partner": 1, "connected:nobody": 1}


def test_a_renewal_has_everything_but_the_key(owner):
    """It is linked in both directions, and the next step is the key."""
    old = expiring(connected(owner, environment="production"), days=9)
    new = renewals.renew(old, owner)
    columns = ("owner", "mzp_login", "environment", "confirmed_cas", *SUBJECT_COLUMNS)
    assert [getattr(new, name) for name in columns] == [getattr(old, name) for name in columns]
    assert [str(client) for client in new.client_ids.all()] == [str(client) for client in old.client_ids.all()]
    assert (new.renews, old.renewal, new.status, action_of(new)) == (old, new, Status.DRAFT, NextAction.MAKE_KEY)
    assert (action_of(old), factories.fresh(old).next_owner) == (NextAction.WAIT_FOR_RENEWAL, Owner.NOBODY)


@pytest.mark.database
def test_two_forms_at_the_same_time_start_one_renewal(owner):
    """Both get the same onboarding."""
    old = connected(owner)
    first, second = run_together(*[lambda: renewals.renew(factories.fresh(old), owner)] * 2)
    assert (first, old.renewals.count()) == (second, 1)


@pytest.mark.database
def test_both_stay_open_until_the_new_one_is_connected_and_the_old_one_is_closed(owner, mailoutbox):
    """The old one can't be closed before, and is closed by one action afterwards."""
    old = expiring(connected(owner), days=9)
    new = renewals.renew(old, owner)
    with pytest.raises(TransitionNotAllowedError):
        renewals.close_renewed(old, owner)
    connect_renewal(new, owner)
    assert (factories.fresh(old).status, factories.fresh(new).status) == (Status.CONNECTED, Status.CONNECTED)
    assert (action_of(old), factories.fresh(old).next_owner) == (NextAction.CLOSE_RENEWED, Owner.PARTNER)
    renewals.close_renewed(old, owner)
    assert (factories.fresh(old).status, factories.fresh(old).expires_at) == (Status.RENEWED, None)
    assert [message.subject for message in mailoutbox].count("The old onboarding is closed") == 1
    with pytest.raises(TransitionNotAllowedError):
        renewals.close_renewed(old, owner)


@pytest.mark.database
def test_a_withdrawn_renewal_makes_room_for_another_and_can_not_come_back(owner, reviewer):
    """There is one renewal at a time, so that the hub leads to the right one."""
    old = expiring(connected(owner), days=9)
    first = renewals.renew(old, owner)
    onboardings.withdraw(first, owner)
    assert (action_of(old), factories.fresh(old).next_owner) == (NextAction.RENEW, Owner.PARTNER)
    second = renewals.renew(factories.fresh(old), owner)
    assert second != first
    with pytest.raises(TransitionNotAllowedError):
        review.reopen(factories.fresh(first), reviewer)
    onboardings.withdraw(second, owner)
    review.reopen(factories.fresh(first), reviewer)
    assert factories.fresh(old).renewal == first


def test_a_renewal_that_was_connected_by_a_killed_process_is_noticed(owner):
    """The scheduled batch makes it the partner's move to close the old one."""
    old = expiring(connected(owner), days=9)
    new = renewals.renew(old, owner)
    Onboarding.objects.filter(pk=new.pk).update(status=Status.CONNECTED)
    assert (renewals.update_due_renewals(), factories.fresh(old).next_owner) == (1, Owner.PARTNER)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SENT, Status.RENEWED, Status.WITHDRAWN])
def test_only_a_certificate_is_renewed(owner, status):
    """Without one, there is nothing to renew."""
    onboarding = factories.started(owner)
    Onboarding.objects.filter(pk=onboarding.pk).update(status=status)
    with pytest.raises(TransitionNotAllowedError):
        renewals.renew(factories.fresh(onboarding), owner)
    assert Onboarding.objects.count() == 1


@pytest.fixture
def same_key(owner, browser_of, rehearsing):
    """A renewal with the key of the old onboarding, made on the page of the key step."""
    old = connected(owner, environment="rehearsal")
    new = renewals.renew(old, owner)
    page = reverse("onboarding:key", args=[new.pk])
    assert "Use the same key again" in browser_of.get(page).content.decode()
    wrong = browser_of.post(page, {"reuse": "1", "earlier-passphrase": "not this one, another"})
    assert (wrong.status_code, factories.fresh(new).request) == (200, None)
    response = browser_of.post(page, {"reuse": "1", "earlier-passphrase": factories.PASSPHRASE})
    assert response.url == reverse("onboarding:request", args=[new.pk])
    return old, factories.fresh(new)


def test_the_same_key_is_sealed_again_for_the_renewal(same_key, owner):
    """Its CSR has the same public key. It opens with the same passphrase only, which counts as checked."""
    old, new = same_key
    request = new.request
    assert request.spki == old.request.spki
    assert bytes(request.sealed_key.ciphertext) != bytes(old.request.sealed_key.ciphertext)
    assert request.passphrase_proved_at is not None
    assert requests.checked_csr(request) == request.csr_pem
    own, earlier = (open_private_key(each, owner, factories.PASSPHRASE) for each in (request, old.request))
    assert own.private_numbers() == earlier.private_numbers()
    with pytest.raises(PassphraseError):
        open_private_key(request, owner, "not this one, another")


def test_with_the_same_key_only_the_new_certificate_is_accepted(same_key, owner, rehearsing):
    """The old certificate fits the key as well; the page and the workflow refuse it."""
    old, new = same_key
    requests.mark_sent(new.request, owner)
    new = factories.fresh(new)
    issued = old.request.issued_certificate

    def form(text):
        return CertificateForm(
            {"text": text},
            onboarding=new,
            requests=known_requests(new),
            now=datetime.now(UTC),
            issued_certificate=None,
            has_client_id=True,
        )

    refused = form(issued.certificate_pem + issued.anchors_pem)
    assert (refused.is_valid(), "is the certificate that you renew" in str(refused.errors)) == (False, True)
    signed = rehearsing.sign(new.request.csr_pem.encode())
    accepted = form(pem(signed.certificate) + rehearsing.ca_pem)
    assert accepted.is_valid(), accepted.errors
    assert certificates.matched_request(new, accepted.accepted.certificates) == new.request


def test_a_key_that_the_partner_keeps_is_not_offered(owner, browser_of):
    """There is nothing here that could be used again."""
    old = connected(owner)
    old.request.sealed_key.delete()
    new = renewals.renew(old, owner)
    assert "Use the same key again" not in browser_of.get(reverse("onboarding:key", args=[new.pk])).content.decode()
    with pytest.raises(TransitionNotAllowedError):
        requests.reuse_key(new, owner, factories.PASSPHRASE)


def test_the_pages_lead_from_the_old_hub_to_the_closed_one(owner, browser_of):
    """Each button does what it says, and opening a page changes nothing."""
    old = expiring(connected(owner), days=9)

    def page(name, onboarding=old):
        return reverse(f"onboarding:{name}", args=[onboarding.pk])

    assert browser_of.get(page("close_renewed")).url == page("hub")
    assert page("renew") in browser_of.get(page("hub")).content.decode()
    assert (browser_of.get(page("renew")).status_code, Onboarding.objects.count()) == (200, 1)
    started = browser_of.post(page("renew"))
    new = old.renewal
    assert started.url == page("key", new)
    assert browser_of.get(page("renew")).url == page("hub", new)
    connect_renewal(new, owner)
    assert page("close_renewed") in browser_of.get(page("hub")).content.decode()
    assert "The new certificate works everywhere" in browser_of.get(page("close_renewed")).content.decode()
    assert browser_of.post(page("close_renewed")).url == page("hub", new)
    hub = browser_of.get(page("hub")).content.decode()
    assert ("because its certificate was renewed" in hub, page("hub", new) in hub) == (True, True)
    assert [text for text in ("later", "start a new onboarding") if text in hub] == []


def test_who_lost_the_old_onboarding_does_not_get_its_key_through_the_renewal(owner):
    """A member of the renewal needs to be one of the renewed onboarding as well, even with the right passphrase."""
    old, colleague = connected(owner), factories.partner("colleague@flottes.example")
    old.memberships.create(user=colleague, role=Role.MEMBER)
    new = renewals.renew(old, owner)
    assert requests.reusable_request(new, colleague) is not None
    colleagues.remove_colleague(old, owner, old.memberships.get().pk)
    page = signed_in(colleague).get(reverse("onboarding:key", args=[new.pk]))
    assert (page.status_code, page.context["reusable"]) == (200, False)
    with pytest.raises(TransitionNotAllowedError):
        requests.reuse_key(new, colleague, factories.PASSPHRASE)
    assert factories.fresh(new).request is None
