"""`manage.py recount` computes the same counts of tests as the changes."""

import io

import pytest
from django.core.management import call_command
from django.utils import timezone

from onboarding.models import Action, DailyCount
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
