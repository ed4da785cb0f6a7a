"""The live test as the site makes it: bounded in number, cancelled, interrupted, and shown stage by stage."""

import json
import socket
import threading
import time
import uuid
from datetime import timedelta

import pytest
from cryptography import x509
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from onboarding.forms.certificate import CertificateForm
from onboarding.messages.verdicts import VERDICTS
from onboarding.models import ConnectionTest
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.rehearsal.authority import pem
from onboarding.workflow import certificates, connection_tests, onboardings, requests
from onboarding.workflow.certificates import known_requests
from onboarding.workflow.downloads import WAYS
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
        kept=None,
        has_client_id=False,
    )
    assert form.is_valid(), form.errors
    certificates.accept_certificate(onboarding.request, owner, form.answer)
    certificates.add_client_id(onboarding, owner, issued.client_id, "")
    return factories.fresh(onboarding)


def secrets(password="rehearsal-mzp128745"):
    return {"passphrase": factories.PASSPHRASE, "password": password, "test": str(uuid.uuid4())}


def url(onboarding, name="test"):
    return reverse(f"onboarding:{name}", args=[onboarding.pk])


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
        stage["name"] for stage in ConnectionTest.objects.get().result["stages"]
    ]
    assert factories.fresh(onboarding).status == "connected"


def once_running():
    """Wait until the other thread's test has begun."""
    while not ConnectionTest.objects.exists():
        time.sleep(0.05)


def cancel_once_running(onboarding, owner):
    once_running()
    connection_tests.cancel_connection_test(onboarding, owner)
    connection.close()


def test_a_running_test_is_cancelled_from_elsewhere(browser_of, onboarding, silent, settings, owner):
    """The gateway hangs; a second tab cancels, the first gets its verdict, and the status is as it was."""
    settings.REHEARSAL_API_URL = f"https://127.0.0.1:{silent}/connectedcar/v3"
    thread = threading.Thread(target=cancel_once_running, args=(onboarding, owner))
    thread.start()
    answer = browser_of.post(url(onboarding), secrets())
    thread.join()
    assert answer.url == url(onboarding)
    test = ConnectionTest.objects.get()
    assert (test.verdict, test.finished_at is not None) == ("cancelled", True)
    assert factories.fresh(onboarding).status == "certified"


def test_one_test_at_a_time_for_an_onboarding(browser_of, onboarding):
    """While one runs, another says so and makes no request."""
    running = ConnectionTest.objects.create(
        onboarding=onboarding, certificate=onboarding.request.issued_certificate, client_id="x"
    )
    page = browser_of.post(url(onboarding), secrets())
    assert page.context["form"].non_field_errors() == [
        "A test of this onboarding is running already. Wait until it has ended, or cancel it."
    ]
    assert list(ConnectionTest.objects.all()) == [running]


def test_ten_tests_an_hour(browser_of, onboarding, settings):
    """The eleventh waits, so that the gateway does not lock the login out."""
    for _ in range(settings.TESTS_AN_HOUR):
        ConnectionTest.objects.create(
            onboarding=onboarding,
            certificate=onboarding.request.issued_certificate,
            client_id="x",
            finished_at=timezone.now(),
        )
    page = browser_of.post(url(onboarding), secrets())
    assert page.context["form"].non_field_errors()[0].startswith("You can test an onboarding 10 times an hour")
    ConnectionTest.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert browser_of.post(url(onboarding), secrets()).url == url(onboarding, "done")


def test_a_test_that_the_server_did_not_survive_is_interrupted(browser_of, onboarding):
    """Its row stays unfinished; after twice the time a test may take it is called interrupted, and blocks nothing."""
    lost = ConnectionTest.objects.create(
        onboarding=onboarding,
        certificate=onboarding.request.issued_certificate,
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
        certificates.add_client_id(onboarding, owner, "another", "")
        done.append(ConnectionTest.objects.get().finished_at)
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
        text = browser_of.get(reverse(f"onboarding:report_{kind}", args=[onboarding.pk])).content.decode()
        assert "MZP128745" in text
        assert [
            secret for secret in ("a wrong password", factories.PASSPHRASE, "PRIVATE", "Basic ") if secret in text
        ] == []


def run_while(onboarding, owner, happens):
    """The test of the current certificate, during which something happens."""
    stages = []

    def watch(stage):
        if not stages:
            happens()
        stages.append(stage)

    request = onboarding.request
    trial = connection_tests.ConnectionTestOptions(uuid.uuid4(), onboarding.client_ids.get().value)
    key = requests.open_private_key(request, factories.PASSPHRASE)
    return connection_tests.run_connection_test(
        request.issued_certificate, owner, trial, key, "rehearsal-mzp128745", watch=watch
    )


def test_a_newer_certificate_is_not_proved_by_the_older_ones_success(onboarding, owner, rehearsing):
    """A renewal that comes while the older certificate is tested waits for a test of its own."""

    def renew():
        issued = rehearsing.sign(onboarding.request.csr_pem.encode())
        known = [CandidateRequest(onboarding.request.spki, None, "this request")]
        pieces = [issued.certificate, *x509.load_pem_x509_certificates(rehearsing.ca_pem.encode())]
        certificates.accept_certificate(onboarding.request, owner, validate_certificates(pieces, known, timezone.now()))

    made = run_while(onboarding, owner, renew)
    assert (made.verdict, factories.fresh(onboarding).status) == ("connected", "certified")
    assert run_while(onboarding, owner, lambda: None).verdict == "connected"
    assert factories.fresh(onboarding).status == "connected"


def test_a_test_that_outlives_its_onboarding_is_finished(onboarding, owner):
    """Withdrawn meanwhile: the result is kept, and the onboarding stays withdrawn."""
    made = run_while(onboarding, owner, lambda: onboardings.withdraw(onboarding, owner))
    assert (ConnectionTest.objects.get(pk=made.pk).verdict, made.running) == ("connected", False)
    assert factories.fresh(onboarding).status == "withdrawn"
    assert not onboarding.events.filter(verb__in=["test", "connect"]).exists()


def test_the_history_says_where_a_streamed_test_came_from(browser_of, onboarding):
    """The test runs in a thread of its own; the partner's address goes with it."""
    headers = {"Accept": "application/x-ndjson"}
    answer = browser_of.post(url(onboarding), secrets(), headers=headers, REMOTE_ADDR="192.0.2.7")
    b"".join(answer.streaming_content)
    assert {event.address for event in onboarding.events.filter(verb__in=["test", "connect"])} == {"192.0.2.7"}


def test_a_form_without_an_id_makes_a_test_that_can_be_cancelled(browser_of, onboarding):
    """An old page, or a script: the test gets an id all the same."""
    sent = secrets()
    del sent["test"]
    browser_of.post(url(onboarding), sent)
    assert ConnectionTest.objects.get().verdict == "connected"


def test_a_report_of_a_fault_that_can_not_be_is_not_found(browser_of, onboarding):
    """A NUL in the address reaches no database."""
    assert browser_of.get(reverse("onboarding:report_txt", args=[onboarding.pk]), {"fault": "\0"}).status_code == 404


def test_whatever_a_verdict_asks_a_partner_to_hand_in_has_a_link():
    """Each verdict whose action is to hand something in, or to make a new key, leads to the page for it."""
    asks = {code for code, entry in VERDICTS.items() if "and in the" in entry.remedy or "RSA key" in entry.remedy}
    assert asks - set(WAYS) == set()
    assert set(WAYS) - set(VERDICTS) == set()


@pytest.mark.parametrize(("code", "page"), [("server_ca_mismatch", "certificate"), ("certificate_too_weak", "replace")])
def test_a_verdict_leads_to_where_it_is_mended(browser_of, onboarding, code, page):
    """The link stands beside the verdict."""
    verdict = {
        "code": code,
        "text": "So it is.",
        "action": "Mend it.",
        "confidence": "probable",
        "owner_words": "yours",
    }
    ConnectionTest.objects.create(
        onboarding=onboarding,
        certificate=onboarding.request.issued_certificate,
        client_id="x",
        finished_at=timezone.now(),
        verdict=code,
        result={"verdict": verdict, "stages": []},
    )
    shown = browser_of.get(url(onboarding)).content.decode()
    assert f'<a class="btn btn-primary" href="{url(onboarding, page)}">{WAYS[code][1]}</a>' in shown
    assert "Next move: probably yours" in shown
