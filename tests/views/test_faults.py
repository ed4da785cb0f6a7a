"""The faults of a rehearsal: its server opens them, the wizard's client asks for them, and a partner tries one."""

import json
import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from onboarding.fleets.errors import FleetsError
from onboarding.models import ConnectionTest
from onboarding.rehearsal.authority import RehearsalError
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.registry import FAULTS, OPEN_FOR, OPEN_GATEWAYS_MAX, FaultyGatewayPool
from onboarding.rehearsal.gateway import BASE_PATH
from onboarding.rehearsal.server import Rehearsal, TLSServer, server_context, signing_handler
from onboarding.rehearsal_client import list_faults, open_fault
from tests import factories
from tests.views.conftest import secrets, url


def listens(base_url):
    """Return whether a server accepts connections at `base_url`."""
    parts = urlsplit(base_url)
    with socket.socket() as sock:
        sock.settimeout(5)
        return sock.connect_ex((parts.hostname, parts.port)) == 0


def text_of(page):
    """Return a page's text, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


# The desk


@pytest.fixture
def desk(operator):
    """A faults desk that keeps at most three gateways open."""
    faults = FaultyGatewayPool(operator[1], "127.0.0.1", at_once=3)
    yield faults
    faults.close()


def test_the_bounds_of_the_desk():
    """Twenty at once, ten minutes each."""
    assert (OPEN_GATEWAYS_MAX, OPEN_FOR) == (20, 600)


def test_the_oldest_gateway_makes_room(desk):
    """At most three are open: the fourth closes the first."""
    opened = [desk.open("healthy") for _ in range(4)]
    assert [listens(one) for one in opened] == [False, True, True, True]
    assert desk.base_urls == opened[1:]


def test_a_gateway_closes_when_its_time_is_over(operator):
    """It closes by itself."""
    gone = threading.Event()
    desk = FaultyGatewayPool(operator[1], "127.0.0.1", seconds=0.2)
    close = desk._close
    desk._close = lambda gateway: (close(gateway), gone.set())
    opened = desk.open("healthy")
    assert gone.wait(10)
    assert (listens(opened), desk.base_urls) == (False, [])


def test_nothing_stays_open_when_the_rehearsal_stops(operator):
    """The open gateways close with it. A gateway that is opened later closes at once."""
    with Rehearsal(operator[1], "127.0.0.1", 0, 0) as rehearsal:
        opened = [rehearsal.faults.open(name) for name in ("healthy", "hang_before_handshake", "endless_body")]
        assert [listens(one) for one in opened] == [True, True, True]
    late = rehearsal.faults.open("healthy")
    assert [listens(one) for one in (*opened, late)] == [False] * 4


def test_an_unknown_fault_opens_nothing(desk):
    """It is refused."""
    with pytest.raises(RehearsalError) as refused:
        desk.open("no_such_fault")
    assert (refused.value.code, desk.base_urls) == ("fault_unknown", [])


# The wizard's client


@pytest.fixture
def anchors(operator):
    return (operator[1].root.certificate,)


def test_every_fault_is_listed(operator, anchors):
    """Each fault has a name, a sentence and a group; the order is the rehearsal's."""
    listed = list_faults(operator[0].faults_url, anchors, timeout=10)
    assert [one.name for one in listed] == list(FAULTS)
    assert [one.description for one in listed] == [one.description for one in FAULTS.values()]
    assert [one.name for one in listed if not one.group] == []


def test_a_fault_is_a_whole_sentence():
    """Each says of the gateway what it does, and ends with a full stop."""
    assert [
        one.description for one in FAULTS.values() if not re.fullmatch(r"(It|Its|The|An?) .*[^.]\.", one.description)
    ] == []


def test_a_fault_is_opened(operator, anchors):
    """It has its own port, at the base path of the API."""
    opened = open_fault(operator[0].faults_url, "403_html", anchors, timeout=10)
    parts = urlsplit(opened.base_url)
    assert (opened.name, parts.scheme, parts.hostname, parts.path) == ("403_html", "https", "127.0.0.1", BASE_PATH)
    assert listens(opened.base_url)


@pytest.mark.parametrize("name", ["no_such_fault", "", "../sign", "a/b", "é?#%00"])
def test_a_fault_that_does_not_exist(operator, anchors, name):
    """Whatever characters the name has, the error names it."""
    with pytest.raises(FleetsError) as refused:
        open_fault(operator[0].faults_url, name, anchors, timeout=10)
    assert refused.value.text == f"There is no practice fault called “{name}”. Choose one from the list."


def test_a_rehearsal_that_is_not_there_or_not_trusted(operator, anchors):
    """A closed port and a server of another CA are both reported as unreachable."""
    strangers = (FaultyIdentities(operator[1]).untrusted_ca.certificate,)
    for where, trusted in (("https://127.0.0.1:1/faults", anchors), (operator[0].faults_url, strangers)):
        for ask in (list_faults, lambda *args, **how: open_fault(args[0], "healthy", args[1], **how)):
            with pytest.raises(FleetsError) as failed:
                ask(where, trusted, timeout=5)
            assert failed.value.code == "faults_unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        "https://gateway.elsewhere.example/connectedcar/v3",
        "http://127.0.0.1:8443/connectedcar/v3",
        "https://127.0.0.1@elsewhere.example/",
        "",
        None,
        ["https://127.0.0.1/"],
    ],
)
def test_an_address_that_leads_elsewhere_is_not_used(operator, anchors, answer):
    """Login and password would go there: only https on the loopback, or on the rehearsal's own host, is accepted."""

    class Elsewhere(FaultyGatewayPool):
        def open(self, name):
            return answer

    authority = operator[1]
    handler = signing_handler(authority, Elsewhere(authority, "127.0.0.1"))
    server = TLSServer(("127.0.0.1", 0), handler, server_context(authority, demand_certificate=False))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        with pytest.raises(FleetsError) as failed:
            open_fault(f"https://127.0.0.1:{server.server_port}/faults", "healthy", anchors, timeout=10)
    finally:
        server.shutdown()
        server.server_close()
    assert failed.value.code == "faults_unreadable"


# The pages


pytestmark = pytest.mark.django_db(transaction=True)


def faulty(onboarding, name):
    return f"{url(onboarding)}?fault={name}"


def test_the_page_lists_every_fault_with_a_link(browser_of, onboarding):
    """Each link leads to the test that meets the fault; the test step links to the list."""
    page = browser_of.get(url(onboarding, "faults"))
    links = re.findall(r'href="([^"]*\?fault=[^"]*)"', page.content.decode())
    assert links == [faulty(onboarding, name) for name in FAULTS]
    assert f'href="{url(onboarding, "faults")}"' in browser_of.get(url(onboarding)).content.decode()


def test_in_production_there_are_no_faults(browser_of, owner, rehearsing):
    """Production has no list, no link to it, and no test with a fault, whatever the rehearsal offers."""
    real = factories.certified(owner)
    assert browser_of.get(url(real, "faults")).status_code == 404
    assert "faults" not in browser_of.get(url(real)).content.decode()
    assert browser_of.get(faulty(real, "healthy")).status_code == 404
    assert browser_of.post(url(real), {**secrets(), "fault": "healthy"}).status_code == 404
    assert ConnectionTest.objects.count() == 0


def test_a_rehearsal_without_faults_has_no_page(browser_of, onboarding, settings):
    """The list is a 404 where the address of the faults is not set."""
    settings.REHEARSAL_FAULTS_URL = ""
    assert browser_of.get(url(onboarding, "faults")).status_code == 404
    assert "faults" not in browser_of.get(url(onboarding)).content.decode()


def test_the_page_waits_for_the_test_step(browser_of, owner, rehearsing):
    """Before the test step can be reached, the page redirects to the next step."""
    early = factories.sent(owner, environment="rehearsal")
    assert browser_of.get(url(early, "faults")).url == url(early, "certificate")


def test_anothers_faults_are_a_404(client, onboarding):
    """Like every page of another partner's onboarding."""
    client.force_login(factories.partner("else@flottes.example"))
    assert client.get(url(onboarding, "faults")).status_code == 404


def test_a_fault_is_tried(browser_of, onboarding):
    """The notice and the form name the fault, the verdict is the fault's, and nothing else changes."""
    page = browser_of.get(faulty(onboarding, "403_html"))
    assert f"This test uses a gateway with a fault. {FAULTS['403_html'].description}" in text_of(page)
    assert '<input type="hidden" name="fault" value="403_html"' in page.content.decode()
    answer = browser_of.post(url(onboarding), {**secrets(), "fault": "403_html"})
    assert answer.url == faulty(onboarding, "403_html")
    test = ConnectionTest.objects.get()
    assert (test.fault, test.verdict, test.result["status"]) == ("403_html", "blocked_page", 403)
    assert test.result["verdict"]["text"] in text_of(browser_of.get(answer.url))
    assert test.result["verdict"]["text"] not in text_of(browser_of.get(url(onboarding)))
    assert factories.fresh(onboarding).status == "certified"
    assert [(one.verb, one.why) for one in onboarding.events.order_by("-pk")[:1]] == [
        ("try_fault", "403_html: blocked_page")
    ]


@pytest.mark.parametrize("name", ["healthy", "certificate_optional", "empty_list", "slow_but_fine"])
def test_a_faulty_gateway_connects_nobody(browser_of, onboarding, name):
    """Even if fleets are returned: such a gateway accepts any password and client ID, so it proves nothing."""
    answer = browser_of.post(url(onboarding), {**secrets("any password"), "fault": name})
    assert answer.url == faulty(onboarding, name)
    assert ConnectionTest.objects.get().result["succeeded"]
    assert factories.fresh(onboarding).status == "certified"
    assert browser_of.get(url(onboarding, "done")).url == url(onboarding)


def test_a_connected_onboarding_keeps_what_its_real_test_found(browser_of, onboarding):
    """The fleets on the done step are those of the real test."""
    browser_of.post(url(onboarding), secrets())
    real = ConnectionTest.objects.get()
    browser_of.post(url(onboarding), {**secrets(), "fault": "healthy"})
    browser_of.post(url(onboarding), {**secrets(), "fault": "alert_unknown_ca"})
    assert factories.fresh(onboarding).status == "connected"
    assert browser_of.get(url(onboarding, "done")).context["successful_test"] == real


def test_whose_move_it_is_does_not_follow_a_fault(browser_of, onboarding):
    """A fault that was only tried does not change who must act."""
    before = onboarding.next_owner
    browser_of.post(url(onboarding), {**secrets(), "fault": "alert_unknown_ca"})
    assert ConnectionTest.objects.get().result["verdict"]["owner"] == "operator"
    assert factories.fresh(onboarding).next_owner == before


def test_the_stages_of_a_fault_lead_back_to_it(browser_of, onboarding):
    """The stream ends with the page that shows the verdict of the fault."""
    answer = browser_of.post(
        url(onboarding), {**secrets(), "fault": "garbage"}, headers={"Accept": "application/x-ndjson"}
    )
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert lines[-1] == {"go": faulty(onboarding, "garbage")}
    assert ConnectionTest.objects.get().verdict == "not_tls"


def test_an_unknown_fault_is_an_error_message(browser_of, onboarding):
    """For a GET and a POST; no test is made."""
    message = "There is no practice fault called “<b>”. Choose one from the list."
    for answer in (
        browser_of.get(url(onboarding), {"fault": "<b>"}, follow=True),
        browser_of.post(url(onboarding), {**secrets(), "fault": "<b>"}, follow=True),
    ):
        assert answer.redirect_chain == [(url(onboarding), 302)]
        assert [str(one) for one in answer.context["messages"]] == [message]
    assert ConnectionTest.objects.count() == 0


def test_a_rehearsal_that_does_not_answer_is_an_error_message(browser_of, onboarding, settings):
    """On the list, and for a fault that was chosen."""
    settings.REHEARSAL_FAULTS_URL = "https://127.0.0.1:1/faults"
    message = "The list of practice faults can’t be reached at the moment. Try again in a minute."
    assert message in text_of(browser_of.get(url(onboarding, "faults")))
    assert message in text_of(browser_of.get(faulty(onboarding, "healthy"), follow=True))


def test_the_form_can_not_choose_the_address(browser_of, onboarding):
    """An address in the form is ignored, whatever the field is called."""
    elsewhere = "https://elsewhere.example/connectedcar/v3"
    sent = {**secrets(), "fault": "404", "base_url": elsewhere, "faults_url": elsewhere, "address": elsewhere}
    browser_of.post(url(onboarding), sent)
    assert urlsplit(ConnectionTest.objects.get().result["address"]).hostname == "127.0.0.1"


def test_faults_do_not_use_up_the_tests_of_an_hour(browser_of, onboarding, settings):
    """The limit protects the real gateway only."""
    settings.TESTS_AN_HOUR = 1
    for name in ("404", "garbage"):
        browser_of.post(url(onboarding), {**secrets(), "fault": name})
    assert browser_of.post(url(onboarding), secrets()).url == url(onboarding, "done")
    assert browser_of.post(url(onboarding), secrets()).status_code == 200  # told to wait
    assert ConnectionTest.objects.count() == 3


def test_the_report_of_a_fault_is_its_own(browser_of, onboarding):
    """It is linked from the verdict of the fault; the report without a fault is that of the real test."""
    browser_of.post(url(onboarding), {**secrets("a wrong password"), "fault": "404"})
    link = f"{reverse('onboarding:report_json', args=[onboarding.pk])}?fault=404"
    assert f'href="{link}"' in browser_of.get(faulty(onboarding, "404")).content.decode()
    assert browser_of.get(link).json()["status"] == 404
    assert browser_of.get(reverse("onboarding:report_json", args=[onboarding.pk])).status_code == 404
