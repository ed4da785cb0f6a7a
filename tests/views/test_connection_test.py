"""The test step: limits, cancelling, interruption, and the stream of stages."""

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

from onboarding.messages.verdicts import VERDICTS
from onboarding.models import ConnectionTest
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.workflow import certificates, connection_tests, onboardings, requests
from onboarding.workflow.connection_tests import FIX_AT
from tests import factories
from tests.views.conftest import secrets, url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent():
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_stream_has_a_line_for_each_stage_and_ends_with_the_next_page(browser_of, onboarding):
    """The page's script reads one line of JSON for each stage, in order, then the address of the done step."""
    answer = browser_of.post(url(onboarding), secrets(), headers={"Accept": "application/x-ndjson"})
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert lines[-1] == {"go": url(onboarding, "done")}
    assert all(line["stage"]["ok"] for line in lines[:-1])
    assert [line["stage"]["name"] for line in lines[:-1]] == [
        stage["name"] for stage in ConnectionTest.objects.get().result["stages"]
    ]
    assert factories.fresh(onboarding).status == "connected"


def wait_until_running():
    """Wait until the test of the other thread has started."""
    while not ConnectionTest.objects.exists():
        time.sleep(0.05)


def cancel_once_running(onboarding, owner):
    wait_until_running()
    connection_tests.cancel_connection_test(onboarding, owner)
    connection.close()


def test_a_running_test_is_cancelled_from_elsewhere(browser_of, onboarding, silent, settings, owner):
    """The gateway hangs and another tab cancels: the first gets the verdict, and the status does not change."""
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
    """While a test runs, a second one is refused and makes no request."""
    running = ConnectionTest.objects.create(
        onboarding=onboarding, certificate=onboarding.request.issued_certificate, client_id="x"
    )
    page = browser_of.post(url(onboarding), secrets())
    assert page.context["form"].non_field_errors() == [
        "A test of this onboarding is running already. Wait until it has ended, or cancel it."
    ]
    assert list(ConnectionTest.objects.all()) == [running]


def test_ten_tests_an_hour(browser_of, onboarding, settings):
    """The eleventh test is refused, so that the gateway does not lock the login."""
    for _ in range(settings.TESTS_AN_HOUR):
        ConnectionTest.objects.create(
            onboarding=onboarding,
            certificate=onboarding.request.issued_certificate,
            client_id="x",
            finished_at=timezone.now(),
        )
    page = browser_of.post(url(onboarding), secrets())
    assert page.context["form"].non_field_errors()[0].endswith("The limit is 10 in 1 hour. Try again in 1 hour.")
    ConnectionTest.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert browser_of.post(url(onboarding), secrets()).url == url(onboarding, "done")


def test_a_test_whose_server_stopped_is_interrupted(browser_of, onboarding):
    """After twice the maximum duration, the page calls an unfinished test interrupted, and it blocks nothing."""
    lost = ConnectionTest.objects.create(
        onboarding=onboarding,
        certificate=onboarding.request.issued_certificate,
        client_id="x",
        started_at=timezone.now() - timedelta(seconds=31),
    )
    assert (lost.running, lost.interrupted) == (False, True)
    assert "was interrupted" in browser_of.get(url(onboarding)).content.decode()
    assert browser_of.post(url(onboarding), secrets()).url == url(onboarding, "done")


def test_a_hanging_gateway_does_not_lock_the_onboarding(browser_of, onboarding, silent, settings, owner):
    """No database lock is held during network operations: another change succeeds at the same time."""
    settings.REHEARSAL_API_URL = f"https://127.0.0.1:{silent}/connectedcar/v3"
    settings.TEST_SECONDS = 5.0
    done = []

    def meanwhile():
        wait_until_running()
        certificates.add_client_id(onboarding, owner, "another", "")
        done.append(ConnectionTest.objects.get().finished_at)
        connection.close()

    thread = threading.Thread(target=meanwhile)
    thread.start()
    browser_of.post(url(onboarding), secrets())
    thread.join()
    assert done == [None]


def test_the_report_holds_the_login_and_no_secret(browser_of, onboarding):
    """Both formats are finished for the operator's support."""
    browser_of.post(url(onboarding), secrets("a wrong password"))
    for kind in ("txt", "json"):
        text = browser_of.get(reverse(f"onboarding:report_{kind}", args=[onboarding.pk])).content.decode()
        assert "MZP128745" in text
        assert [
            secret for secret in ("a wrong password", factories.PASSPHRASE, "PRIVATE", "Basic ") if secret in text
        ] == []


def run_while(onboarding, owner, happens):
    """Run a test of the current certificate; call `happens` after its first stage."""
    stages = []

    def watch(stage):
        if not stages:
            happens()
        stages.append(stage)

    request = onboarding.request
    options = connection_tests.ConnectionTestOptions(uuid.uuid4(), onboarding.client_ids.get().value)
    key = requests.open_private_key(request, request.onboarding.owner, factories.PASSPHRASE)
    return connection_tests.run_connection_test(
        request.issued_certificate, owner, options, key, "rehearsal-mzp128745", watch=watch
    )


def test_a_renewed_certificate_needs_its_own_test(onboarding, owner, rehearsing):
    """A certificate that is uploaded during a test of the older one is not connected by that test's success."""

    def renew():
        issued = rehearsing.sign(onboarding.request.csr_pem.encode())
        known = [CandidateRequest(onboarding.request.spki, None)]
        uploaded = [issued.certificate, *x509.load_pem_x509_certificates(rehearsing.ca_pem.encode())]
        certificates.accept_certificate(
            onboarding.request, owner, validate_certificates(uploaded, known, timezone.now())
        )

    finished = run_while(onboarding, owner, renew)
    assert (finished.verdict, factories.fresh(onboarding).status) == ("connected", "certified")
    assert run_while(onboarding, owner, lambda: None).verdict == "connected"
    assert factories.fresh(onboarding).status == "connected"


def test_a_test_ends_after_its_onboarding_was_withdrawn(onboarding, owner):
    """The result is stored, and the onboarding stays withdrawn."""
    finished = run_while(onboarding, owner, lambda: onboardings.withdraw(onboarding, owner))
    assert (ConnectionTest.objects.get(pk=finished.pk).verdict, finished.running) == ("connected", False)
    assert factories.fresh(onboarding).status == "withdrawn"
    assert not onboarding.events.filter(verb__in=["test", "connect"]).exists()


def test_the_history_has_the_address_of_a_streamed_test(browser_of, onboarding):
    """The test runs in its own thread, which gets the client's address."""
    headers = {"Accept": "application/x-ndjson"}
    answer = browser_of.post(url(onboarding), secrets(), headers=headers, REMOTE_ADDR="192.0.2.7")
    b"".join(answer.streaming_content)
    assert {event.address for event in onboarding.events.filter(verb__in=["test", "connect"])} == {"192.0.2.7"}


def test_a_form_without_an_id_makes_a_test_that_can_be_cancelled(browser_of, onboarding):
    """The test of a form without an id gets a new id."""
    sent = secrets()
    del sent["test"]
    browser_of.post(url(onboarding), sent)
    assert ConnectionTest.objects.get().verdict == "connected"


def test_the_report_of_an_impossible_fault_is_not_found(browser_of, onboarding):
    """A NUL in the address does not reach the database."""
    assert browser_of.get(reverse("onboarding:report_txt", args=[onboarding.pk]), {"fault": "\0"}).status_code == 404


def test_every_verdict_that_asks_for_an_upload_has_a_link():
    """Each verdict whose remedy is an upload or a new key leads to the page for it."""
    asks = {code for code, entry in VERDICTS.items() if "pload " in entry.remedy or "RSA key" in entry.remedy}
    assert asks - set(FIX_AT) == set()
    assert set(FIX_AT) - set(VERDICTS) == set()


@pytest.mark.parametrize(("code", "page"), [("server_ca_mismatch", "certificate"), ("certificate_too_weak", "replace")])
def test_a_verdict_links_to_the_page_that_corrects_it(browser_of, onboarding, code, page):
    """The link is next to the verdict."""
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
    assert f'<a class="btn btn-primary" href="{url(onboarding, page)}">{FIX_AT[code].label}</a>' in shown
    assert "Next move: probably yours" in shown


def test_the_permission_to_send_the_password_is_offered_after_its_verdict_and_used_once(browser_of, onboarding):
    """A field that the page does not offer has no effect, and the permission does not outlast its test."""
    address = f"{url(onboarding)}?fault=no_certificate_asked_401"
    form = secrets() | {"fault": "no_certificate_asked_401", "send_password_anyway": "on"}
    field = 'name="send_password_anyway"'
    verdicts = []
    for _ in range(3):
        offered = field in browser_of.get(address).content.decode()
        browser_of.post(address, form | {"test": str(uuid.uuid4())})
        verdicts.append((offered, ConnectionTest.objects.order_by("-started_at").first().verdict))
    assert verdicts == [
        (False, "credentials_withheld"),
        (True, "fleets_without_certificate"),
        (False, "credentials_withheld"),
    ]
