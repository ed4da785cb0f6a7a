"""Running connection tests: a form that is sent twice makes one test, and its duplicate does not block other tests."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from onboarding.messages.verdicts import VERDICTS
from onboarding.models import ConnectionTest
from onboarding.workflow import connection_tests, requests
from onboarding.workflow.connection_tests import FIX_AT, ConnectionTestOptions, FixAt
from tests import factories
from tests.workflow.concurrency import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.database
def test_a_form_that_is_sent_twice_makes_one_test(owner, settings):
    """Both forms get the same result. No server listens at the address, so the connection is refused."""
    settings.FLEETS_API_URL = "https://127.0.0.1:1/connectedcar/v3"
    onboarding = factories.certified(owner)
    issued, options = onboarding.request.issued_certificate, ConnectionTestOptions(uuid.uuid4(), "client-1")
    key = requests.open_private_key(onboarding.request, onboarding.owner, factories.PASSPHRASE)
    results = run_together(
        *[lambda: connection_tests.run_connection_test(issued, owner, options, key, "a password")] * 2
    )
    assert [result.verdict for result in results] == ["connect_refused"] * 2
    assert ConnectionTest.objects.count() == 1
    assert factories.fresh(onboarding).status == "certified"


def test_a_form_that_is_sent_twice_counts_as_one_test(owner, settings, monkeypatch):
    """While one test may run at once, the duplicate waits for the first test's result instead of being refused."""
    settings.TESTS_AT_ONCE = 1
    onboarding = factories.certified(owner)
    issued = onboarding.request.issued_certificate
    running = ConnectionTest.objects.create(
        pk=uuid.uuid4(), onboarding=onboarding, certificate=issued, client_id="client-1"
    )
    monkeypatch.setattr(connection_tests, "_wait_for_duplicate", lambda *_: "waited")
    options = ConnectionTestOptions(running.pk, "client-1")
    assert connection_tests.run_connection_test(issued, owner, options, None, "") == "waited"


@pytest.fixture
def slept(monkeypatch):
    """Replace the clock: sleeping makes it later at once. Return the list of the seconds that were slept."""
    began, pauses = timezone.now(), []
    clock = SimpleNamespace(sleep=pauses.append, monotonic=lambda: sum(pauses))
    monkeypatch.setattr(connection_tests, "time", clock)
    monkeypatch.setattr(timezone, "now", lambda: began + timedelta(seconds=sum(pauses)))
    return pauses


@pytest.mark.parametrize("limit", [15, 120])
@pytest.mark.parametrize("interrupted", [False, True])
def test_a_duplicate_waits_as_long_as_a_test_can_run(owner, settings, slept, monkeypatch, limit, interrupted):
    """It gets the result that the first test stores at the end of its time. It waits for no interrupted test."""
    settings.TEST_SECONDS = limit
    onboarding = factories.certified(owner)
    first = ConnectionTest.objects.create(
        onboarding=onboarding, certificate=onboarding.request.issued_certificate, client_id="client-1"
    )

    def pause(seconds):
        slept.append(10 * seconds)
        if sum(slept) >= limit and not interrupted:
            ConnectionTest.objects.filter(pk=first.pk).update(finished_at=timezone.now(), verdict="connect_refused")

    monkeypatch.setattr(connection_tests.time, "sleep", pause)
    options = ConnectionTestOptions(first.pk, "client-1")
    result = connection_tests.run_connection_test(first.certificate, owner, options, None, "")
    assert (result.verdict, result.interrupted) == (("", True) if interrupted else ("connect_refused", False))


def test_every_verdict_with_a_page_to_fix_it_exists_and_has_a_label():
    """A renamed code would lose its link without this test."""
    assert set(FIX_AT) - set(VERDICTS) == set()
    assert [fix for fix in FixAt if not str(fix.label)] == []
