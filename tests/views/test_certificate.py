"""The certificate step: more CA certificates, refused uploads, and characters that databases refuse."""

import ssl
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.urls import reverse

from onboarding.fleets.connecting.tls import client_context
from onboarding.forms.certificate import CertificateRole
from onboarding.messages.finding import Finding
from onboarding.models import ClientId, IssuedCertificate, SealedPrivateKey
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import pem
from onboarding.review.case import chain_entries
from onboarding.workflow import certificates, requests
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def url(onboarding, step):
    return reverse(f"onboarding:{step}", args=[onboarding.pk])


def named(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Ca:
    """A CA that is valid now; a root if it has no `issuer`."""

    def __init__(self, common_name, issuer=None, days=365):
        self.key, self.name = generate_key(2048), named(common_name)
        above = issuer or self
        self.certificate = factories._issue(self.name, self.key.public_key(), above.name, above.key, ca=True, days=days)

    def sign(self, csr):
        return factories._issue(csr.subject, csr.public_key(), self.name, self.key, ca=False)


def upload(browser, onboarding, *certificates, **fields):
    return browser.post(url(onboarding, "certificate"), {"text": pem(*certificates), **fields}, follow=True)


def messages_on(page):
    return [str(message) for message in page.context["messages"]]


def stored(onboarding):
    return factories.fresh(onboarding).request.issued_certificate


def events(onboarding, verb):
    return [(event.why, event.from_status, event.to_status) for event in onboarding.events.filter(verb=verb)]


def test_a_ca_certificate_uploaded_alone_is_trusted_once_it_is_confirmed(browser_of, owner):
    """It is added to the history and to the page, and to ca.pem when confirmed; the status does not change."""
    onboarding = factories.certified(owner)
    gateway_ca = Ca("Gateway Root").certificate
    first = stored(onboarding).anchors
    page = upload(browser_of, onboarding, gateway_ca)
    assert page.redirect_chain[-1][0] == url(onboarding, "test")
    assert messages_on(page) == [
        "We added the CA certificate “Gateway Root”. Confirm it with the test, and it identifies Stellantis’ gateway."
    ]
    assert stored(onboarding).anchors == [*first, gateway_ca]
    assert events(onboarding, "add_ca") == [("Gateway Root", "certified", "certified")]
    assert browser_of.get(url(onboarding, "ca_pem")).content.decode() == pem(*first)
    certificates.confirm_cas(stored(onboarding), owner, [gateway_ca.fingerprint(hashes.SHA256()).hex()])
    assert browser_of.get(url(onboarding, "ca_pem")).content.decode() == pem(*first, gateway_ca)
    shown = browser_of.get(url(onboarding, "certificate")).context["ca_certificates"]
    assert [(ca.name, ca.is_issuer, ca.is_anchor, ca.is_trusted) for ca in shown] == [
        ("A Root", True, True, True),
        ("Gateway Root", False, True, True),
    ]


def recognises(client, server):
    """Return whether the client completes a TLS handshake in memory."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def test_a_gateway_of_another_ca_is_recognised_after_the_upload_of_that_ca(browser_of, owner, tmp_path):
    """A real handshake trusts only the stored anchors: it fails before the upload and succeeds after it."""
    onboarding = factories.certified(owner)
    gateway_ca, key = Ca("Gateway Root"), generate_key(2048)
    certificate = factories._issue(named("gateway"), key.public_key(), gateway_ca.name, gateway_ca.key, ca=False)
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "gateway.pem").write_text(clear + pem(certificate))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "gateway.pem")

    def is_recognised():
        client = client_context(None, stored(onboarding).anchors)
        client.check_hostname = False
        return recognises(client, server)

    assert is_recognised() is False
    upload(browser_of, onboarding, gateway_ca.certificate)
    assert is_recognised() is True


def test_the_desk_sees_the_chain_and_the_other_cas(browser_of, owner):
    """First the chain from the root down, then the CAs that only identify the gateway."""
    onboarding = factories.certified(owner)
    upload(browser_of, onboarding, Ca("Gateway Root").certificate)
    assert [(link.name, link.role, link.depth) for link in chain_entries(stored(onboarding))] == [
        ("A Root", "Anchor", 0),
        ("MZP128745", "Partner’s certificate", 1),
        ("Gateway Root", "CA, to recognise the gateway by", 0),
    ]


def test_a_ca_certificate_that_is_stored_already_is_reported(browser_of, owner):
    """A second upload stores it no second time."""
    onboarding = factories.certified(owner)
    gateway_ca = Ca("Gateway Root").certificate
    upload(browser_of, onboarding, gateway_ca)
    page = upload(browser_of, onboarding, gateway_ca)
    assert messages_on(page) == ["We already have the CA certificate “Gateway Root”."]
    assert (len(stored(onboarding).anchors), len(events(onboarding, "add_ca"))) == (2, 1)


def test_an_upload_with_more_ca_certificates_adds_the_new_ones(browser_of, owner):
    """First the issuing CA alone, then the gateway's, then the root: chain and anchors grow together."""
    onboarding = factories.sent(owner)
    root = Ca("Root")
    issuing, gateway_ca = Ca("Issuing", root), Ca("Gateway Root")
    leaf = issuing.sign(onboarding.request.csr)
    upload(browser_of, onboarding, leaf, issuing.certificate, client_id="client-1")
    assert [finding["code"] for finding in stored(onboarding).findings] == ["root_missing"]
    assert stored(onboarding).presented == (leaf, issuing.certificate)
    upload(browser_of, onboarding, leaf, issuing.certificate, gateway_ca.certificate)
    upload(browser_of, onboarding, leaf, root.certificate)
    issued = stored(onboarding)
    assert (issued.certificate, issued.chain) == (leaf, [issuing.certificate])
    assert issued.anchors == [root.certificate, gateway_ca.certificate, issuing.certificate]
    assert issued.presented == (leaf, issuing.certificate)
    assert [finding["code"] for finding in issued.findings] == ["ca_added"]
    assert (IssuedCertificate.objects.count(), len(events(onboarding, "accept_certificate"))) == (1, 1)
    assert [why for why, *_ in events(onboarding, "add_ca")] == ["Gateway Root", "Root"]


def test_concurrent_uploads_of_cas_are_both_stored(owner):
    """Two uploads were validated at the same time, each without the other: both are stored."""
    onboarding = factories.sent(owner)
    result = factories.accepted_result(onboarding)
    certificates.accept_certificate(onboarding.request, owner, result)
    first, second = Ca("First").certificate, Ca("Second").certificate
    for ca in (first, second):
        with_ca = replace(result, anchors=(*result.anchors, ca))
        certificates.accept_certificate(onboarding.request, owner, with_ca)
    assert set(stored(onboarding).anchors) == {*result.anchors, first, second}


def test_a_refused_certificate_has_a_reason(browser_of, owner):
    """A certificate of another onboarding and an expired CA certificate are refused."""
    onboarding = factories.certified(owner)
    stranger = Ca("Root").sign(factories.with_key(owner, login="MZP999999").request.csr)
    page = upload(browser_of, onboarding, stranger)
    assert "in another onboarding, for MZP999999" in page.context["form"].errors["files"][0]
    page = upload(browser_of, onboarding, Ca("Old Root", days=-1).certificate)
    assert (
        page.context["form"].errors["files"][0].startswith("We left out the CA certificate “Old Root”: it expired on")
    )
    assert [(uploaded.name, uploaded.role) for uploaded in page.context["form"].uploaded] == [
        ("Old Root", CertificateRole.CA_LEFT_OUT)
    ]
    assert len(stored(onboarding).anchors) == 1


def test_an_unreadable_certificate_is_not_reported_as_missing(browser_of, owner):
    """Next to a CA certificate, one of X.509 version 7 is reported as unreadable, not as missing."""
    onboarding = factories.sent(owner)
    ca = Ca("Root").certificate
    odd = ca.public_bytes(Encoding.DER).replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020106"), 1)
    page = browser_of.post(url(onboarding, "certificate"), {"text": ssl.DER_cert_to_PEM_cert(odd) + pem(ca)})
    errors = page.context["form"].errors["files"]
    assert [error.split(":")[0] for error in errors] == [
        "Current software can’t read the certificate in the pasted text"
    ]


def test_a_stored_certificate_of_a_replaced_request_restores_the_request(browser_of, owner):
    """It was stored already; restoring its request must not leave the onboarding waiting for it."""
    onboarding = factories.certified(owner)
    old = onboarding.request
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(factories.fresh(onboarding).request, owner, factories.PASSPHRASE)
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    upload(browser_of, onboarding, old.issued_certificate.certificate, *old.issued_certificate.anchors)
    onboarding = factories.fresh(onboarding)
    assert (onboarding.request, onboarding.status) == (old, "certified")


def test_a_hidden_character_in_the_name_of_a_ca_is_replaced(browser_of, owner):
    """PostgreSQL accepts no NUL: names of certificates are stored in findings and in the history without it."""
    onboarding = factories.sent(owner)
    issuing = Ca("Iss\x00uing", Ca("Ro\x00ot"))
    upload(browser_of, onboarding, issuing.sign(onboarding.request.csr), issuing.certificate, client_id="client-1")
    assert stored(onboarding).findings[0]["text"].startswith("“Ro ot” issued the CA certificate “Iss uing”")
    upload(browser_of, onboarding, Ca("Gate\x00way").certificate)
    assert events(onboarding, "add_ca") == [("Gate way", "certified", "certified")]


def test_a_nul_in_a_posted_name_finds_nothing(browser_of, owner):
    """Forms that only name an object: a NUL can't be stored, so nothing is found or deleted."""
    onboarding = factories.certified(owner)
    forgotten = browser_of.post(url(onboarding, "forget_client_id"), {"client_id": "\x00"})
    discarded = browser_of.post(url(onboarding, "discard"), {"fingerprint": "\x00"})
    assert (forgotten.url, discarded.url) == (url(onboarding, "certificate"), url(onboarding, "hub"))
    assert (ClientId.objects.count(), SealedPrivateKey.objects.count()) == (1, 1)


@pytest.mark.parametrize("client_id", ["MZP128745", "mzp128745", "deux mots é", "x" * 256])
def test_a_refused_client_id_is_not_stored(browser_of, owner, client_id):
    """The page shows the error, and the certificate from the same form is stored."""
    onboarding = factories.sent(owner)
    certificates = factories.certificates_for(onboarding)
    page = upload(browser_of, onboarding, *certificates, client_id=client_id)
    assert [*page.context["form"].errors] == ["client_id"]
    assert ClientId.objects.count() == 0
    assert stored(onboarding).certificate == certificates[0]


def test_a_refused_label_stores_no_client_id(browser_of, owner):
    """The client ID waits until its label is corrected."""
    onboarding = factories.sent(owner)
    page = upload(browser_of, onboarding, client_id="client-1", client_id_label="x" * 65)
    assert sorted(page.context["form"].errors) == ["client_id_label", "files"]
    assert ClientId.objects.count() == 0


def test_a_stored_warning_is_shown_in_the_words_of_the_catalog(browser_of, owner):
    """The page renders the stored code anew: the text that was stored with it may be old or in another language."""
    onboarding = factories.certified(owner)
    finding = Finding("key_usage_odd")
    IssuedCertificate.objects.update(findings=[{**finding.to_dict(), "text": "Old text.", "remedy": ""}])
    page = browser_of.get(url(onboarding, "certificate")).content.decode()
    assert (finding.text in page, "Old text." in page) == (True, False)


def test_a_rehearsals_certificates_are_refused_in_production(browser_of, owner, rehearsing):
    """The page says where the certificate comes from, and neither it nor its CA certificate is stored."""
    onboarding = factories.sent(owner, environment="production")
    leaf = rehearsing.sign(onboarding.request.csr_pem.encode()).certificate
    page = upload(browser_of, onboarding, leaf, rehearsing.issuing.certificate, rehearsing.root.certificate)
    assert "was issued for practice, and this onboarding is for another environment" in page.content.decode()
    assert stored(onboarding) is None


def test_a_rehearsals_ca_certificate_is_refused_beside_a_stored_certificate(browser_of, owner, rehearsing):
    """It would otherwise identify the gateway that gets the partner's password."""
    onboarding = factories.certified(owner, environment="production")
    before = stored(onboarding).anchors_pem
    page = upload(browser_of, onboarding, rehearsing.root.certificate)
    assert "is for practice only" in page.content.decode()
    assert stored(onboarding).anchors_pem == before
