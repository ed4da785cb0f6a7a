"""The watch of the gateways: what is seen without a key, which changes are told, and to whom, once."""

import ssl
from datetime import timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.urls import reverse
from django.utils import timezone

from onboarding.fleets.connecting.look import look_at_gateway
from onboarding.fleets.connecting.request import Endpoint
from onboarding.models import GatewayChange, GatewayNotice, GatewaySight
from onboarding.rehearsal.authority import Signer, operator_name, pem
from onboarding.rehearsal.server import Rehearsal, server_context
from onboarding.workflow import onboardings, watch
from tests import factories
from tests.workflow.concurrency import run_together

database = pytest.mark.django_db(transaction=True)
SECONDS = 10.0
DAY = timedelta(days=1)
A_YEAR = 365 * DAY


class ChangingGateway:
    """The rehearsal's gateway, which demands a client certificate. Its own certificate and versions can be changed."""

    def __init__(self, rehearsal, authority, folder):
        self.rehearsal, self.authority, self.folder = rehearsal, authority, folder
        self.endpoint = Endpoint(rehearsal.base_url)

    def show(self, lifetime, signer=None, versions=(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)):
        """Show a new certificate of that lifetime, signed by `signer`, at the same address; return it."""
        signer, server = signer or self.authority.issuing, self.authority.server
        certificate = signer.sign(server.certificate.subject, server.key.public_key(), lifetime)
        key = server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        file = self.folder / "gateway.pem"
        file.write_text(key + pem(certificate, signer.certificate))
        context = server_context(self.authority, demand_certificate=True)
        context.load_cert_chain(file)
        context.minimum_version, context.maximum_version = versions
        self.rehearsal.gateway_server.context = context
        return certificate

    def other_ca(self, name):
        """Return another CA with the key of the root."""
        root = self.authority.root
        certificate = root.sign(operator_name(name), root.key.public_key(), A_YEAR)
        return Signer(certificate, root.key)


@pytest.fixture
def gateway(operator, tmp_path):
    _rehearsal, authority = operator
    with Rehearsal(authority, "127.0.0.1", 0, 0) as rehearsal:
        yield ChangingGateway(rehearsal, authority, tmp_path)


@pytest.fixture
def watched(owner, gateway, settings):
    """An onboarding that watches the gateway, which was looked at once."""
    settings.REHEARSAL_API_URL = gateway.rehearsal.base_url
    onboarding = factories.started(owner, environment="rehearsal")
    watch.set_watch(onboarding, owner, watches=True)
    gateway.show(A_YEAR)
    assert watch.look_at_gateways() == 1
    return factories.fresh(onboarding)


def look_later(days=1):
    """Look again when it is due; return how many gateways were looked at."""
    with time_machine.travel(timezone.now() + days * DAY, tick=False):
        return watch.look_at_gateways()


def recorded():
    return [(change.kind, change.value) for change in GatewayChange.objects.all()]


def test_a_gateway_that_demands_a_certificate_shows_its_own(gateway):
    """Its chain, its expiry and both TLS versions are seen without a key."""
    certificate = gateway.show(A_YEAR)
    view = look_at_gateway(gateway.endpoint, SECONDS)
    assert view.chain == (certificate, gateway.authority.issuing.certificate)
    assert (view.not_after, view.versions) == (certificate.not_valid_after_utc, ("TLSv1.3", "TLSv1.2"))
    names = [authority.certificate.subject for authority in (gateway.authority.issuing, gateway.authority.root)]
    assert [view.issuer, view.root] == [name.rfc4514_string() for name in names]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda each: each.name)
def test_a_gateway_with_one_version_is_seen_too(gateway, version):
    """In TLS 1.2 it refuses the handshake after its certificate, in TLS 1.3 after the client's part."""
    certificate = gateway.show(A_YEAR, versions=(version, version))
    view = look_at_gateway(gateway.endpoint, SECONDS)
    assert (view.chain[0], view.versions) == (certificate, (version.name.replace("_", ".", 1).replace("_", "."),))


def test_an_address_without_a_gateway_shows_nothing():
    """There is no error: the next look tells more."""
    assert look_at_gateway(Endpoint("https://127.0.0.1:1/"), SECONDS) is None
    assert look_at_gateway(Endpoint("https://127.0.0.1:1/", proxy="http://127.0.0.1:1"), SECONDS) is None


@pytest.mark.database
@database
def test_only_a_gateway_that_somebody_watches_is_looked_at(owner, gateway, settings):
    """The watch is off by default, and the gateway of several onboardings is looked at once a day."""
    settings.REHEARSAL_API_URL = gateway.rehearsal.base_url
    first, second = (factories.started(owner, "rehearsal", login) for login in ("MZP000001", "MZP000002"))
    assert (watch.look_at_gateways(), GatewaySight.objects.count()) == (0, 0)
    for onboarding in (first, second):
        watch.set_watch(onboarding, owner, watches=True)
    assert sum(run_together(watch.look_at_gateways, watch.look_at_gateways)) == 1
    assert (watch.look_at_gateways(), look_later()) == (0, 1)
    for onboarding in (first, second):
        onboardings.withdraw(onboarding, owner)
    assert look_later(days=3) == 0


@database
def test_a_new_certificate_of_the_same_ca_is_no_news(watched, gateway, mailoutbox):
    """The operator replaces it every year."""
    gateway.show(A_YEAR)
    assert (look_later(), recorded(), mailoutbox) == (1, [], [])
    assert GatewaySight.objects.get().seen_at is not None


@database
@pytest.mark.parametrize("name", ["Another CA", "Rehearsal Issuing CA"])
def test_another_ca_is_told_once(watched, gateway, mailoutbox, browser_of, name):
    """Also one with the same name and another key. The hub shows it, and the email is sent once."""
    gateway.show(A_YEAR, signer=gateway.other_ca(name))
    look_later()
    look_later(days=2)
    assert [kind for kind, _value in recorded()] == ["ca"]
    assert name in recorded()[0][1]
    assert [(message.to, message.subject) for message in mailoutbox] == [
        ([watched.owner.email], "A change at Stellantis’ gateway")
    ]
    hub = browser_of.get(reverse("onboarding:hub", args=[watched.pk])).content.decode()
    assert ("now comes from another CA" in hub, GatewayNotice.objects.count()) == (True, 1)


@database
def test_a_certificate_that_is_not_replaced_in_time_is_told(watched, gateway, mailoutbox):
    """Fourteen days before it expires, once for each certificate."""
    gateway.show(20 * DAY)
    look_later(days=2)
    assert recorded() == []
    look_later(days=7)
    look_later(days=8)
    assert [kind for kind, _fingerprint in recorded()] == ["expiring"]
    assert (len(mailoutbox), "expires on" in mailoutbox[0].body) == (1, True)


@database
def test_a_version_that_is_gone_is_told(watched, gateway, mailoutbox):
    """TLS 1.2 disappears; partners with old programs have to know."""
    gateway.show(A_YEAR, versions=(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3))
    look_later()
    assert (recorded(), "no longer speaks TLSv1.2" in mailoutbox[0].body) == ([("version_gone", "TLSv1.2")], True)


@database
def test_a_gateway_that_does_not_answer_is_looked_at_again_in_an_hour(watched, settings):
    """What was seen before stays, and nobody gets an email."""
    settings.REHEARSAL_API_URL = "https://127.0.0.1:1/"
    assert (look_later(), watch.look_at_gateways()) == (1, 0)
    sight = GatewaySight.objects.get(address="127.0.0.1:1")
    assert (sight.error, sight.seen_at, recorded()) == ("unreachable", None, [])


@pytest.mark.database
@database
def test_notices_go_only_to_those_who_asked(watched, owner, mailoutbox):
    """An onboarding that began later, one without the watch, and a closed one get none."""
    others = [factories.started(owner, "rehearsal", f"MZP00000{number}") for number in range(3)]
    watch.set_watch(others[1], owner, watches=True)
    onboardings.withdraw(others[1], owner)
    watch.set_watch(others[2], owner, watches=True)
    address, past = watch.gateway_address("rehearsal"), others[2].created_at - timedelta(microseconds=1)
    GatewayChange.objects.create(address=address, kind="version_gone", value="TLSv1.2", at=past)
    mailoutbox.clear()
    assert sum(run_together(watch.send_gateway_notices, watch.send_gateway_notices)) == 1
    assert ([notice.onboarding for notice in GatewayNotice.objects.all()], len(mailoutbox)) == ([watched], 1)


@database
def test_the_button_turns_the_watch_on_and_off(owner, browser_of):
    """The history says so. A reader's page has no button."""
    onboarding = factories.started(owner)
    address = reverse("onboarding:watch_gateway", args=[onboarding.pk])
    for form, expected in (({"watch": "on"}, True), ({"watch": "on"}, True), ({}, False)):
        assert browser_of.post(address, form).url == reverse("onboarding:hub", args=[onboarding.pk])
        assert factories.fresh(onboarding).watches_gateway is expected
    assert [event.why for event in onboarding.events.filter(verb="watch_gateway")] == ["on", "off"]
