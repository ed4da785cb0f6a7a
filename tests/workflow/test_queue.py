"""The line before slow cryptography: bounded, with a sentence, and nothing counted for a request that is refused."""

import threading
from contextlib import contextmanager

import pytest
from django.db import connection
from django.urls import reverse

from onboarding.models import AuditRecord, LimitCounter
from onboarding.workflow import thread_pool
from onboarding.workflow.thread_pool import QueueFullError, current_line, in_line, run_in_pool
from tests import factories

pytestmark = pytest.mark.django_db


@contextmanager
def requests_in_line(number):
    """Hold so many places of the line in other threads, each with work in the pool that does not end."""
    go_on, entered = threading.Event(), threading.Semaphore(0)

    def hold():
        with in_line():
            entered.release()
            run_in_pool(go_on.wait)
        connection.close()

    threads = [threading.Thread(target=hold) for _ in range(number)]
    for thread in threads:
        thread.start()
    for _ in threads:
        entered.acquire()
    try:
        yield
    finally:
        go_on.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("before", [1, 2, 12])
def test_a_full_line_says_how_long_it_is(settings, monkeypatch, before):
    """The number is that of the requests before; the time is their mean duration, spread over the cores."""
    settings.QUEUE_PLACES = before
    monkeypatch.setattr(thread_pool._waiting, "mean", 0.7)
    monkeypatch.setattr(thread_pool, "_threads", lambda: 2)
    with requests_in_line(before):
        with pytest.raises(QueueFullError) as refused:
            run_in_pool(int)
        assert (refused.value.line.before, current_line().is_full) == (before, True)
        sentences = {
            1: "1 request is before yours. That takes about 1 second.",
            2: "2 requests are before yours. That takes about 1 second.",
            12: "12 requests are before yours. That takes about 5 seconds.",
        }
        assert refused.value.text == f"{sentences[before]} Then send the form again."
    assert (run_in_pool(int), current_line().before) == (0, 0)


def test_work_that_fails_gives_its_place_back(settings):
    """The error reaches the caller, and the line is empty again."""
    settings.QUEUE_PLACES = 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            run_in_pool(lambda: 1 / 0)
    assert current_line().before == 0


def test_a_refused_form_counts_and_changes_nothing(browser_of, owner, settings):
    """The page has the sentence beside the form; no key was counted, none made, and nothing is in the record."""
    settings.QUEUE_PLACES = 2
    onboarding = factories.described(owner)
    url = reverse("onboarding:key", args=[onboarding.pk])
    records, counters = AuditRecord.objects.count(), LimitCounter.objects.count()
    typed = {"passphrase": factories.PASSPHRASE, "key_size": "2048"}
    with requests_in_line(2):
        page = browser_of.post(url, typed)
        assert "2 requests are before yours." in page.content.decode()
        assert browser_of.get(reverse("onboarding:queue")).json()["full"] is True
    assert (AuditRecord.objects.count(), LimitCounter.objects.count()) == (records, counters)
    assert factories.fresh(onboarding).status == "draft"
    assert browser_of.get(reverse("onboarding:queue")).json()["full"] is False
    assert browser_of.post(url, typed).status_code == 302


def test_the_connection_is_given_back_while_the_work_runs(transactional_db):
    """Slow work needs none, so that a pool of a few connections serves many threads."""
    connection.ensure_connection()
    held = run_in_pool(lambda outer=connection: outer.connection)
    assert held is None
