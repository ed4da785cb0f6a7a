"""The verbs: what each changes, what it refuses, and that two at once have one effect."""

import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from onboarding.models import (
    CertificateRequest,
    ConnectionTest,
    Event,
    IssuedCertificate,
    Onboarding,
    SealedPrivateKey,
    Status,
)
from onboarding.pki.errors import PkiError
from onboarding.workflow import certificates, connection_tests, onboardings, requests, transitions
from onboarding.workflow.transitions import TRANSITIONS, locked
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def trail(onboarding):
    return [(event.verb, event.from_status, event.to_status) for event in onboarding.events.all()]


def at_once(*calls):
    """Run the calls in threads that start together; what each returned or raised."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        gate.wait()
        try:
            results[index] = call()
        except Exception as error:  # noqa: BLE001  # what was raised is what the test looks at
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_every_change_of_status_leaves_a_row_that_says_who_from_and_to(owner):
    """The record of a whole walk up to the certificate."""
    onboarding = factories.certified(owner)
    assert trail(onboarding) == [
        ("start", "draft", "draft"),
        ("describe", "draft", "draft"),
        ("make_key", "draft", "key_made"),
        ("prove_passphrase", "key_made", "key_made"),
        ("mark_sent", "key_made", "sent"),
        ("accept_certificate", "sent", "certified"),
        ("add_client_id", "certified", "certified"),
    ]
    assert {event.actor for event in onboarding.events.all()} == {owner}


@pytest.mark.parametrize("verb", sorted(TRANSITIONS))
@pytest.mark.parametrize("status", list(Status))
def test_a_verb_moves_from_its_own_statuses_and_no_other(owner, verb, status):
    """The table is the law: every verb against every status."""
    onboarding = factories.started(owner)
    Onboarding.objects.filter(pk=onboarding.pk).update(status=status)
    sources, target = TRANSITIONS[verb]
    if status in sources:
        with locked(onboarding, owner, ended=verb == "reopen") as now:
            now.move(verb)
        assert factories.fresh(onboarding).status == (target or Status.DRAFT)
    else:
        with (
            pytest.raises(transitions.TransitionNotAllowedError),
            locked(onboarding, owner, ended=verb == "reopen") as now,
        ):
            now.move(verb)
        assert factories.fresh(onboarding).status == status


def test_two_keys_at_once_leave_one(owner):
    """A double click, or two tabs: one request, one sealed key, one row in the record."""
    onboarding = factories.described(owner)
    results = at_once(*[lambda: requests.make_key(onboarding, owner, factories.PASSPHRASE, 2048)] * 3)
    assert sorted(type(result).__name__ for result in results) == [
        "CertificateRequest",
        "TransitionNotAllowedError",
        "TransitionNotAllowedError",
    ]
    assert (CertificateRequest.objects.count(), SealedPrivateKey.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="make_key").count() == 1


def test_an_onboarding_started_twice_is_one(owner):
    """The id comes with the form."""
    pk = uuid.uuid4()
    results = at_once(*[lambda: onboardings.start(owner, pk, "MZP128745", "production")] * 3)
    assert [result.pk for result in results] == [pk] * 3
    assert Event.objects.filter(verb="start").count() == 1


def test_another_accounts_id_starts_nothing(owner):
    """Knowing an id gives no access to what it names."""
    other = factories.partner("other@flottes.example")
    theirs = factories.started(other)
    with pytest.raises(PermissionError):
        onboardings.start(owner, theirs.pk, "MZP999999", "production")
    assert factories.fresh(theirs).mzp_login == "MZP128745"


def test_the_same_certificate_twice_is_one_row(owner):
    """Two uploads at once of one answer."""
    onboarding = factories.sent(owner)
    answer = factories.answer_to(onboarding)
    at_once(*[lambda: certificates.accept_certificate(onboarding.request, owner, answer)] * 2)
    assert IssuedCertificate.objects.count() == 1
    assert Event.objects.filter(verb="accept_certificate").count() == 1


def test_sent_needs_the_passphrase_to_have_been_proved(owner):
    """Nobody waits for a certificate whose key can't be opened."""
    onboarding = factories.with_key(owner)
    with pytest.raises(transitions.TransitionNotAllowedError):
        requests.mark_sent(onboarding.request, owner)
    assert (factories.fresh(onboarding).status, onboarding.request.sent_at) == ("key_made", None)
    with pytest.raises(PkiError, match="passphrase_wrong"):
        requests.prove_passphrase(onboarding.request, owner, "not the passphrase")
    assert factories.fresh(onboarding).request.passphrase_proved_at is None


def test_changed_details_set_the_request_aside_and_keep_its_key(owner):
    """The old request can still be answered; the next one is made from the new details."""
    onboarding = factories.sent(owner)
    assert onboardings.describe(onboarding, owner, {**factories.COMPANY, "locality": "Paris"}) is True
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.request, onboarding.locality) == ("draft", None, "Paris")
    assert SealedPrivateKey.objects.count() == 1
    assert onboardings.describe(onboarding, owner, {**factories.COMPANY, "locality": "Paris"}) is False


def test_a_sealed_key_moved_to_another_onboarding_does_not_open(owner):
    """Associated data binds the record to its row."""
    mine, other = factories.with_key(owner), factories.with_key(owner)
    SealedPrivateKey.objects.filter(request=mine.request).delete()
    moved = SealedPrivateKey.objects.get(request=other.request)
    moved.request = mine.request
    moved.save(force_insert=True)
    with pytest.raises(PkiError, match="sealed_key_damaged"):
        requests.prove_passphrase(mine.request, owner, factories.PASSPHRASE)


def test_a_test_sent_twice_is_one_request(owner, settings):
    """Both tabs get the same result; nothing listens at the address, so it is a verdict of the network."""
    settings.FLEETS_API_URL = "https://127.0.0.1:1/connectedcar/v3"
    onboarding = factories.certified(owner)
    answer, trial = (
        onboarding.request.issued_certificate,
        connection_tests.ConnectionTestOptions(uuid.uuid4(), "client-1"),
    )
    key = requests.open_private_key(onboarding.request, factories.PASSPHRASE)
    results = at_once(*[lambda: connection_tests.run_connection_test(answer, owner, trial, key, "a password")] * 2)
    assert [result.verdict for result in results] == ["connect_refused"] * 2
    assert ConnectionTest.objects.count() == 1
    assert factories.fresh(onboarding).status == "certified"


def test_a_withdrawn_onboarding_takes_no_change(owner):
    """Every verb is refused, and nothing is recorded after the end."""
    onboarding = factories.with_key(owner)
    onboardings.withdraw(onboarding, owner)
    for verb in (
        lambda: onboardings.withdraw(onboarding, owner),
        lambda: onboardings.describe(onboarding, owner, factories.COMPANY),
        lambda: requests.replace_request(onboarding, owner),
        lambda: certificates.add_client_id(onboarding, owner, "x", ""),
    ):
        with pytest.raises(transitions.TransitionNotAllowedError):
            verb()
    assert trail(onboarding)[-1] == ("withdraw", "key_made", "withdrawn")


def test_the_database_itself_refuses_a_second_current_request(owner):
    """The rule stands even where a verb would forget it."""
    onboarding = factories.with_key(owner)
    request = onboarding.request
    request.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        request.save(force_insert=True)


def test_an_event_is_neither_changed_nor_deleted(owner):
    """The record only grows."""
    event = factories.started(owner).events.get()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
