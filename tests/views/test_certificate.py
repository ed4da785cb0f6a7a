"""The page that takes what came back: CA certificates one by one, what is refused, and what databases refuse."""

import ssl
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.urls import reverse

from onboarding.fleets.connecting.tls import client_context
from onboarding.forms.certificate import CertificateRole
from onboarding.models import ClientId, IssuedCertificate, SealedPrivateKey
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import pem
from onboarding.review.case import _links
from onboarding.workflow import certificates, requests
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def at(onboarding, step):
    return reverse(f"onboarding:{step}", args=[onboarding.pk])


def named(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Ca:
    """A CA that is valid now; without an `issuer`, a root."""

    def __init__(self, common_name, issuer=None, **how):
        self.key, self.name = generate_key(2048), named(common_name)
        above = issuer or self
        self.certificate = factories._issue(self.name, self.key.public_key(), above.name, above.key, ca=True, **how)

    def sign(self, csr):
        return factories._issue(csr.subject, csr.public_key(), self.name, self.key, ca=False)


def hand_in(browser, onboarding, *certificates, **more):
    return browser.post(at(onboarding, "certificate"), {"text": pem(*certificates), **more}, follow=True)


def messages_on(page):
    return [str(message) for message in page.context["messages"]]


def kept(onboarding):
    return factories.fresh(onboarding).request.issued_certificate


def events(onboarding, verb):
    return [(event.why, event.from_status, event.to_status) for event in onboarding.events.filter(verb=verb)]


def test_a_ca_certificate_handed_in_alone_is_trusted_beside_the_first(browser_of, owner):
    """What the doctor asks for: it goes into ca.pem, is recorded, moves no status, and stands on the page."""
    onboarding = factories.certified(owner)
    gateways = Ca("Gateway Root").certificate
    first = kept(onboarding).anchors
    page = hand_in(browser_of, onboarding, gateways)
    assert page.redirect_chain[-1][0] == at(onboarding, "test")
    assert messages_on(page) == [
        "The CA certificate “Gateway Root” is now among those by which your server recognises Stellantis’ gateway."
    ]
    assert kept(onboarding).anchors == [*first, gateways]
    assert events(onboarding, "add_ca") == [("Gateway Root", "certified", "certified")]
    assert browser_of.get(at(onboarding, "ca_pem")).content.decode() == pem(*first, gateways)
    shown = browser_of.get(at(onboarding, "certificate")).context["ca_certificates"]
    assert [(one.name, one.is_issuer, one.is_anchor) for one in shown] == [
        ("A Root", True, True),
        ("Gateway Root", False, True),
    ]


def recognises(client, server):
    """Whether the TLS handshake in memory ends well for the client."""
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


def test_a_gateway_under_another_ca_is_recognised_once_that_ca_was_handed_in(browser_of, owner, tmp_path):
    """A real handshake, with what is kept as the only trust: refused before, and good after."""
    onboarding = factories.certified(owner)
    gateways, key = Ca("Gateway Root"), generate_key(2048)
    certificate = factories._issue(named("gateway"), key.public_key(), gateways.name, gateways.key, ca=False)
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "gateway.pem").write_text(clear + pem(certificate))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "gateway.pem")

    def is_recognised():
        client = client_context(None, kept(onboarding).anchors)
        client.check_hostname = False
        return recognises(client, server)

    assert is_recognised() is False
    hand_in(browser_of, onboarding, gateways.certificate)
    assert is_recognised() is True


def test_the_desk_sees_what_stands_above_the_certificate_and_what_beside_it(browser_of, owner):
    """The tree from the top, then the CAs that only vouch for the gateway."""
    onboarding = factories.certified(owner)
    hand_in(browser_of, onboarding, Ca("Gateway Root").certificate)
    assert [(link.name, link.role, link.depth) for link in _links(kept(onboarding))] == [
        ("A Root", "Anchor", 0),
        ("MZP128745", "Partner’s certificate", 1),
        ("Gateway Root", "CA, to recognise the gateway by", 0),
    ]


def test_a_ca_certificate_that_is_there_already_is_said_to_be(browser_of, owner):
    """Handed in twice it is kept once."""
    onboarding = factories.certified(owner)
    gateways = Ca("Gateway Root").certificate
    hand_in(browser_of, onboarding, gateways)
    page = hand_in(browser_of, onboarding, gateways)
    assert messages_on(page) == ["The CA certificate “Gateway Root” was here already."]
    assert (len(kept(onboarding).anchors), len(events(onboarding, "add_ca"))) == (2, 1)


def test_the_same_certificate_with_more_adds_what_is_new_and_loses_nothing(browser_of, owner):
    """First the issuing CA alone, then the gateway's, then the root: chain and anchors grow together."""
    onboarding = factories.sent(owner)
    root = Ca("Root")
    issuing, gateways = Ca("Issuing", root), Ca("Gateway Root")
    leaf = issuing.sign(onboarding.request.csr)
    hand_in(browser_of, onboarding, leaf, issuing.certificate, client_id="client-1")
    assert [finding["code"] for finding in kept(onboarding).findings] == ["root_missing"]
    assert kept(onboarding).presented == (leaf, issuing.certificate)
    hand_in(browser_of, onboarding, leaf, issuing.certificate, gateways.certificate)
    hand_in(browser_of, onboarding, leaf, root.certificate)
    answer = kept(onboarding)
    assert (answer.certificate, answer.chain) == (leaf, [issuing.certificate])
    assert answer.anchors == [root.certificate, gateways.certificate, issuing.certificate]
    assert answer.presented == (leaf, issuing.certificate)
    assert [finding["code"] for finding in answer.findings] == ["ca_added"]
    assert (IssuedCertificate.objects.count(), len(events(onboarding, "accept_certificate"))) == (1, 1)
    assert [why for why, *_ in events(onboarding, "add_ca")] == ["Gateway Root", "Root"]


def test_an_authority_that_was_added_meanwhile_is_not_lost(owner):
    """Two were judged at once, each without the other: both are kept."""
    onboarding = factories.sent(owner)
    answer = factories.answer_to(onboarding)
    certificates.accept_certificate(onboarding.request, owner, answer)
    one, two = Ca("One").certificate, Ca("Two").certificate
    for further in (one, two):
        both = replace(answer, anchors=(*answer.anchors, further))
        certificates.accept_certificate(onboarding.request, owner, both)
    assert set(kept(onboarding).anchors) == {*answer.anchors, one, two}


def test_what_can_not_be_added_is_refused_with_the_reason(browser_of, owner):
    """A certificate of another onboarding, and a CA certificate that has expired."""
    onboarding = factories.certified(owner)
    stranger = Ca("Root").sign(factories.with_key(owner, login="MZP999999").request.csr)
    page = hand_in(browser_of, onboarding, stranger)
    assert "in another onboarding, for MZP999999" in page.context["form"].errors["files"][0]
    page = hand_in(browser_of, onboarding, Ca("Old Root", days=-1).certificate)
    assert (
        page.context["form"].errors["files"][0].startswith("We left out the CA certificate “Old Root”: it expired on")
    )
    assert [(one.name, one.role) for one in page.context["form"].uploaded] == [
        ("Old Root", CertificateRole.CA_LEFT_OUT)
    ]
    assert len(kept(onboarding).anchors) == 1


def test_a_certificate_that_can_not_be_read_is_named_before_what_is_missing(browser_of, owner):
    """Beside a CA, one of X.509 version 7 is not said to be missing: it is there, and can't be read."""
    onboarding = factories.sent(owner)
    ca = Ca("Root").certificate
    odd = ca.public_bytes(Encoding.DER).replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020106"), 1)
    page = browser_of.post(at(onboarding, "certificate"), {"text": ssl.DER_cert_to_PEM_cert(odd) + pem(ca)})
    errors = page.context["form"].errors["files"]
    assert [error.split(":")[0] for error in errors] == [
        "Current software can’t read the certificate in the pasted text"
    ]


def test_a_certificate_for_a_replaced_request_that_came_before_is_in_use_again(browser_of, owner):
    """It was kept already; taking its request up again must not leave the onboarding waiting for it."""
    onboarding = factories.certified(owner)
    old = onboarding.request
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(factories.fresh(onboarding).request, owner, factories.PASSPHRASE)
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    hand_in(browser_of, onboarding, old.issued_certificate.certificate, *old.issued_certificate.anchors)
    onboarding = factories.fresh(onboarding)
    assert (onboarding.request, onboarding.status) == (old, "certified")


def test_a_hidden_character_in_an_authoritys_name_is_neither_kept_nor_refused(browser_of, owner):
    """PostgreSQL takes no NUL: names from certificates go into findings and into the history without any."""
    onboarding = factories.sent(owner)
    issuing = Ca("Iss\x00uing", Ca("Ro\x00ot"))
    hand_in(browser_of, onboarding, issuing.sign(onboarding.request.csr), issuing.certificate, client_id="client-1")
    assert kept(onboarding).findings[0]["text"].startswith("The CA certificate “Iss uing” is itself issued by “Ro ot”")
    hand_in(browser_of, onboarding, Ca("Gate\x00way").certificate)
    assert events(onboarding, "add_ca") == [("Gate way", "certified", "certified")]


def test_a_nul_names_nothing(browser_of, owner):
    """Forms that only name something: what can't be stored can't be found either, and nothing is gone."""
    onboarding = factories.certified(owner)
    forgotten = browser_of.post(at(onboarding, "forget_client_id"), {"client_id": "\x00"})
    discarded = browser_of.post(at(onboarding, "discard"), {"fingerprint": "\x00"})
    assert (forgotten.url, discarded.url) == (at(onboarding, "certificate"), at(onboarding, "hub"))
    assert (ClientId.objects.count(), SealedPrivateKey.objects.count()) == (1, 1)


@pytest.mark.parametrize("client_id", ["MZP128745", "mzp128745", "deux mots é", "x" * 256])
def test_a_refused_client_id_is_not_stored(browser_of, owner, client_id):
    """The page shows the error; the certificate that came with it is stored all the same."""
    onboarding = factories.sent(owner)
    certificates = factories.certificates_for(onboarding)
    page = hand_in(browser_of, onboarding, *certificates, client_id=client_id)
    assert [*page.context["form"].errors] == ["client_id"]
    assert ClientId.objects.count() == 0
    assert kept(onboarding).certificate == certificates[0]


def test_a_refused_label_stores_no_client_id(browser_of, owner):
    """The client ID waits until its label is corrected."""
    onboarding = factories.sent(owner)
    page = hand_in(browser_of, onboarding, client_id="client-1", client_id_label="x" * 65)
    assert sorted(page.context["form"].errors) == ["client_id_label", "files"]
    assert ClientId.objects.count() == 0
