"""`manage.py recount` computes the same counts as the changes, while other changes go on."""

import io
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from onboarding.models import Action, DailyCount, Onboarding
from onboarding.workflow import onboardings, recounting, requests
from onboarding.workflow.transitions import locked
from tests import factories

pytestmark = pytest.mark.django_db


def counted_tests():
    return sorted(DailyCount.objects.filter(kind="tests").exclude(n=0).values_list("label", "n"))


def finished(onboarding, verdict, fault=""):
    """Return a finished test."""
    return onboarding.tests.create(
        certificate=onboarding.request.issued_certificate,
        client_id="client-1",
        finished_at=timezone.now(),
        verdict=verdict,
        fault=fault,
    )


def test_a_recount_excludes_the_tests_of_practice_faults(owner):
    """The counts before and after the recount exclude them."""
    onboarding = factories.certified(owner)
    with locked(onboarding, owner) as change:
        finished(onboarding, "connected")
        change.record(Action.TEST, "connected")
        finished(onboarding, "password_rejected", fault="401_basic")
        change.record(Action.TRY_FAULT, "401_basic: password_rejected")
    assert counted_tests() == [("connected", 1)]
    call_command("recount", stdout=io.StringIO())
    assert counted_tests() == [("connected", 1)]


def test_a_recount_excludes_a_test_that_ended_after_the_onboarding(owner):
    """Its result is stored, but no change recorded it."""
    finished(factories.certified(owner), "connected")
    call_command("recount", stdout=io.StringIO())
    assert counted_tests() == []


def all_counts():
    return sorted(DailyCount.objects.exclude(n=0).values_list("kind", "day", "label", "n"))


def in_another_thread(work) -> None:
    """Run `work` with a database connection of its own; fail if it has to wait."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_changes_during_a_recount_neither_wait_nor_get_lost(owner, monkeypatch):
    """Somebody starts an onboarding and ends another between the snapshot and the correction; both are counted."""
    ending = factories.sent(owner)
    DailyCount.objects.filter(kind="waiting").update(n=5)
    DailyCount.objects.create(kind="tests", day=timezone.now().date(), label="never", n=3)
    real = recounting._true_counts

    def while_others_work():
        counts = real()
        in_another_thread(lambda: factories.started(owner))
        in_another_thread(lambda: onboardings.withdraw(ending, owner))
        return counts

    monkeypatch.setattr(recounting, "_true_counts", while_others_work)
    assert recounting.correct_counts() > 0
    monkeypatch.undo()
    corrected = all_counts()
    assert recounting.correct_counts() == 0
    DailyCount.objects.all().delete()
    recounting.correct_counts()
    assert all_counts() == corrected


@pytest.mark.django_db(transaction=True)
def test_a_recount_locks_few_onboardings_at_a_time(owner, monkeypatch):
    """Between two batches, somebody else can change any onboarding."""
    first, last = factories.sent(owner), factories.sent(owner)
    monkeypatch.setattr(recounting, "ROWS_AT_ONCE", 1)
    Onboarding.objects.update(next_owner="nobody", warnings=7)
    batches = recounting.recount_columns()
    assert next(batches) == 1
    in_another_thread(lambda: onboardings.withdraw(first, owner))
    in_another_thread(lambda: onboardings.withdraw(last, owner))
    assert list(batches) == [2]
    assert recounting.correct_counts() >= 0
    assert set(Onboarding.objects.values_list("warnings", flat=True)) == {0}
    assert recounting.correct_counts() == 0


def test_a_changed_review_setting_needs_no_command(owner, settings):
    """The regular work corrects whose move it is, and the counts with it; a second run changes nothing."""
    onboarding = factories.with_key(owner)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    factories.with_key(owner)
    assert recounting.refresh_next_owners() == 0
    for required, expected in ((True, "us"), (False, "partner")):
        settings.REVIEW_REQUIRED = required
        assert recounting.refresh_next_owners() == 1
        assert factories.fresh(onboarding).next_owner == expected
        assert recounting.refresh_next_owners() == recounting.correct_counts() == 0
