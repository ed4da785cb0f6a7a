"""A CA certificate decides who gets the password: only the partner or the settings trust one (ASVS 12.3.4)."""

import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core import mail
from django.urls import reverse

from onboarding.models import AuditRecord, ConnectionTest
from onboarding.models.certificates import certificate_fingerprint
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import pem
from onboarding.workflow import certificates, review
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories
from tests.views.conftest import secrets, url
from tests.views.test_certificate import Ca, named

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "the password of the login"


class Recorder(BaseHTTPRequestHandler):
    """Answers every request, and keeps the Authorization header."""

    def do_GET(self):
        self.server.authorizations.append(self.headers["Authorization"])
        self.send_error(401)

    def log_message(self, *_):
        """Print nothing."""


@contextmanager
def gateway(ca, folder):
    """Run a gateway on the loopback, whose certificate `ca` issued; yield its server."""
    key, now = generate_key(2048), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(ca.name, named("gateway"), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (folder / "gateway.pem").write_text(clear + pem(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "gateway.pem")
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    server.authorizations = []
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def attack(owner, reviewer, settings, tmp_path):
    """A reviewer adds the CA of their own gateway to an onboarding; yield the onboarding, the CA and the gateway."""
    onboarding, ca = factories.certified(owner), Ca("Attacker Root")
    result = factories.accepted_result(onboarding)
    stored = certificates.stored_certificates(onboarding.request.issued_certificate)
    result = replace(result, leaf=stored.leaf, chain=stored.chain, anchors=(*stored.anchors, ca.certificate))
    mail.outbox.clear()
    review.upload_certificate(onboarding, reviewer, onboarding.request, result, [])
    with gateway(ca, tmp_path) as server:
        settings.FLEETS_API_URL = f"https://127.0.0.1:{server.server_port}/connectedcar/v3"
        yield factories.fresh(onboarding), ca.certificate, server


def test_a_ca_that_the_desk_added_gets_no_password(attack, browser_of):
    """The next test does not trust the gateway, and the owner reads about the CA with its fingerprint."""
    onboarding, ca, server = attack
    browser_of.post(url(onboarding), secrets(PASSWORD))
    assert (server.authorizations, ConnectionTest.objects.get().result["succeeded"]) == ([], False)
    assert pem(ca) not in browser_of.get(url(onboarding, "ca_pem")).content.decode()
    fingerprint = onboarding.request.issued_certificate.unconfirmed_cas[0].fingerprint_pairs
    assert [(email.to, fingerprint in email.body) for email in mail.outbox] == [([onboarding.owner.email], True)]
    assert fingerprint in browser_of.get(url(onboarding)).content.decode()


def test_only_the_partner_confirms_a_ca(attack, reviewer, browser_of):
    """Then the gateway is trusted, the record names the CA, and the partner can take the confirmation back."""
    onboarding, ca, server = attack
    issued, fingerprint = onboarding.request.issued_certificate, certificate_fingerprint(ca)
    with pytest.raises(TransitionNotAllowedError):
        certificates.confirm_cas(issued, reviewer, [fingerprint])
    with pytest.raises(TransitionNotAllowedError):
        certificates.confirm_cas(issued, onboarding.owner, ["00" * 32])
    browser_of.post(url(onboarding), secrets(PASSWORD) | {"trusted": [fingerprint]})
    assert len(server.authorizations) > 0
    assert AuditRecord.objects.filter(details__chosen=[fingerprint]).count() == 1
    server.authorizations.clear()
    browser_of.post(reverse("onboarding:distrust_ca", args=[onboarding.pk]), {"fingerprint": fingerprint})
    browser_of.post(url(onboarding), secrets(PASSWORD))
    assert server.authorizations == []


@pytest.mark.asvs("12.3.4")
def test_a_ca_of_the_settings_needs_no_confirmation(attack, browser_of, settings, tmp_path):
    """People who run the site pin the gateway's CA, and the page asks nothing about it."""
    onboarding, ca, server = attack
    (tmp_path / "pinned.pem").write_text(pem(ca))
    settings.FLEETS_CA_FILE = tmp_path / "pinned.pem"
    assert onboarding.request.issued_certificate.unconfirmed_cas == []
    browser_of.post(url(onboarding), secrets(PASSWORD))
    assert len(server.authorizations) > 0


@pytest.mark.asvs("12.3.2", "12.3.4", "13.2.4", "13.2.5")
def test_without_a_confirmed_ca_nothing_is_sent(attack, browser_of, owner):
    """The form asks for a confirmation, and keeps what was typed."""
    onboarding, _ca, server = attack
    for ca in onboarding.request.issued_certificate.ca_certificates:
        if ca.is_trusted:
            certificates.distrust_ca(onboarding.request.issued_certificate, owner, ca.fingerprint)
    page = browser_of.post(url(onboarding), secrets(PASSWORD))
    assert page.context["form"].errors["trusted"] == ["Confirm the CA certificate of Stellantis’ gateway."]
    assert (server.authorizations, ConnectionTest.objects.count()) == ([], 0)
