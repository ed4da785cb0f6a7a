"""The live test as the site makes it: bounded in number, cancelled, interrupted, and shown stage by stage."""

import json
import socket
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from onboarding import journey
from onboarding.forms.answers import CertificateForm
from onboarding.matching import known_requests
from onboarding.models import FleetsTest
from onboarding.rehearsal.authority import pem
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def onboarding(owner, rehearsing):
    """One that the rehearsal has certified."""
    onboarding = factories.sent(owner, environment="rehearsal")
    issued = rehearsing.sign(onboarding.request.csr_pem.encode())
    form = CertificateForm(
        {"text": pem(issued.certificate) + rehearsing.ca_pem, "client_id": issued.client_id},
        onboarding=onboarding,
        requests=known_requests(onboarding),
        now=timezone.now(),
        has_certificate=False,
        has_client_id=False,
    )
    assert form.is_valid(), form.errors
    journey.accept_certificate(onboarding.request, owner, form.answer)
    journey.add_client_id(onboarding, owner, issued.client_id, "")
    return factories.fresh(onboarding)


def secrets(password="rehearsal-mzp128745"):
    return {"passphrase": factories.PASSPHRASE, "password": password, "test": str(uuid.uuid4())}


def url(onboarding, name="test"):
    return reverse(name, args=[onboarding.pk])


@pytest.fixture
def silent():
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_stages_arrive_as_lines_and_the_last_says_where_to_go(browser_of, onboarding):
    """What the page's script reads: one line a stage, in order, then the fleets' page."""
    answer = browser_of.post(url(onboarding), secrets(), headers={"Accept": "application/x-ndjson"})
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert lines[-1] == {"go": url(onboarding, "done")}
    assert all(line["stage"]["ok"] for line in lines[:-1])
    assert [line["stage"]["name"] for line in lines[:-1]] == [
        stage["name"] for stage in FleetsTest.objects.get().result["stages"]
    ]
    assert factories.fresh(onboarding).status == "connected"


def once_running():
    """Wait until the other thread's test has begun."""
    while not FleetsTest.objects.exists():
        time.sleep(0.05)


def cancel_once_running(onboarding, owner):
    once_running()
    journey.cancel_test(onboarding, owner)
    connection.close()


def test_a_running_test_is_cancelled_from_elsewhere(browser_of, onboarding, silent, settings, owner):
    """The gateway hangs; a second tab cancels, the first gets its verdict, and the status is as it was."""
    settings.REHEARSAL_API_URL = f"https://127.0.0.1:{silent}/connectedcar/v3"
    thread = threading.Thread(target=cancel_once_running, args=(onboarding, owner))
    thread.start()
    answer = browser_of.post(url(onboarding), secrets())
    thread.join()
    assert answer.url == url(onboarding)
    test = FleetsTest.objects.get()
    assert (test.verdict, test.finished_at is not None) == ("cancelled", True)
    assert factories.fresh(onboarding).status == "certified"


def test_one_test_at_a_time_for_an_onboarding(browser_of, onboarding):
    """While one runs, another says so and makes no request."""
    running = FleetsTest.objects.create(onboarding=onboarding, certificate=onboarding.request.answer, client_id="x")
    page = browser_of.post(url(onboarding), secrets())
    assert page.context["form"].non_field_errors() == [
        "A test of this onboarding is running already. Wait until it has ended, or cancel it."
    ]
    assert list(FleetsTest.objects.all()) == [running]


def test_ten_tests_an_hour(browser_of, onboarding, settings):
    """The eleventh waits, so that the gateway does not lock the login out."""
    for _ in range(settings.TESTS_AN_HOUR):
        FleetsTest.objects.create(
            onboarding=onboarding, certificate=onboarding.request.answer, client_id="x", finished_at=timezone.now()
        )
    page = browser_of.post(url(onboarding), secrets())
    assert page.context["form"].non_field_errors()[0].startswith("An onboarding can be tested 10 times an hour")
    FleetsTest.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert browser_of.post(url(onboarding), secrets()).url == url(onboarding, "done")


def test_a_test_that_the_server_did_not_survive_is_interrupted(browser_of, onboarding):
    """Its row stays unfinished; after twice the time a test may take it is called interrupted, and blocks nothing."""
    lost = FleetsTest.objects.create(
        onboarding=onboarding,
        certificate=onboarding.request.answer,
        client_id="x",
        started_at=timezone.now() - timedelta(seconds=31),
    )
    assert (lost.running, lost.interrupted) == (False, True)
    assert "was interrupted" in browser_of.get(url(onboarding)).content.decode()
    assert browser_of.post(url(onboarding), secrets()).url == url(onboarding, "done")


def test_a_hanging_gateway_leaves_the_onboarding_free(browser_of, onboarding, silent, settings, owner):
    """No lock is held while the network is waited for: another change goes through meanwhile."""
    settings.REHEARSAL_API_URL = f"https://127.0.0.1:{silent}/connectedcar/v3"
    settings.TEST_SECONDS = 5.0
    done = []

    def meanwhile():
        once_running()
        journey.add_client_id(onboarding, owner, "another", "")
        done.append(FleetsTest.objects.get().finished_at)
        connection.close()

    thread = threading.Thread(target=meanwhile)
    thread.start()
    browser_of.post(url(onboarding), secrets())
    thread.join()
    assert done == [None]


def test_the_report_holds_the_login_and_no_secret(browser_of, onboarding):
    """Text and JSON, for the operator's support."""
    browser_of.post(url(onboarding), secrets("a wrong password"))
    for kind in ("txt", "json"):
        text = browser_of.get(reverse(f"report_{kind}", args=[onboarding.pk])).content.decode()
        assert "MZP128745" in text
        assert [
            secret for secret in ("a wrong password", factories.PASSPHRASE, "PRIVATE", "Basic ") if secret in text
        ] == []
