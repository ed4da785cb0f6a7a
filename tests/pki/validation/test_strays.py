"""Certificates that come along with the partner's own: which become trust anchors, and what is said of the others."""

import random
from datetime import date, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.subject import Subject
from onboarding.pki.validation.certificates import CandidateRequest, StoredCertificates, validate_certificates
from tests.pki.conftest import NOW, TestCA, name
from tests.pki.validation.test_anchors import flipped, variants

CLIENT, SERVER, MAIL = (
    getattr(ExtendedKeyUsageOID, purpose) for purpose in ("CLIENT_AUTH", "SERVER_AUTH", "EMAIL_PROTECTION")
)


def self_signed(key, subject, *, extensions=(), ca=True):
    """Return a certificate that `openssl req -x509` makes: it is of a CA, unless that is configured."""
    builder = (
        x509.CertificateBuilder(issuer_name=subject, subject_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def other_key():
    return generate_key(2048)


@pytest.fixture(scope="module")
def strays(key, csr, other_key, issuing, root):
    """Groups of certificates that are of no use to the partner, by what they are."""
    public, mail = TestCA("Public Root", organization="Public"), TestCA("Mail Root", organization="Mail")
    mail_issuing = TestCA("Mail CA", mail, organization="Mail")
    public_key = other_key.public_key()
    no_signing = x509.KeyUsage(True, *[False] * 8)  # the usages in order
    return {
        "own certificate of a CA": [self_signed(key, csr.subject)],
        "own certificate of no CA": [self_signed(key, csr.subject, ca=False)],
        "own certificate for another key": [self_signed(other_key, csr.subject)],
        "own server": [self_signed(other_key, name("mzp128745"))],
        "signature of an email": [
            mail_issuing.sign(public_key, name("Jean Dupont"), usage=(CLIENT, MAIL)),
            mail_issuing.certificate,
            mail.certificate,
        ],
        "another partner": [public.sign(public_key, name("MZP999999"), usage=(CLIENT,)), public.certificate],
        "CA without its issuer": [TestCA("Far CA", public, organization="Far").certificate],
        "CA with a damaged signature": [flipped(issuing.certificate)],
        "damaged root": [flipped(root.certificate)],
        "CA for emails": [self_signed(other_key, name("E"), extensions=[x509.ExtendedKeyUsage([MAIL])])],
        "CA that may not sign": [self_signed(other_key, name("K"), extensions=[no_signing])],
        "CA that expired": [TestCA("Expired", ends=NOW).certificate],
        "weak CA": [TestCA("Weak", bits=1024).certificate],
    }


@pytest.fixture(scope="module")
def gateways(other_key):
    """Groups of certificates that the operator sends for its gateway, by what they are; each CA is to be trusted."""
    plain, deep, served = (TestCA(f"Gateway {word}", organization="Gateway") for word in ("Root", "Deep", "Served"))
    below = TestCA("Gateway CA", deep, organization="Gateway")
    server = served.sign(other_key.public_key(), name("gateway.example"), usage=(SERVER,))
    return {
        "root": [plain.certificate],
        "root and intermediate": [below.certificate, deep.certificate],
        "root and server": [server, served.certificate],
    }


@pytest.mark.parametrize("seed", range(40))
def test_only_the_gateways_cas_are_trusted_beside_the_chain(seed, request_, leaf, issuing, root, strays, gateways):
    """Whatever else is in the upload, and in whatever order, the anchors are the root and the CAs of the gateway."""
    draw = random.Random(seed)
    chosen = draw.sample(list(strays), draw.randint(1, 4))
    chosen_gateways = draw.sample(list(gateways), draw.randint(0, 2))
    wanted = [each for group in chosen_gateways for each in gateways[group]]
    uploaded = [leaf, issuing.certificate, root.certificate, *wanted]
    uploaded += [each for group in chosen for each in strays[group]]
    draw.shuffle(uploaded)
    result = validate_certificates(uploaded, [request_], NOW)
    cas = {each for each in wanted if each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca}
    assert (result.accepted, result.leaf, result.chain) == (True, leaf, (issuing.certificate,)), chosen
    assert (result.anchors[0], set(result.anchors[1:])) == (root.certificate, cas), chosen
    assert {*result.unused} == {*uploaded} - {leaf, issuing.certificate, *result.anchors}


SAID = {
    "own certificate of a CA": ["not_belonging.self_signed"],
    "own certificate of no CA": ["not_belonging.self_signed"],
    "own certificate for another key": ["ca_left_out.own"],
    "own server": ["ca_left_out.own"],
    "signature of an email": [],
    "another partner": ["not_belonging"],
    "CA without its issuer": ["ca_left_out.unverified"],
    "CA with a damaged signature": ["ca_left_out.signature_differs"],
    "damaged root": ["ca_left_out.damaged"],
    "CA for emails": ["ca_left_out.purpose"],
    "CA that may not sign": ["ca_left_out.purpose"],
    "CA that expired": ["ca_left_out.expired"],
    "weak CA": ["ca_left_out.key"],
}


@pytest.mark.parametrize("group", SAID)
def test_each_stray_is_left_out_quietly_or_with_a_reason(group, request_, leaf, issuing, root, strays):
    """The findings inform only, and say what the certificate is."""
    result = validate_certificates([leaf, issuing.certificate, root.certificate, *strays[group]], [request_], NOW)
    assert (result.accepted, variants(result)) == (True, SAID[group])


@pytest.mark.parametrize("group", [group for group in SAID if group.startswith(("signature", "another", "CA", "weak"))])
def test_a_stray_ca_alone_is_never_added_to_the_stored_ones(group, request_, leaf, issuing, root, strays):
    """An upload without the partner's certificate always has a finding, and a CA of somebody else is not trusted."""
    stored = StoredCertificates(leaf, (issuing.certificate,), (root.certificate,))
    result = validate_certificates(strays[group], [request_], NOW, stored)
    assert result.anchors == (root.certificate,)
    assert "ca_added" not in variants(result)
    assert result.findings


def test_another_certificate_for_the_same_key_is_an_earlier_one(request_, csr, issuing, root):
    """The certificate before a renewal, and one for later, are called that; the newest valid one is used."""

    def issue(begins, ends):
        return issuing.sign(csr.public_key(), csr.subject, begins=NOW + timedelta(begins), ends=NOW + timedelta(ends))

    old, new, later = issue(-300, 90), issue(-10, 400), issue(20, 500)
    result = validate_certificates([old, new, later, issuing.certificate, root.certificate], [request_], NOW)
    assert (result.accepted, result.leaf) == (True, new)
    assert variants(result) == ["earlier_certificate", "earlier_certificate.later"]
    assert result.findings[0].text == (
        "“MZP128745”, valid until 2026-08-30, is an earlier certificate for your key. We use the newer one."
    )


def test_a_certificate_for_clients_is_preferred_to_a_newer_one_for_servers(request_, csr, issuing, root):
    """Some operators issue both for one key."""
    for_client = issuing.sign(csr.public_key(), csr.subject, usage=(CLIENT,), begins=NOW - timedelta(days=9))
    for_server = issuing.sign(csr.public_key(), csr.subject, usage=(SERVER,), begins=NOW - timedelta(days=8))
    result = validate_certificates([for_server, for_client, issuing.certificate, root.certificate], [request_], NOW)
    assert (result.accepted, result.leaf, variants(result)) == (True, for_client, ["earlier_certificate.not_used"])


@pytest.mark.parametrize(
    ("facts", "variant"),
    [({"current": False}, "not_belonging.replaced"), ({"login": "MZP999999"}, "not_belonging.other_onboarding")],
)
def test_a_certificate_for_another_request_says_for_which(facts, variant, request_, leaf, other_key, issuing, root):
    """It is not called somebody else's."""
    other = CandidateRequest(
        spki_fingerprint(other_key.public_key()), None, usable=False, created=date(2026, 5, 3), **facts
    )
    older = issuing.sign(other_key.public_key(), leaf.subject)
    result = validate_certificates([leaf, older, issuing.certificate, root.certificate], [request_, other], NOW)
    assert (result.accepted, result.leaf, variants(result)) == (True, leaf, [variant])


def renamed(login):
    return Subject("FR", "Île-de-France", "Saint-Ouen", "Société Générale de Flottes", "it@flottes.example", login)


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("MZP128745", (True, [])),
        ("mzp128745", (True, ["subject_changed"])),
        ("MZP128745 Flottes", (True, ["subject_changed"])),
        ("MZP999999", (False, ["login_differs"])),
        ("MZP12874", (False, ["login_differs"])),
        ("Flottes", (False, ["login_differs"])),
    ],
)
def test_a_certificate_for_another_login_is_refused(login, expected, request_, csr, issuing, root):
    """It has our key, but the gateway would take us for another partner."""
    leaf = issuing.sign(csr.public_key(), renamed(login).to_name())
    result = validate_certificates([leaf, issuing.certificate, root.certificate], [request_], NOW)
    assert (result.accepted, variants(result)) == expected


def test_a_certificate_without_the_login_has_a_warning(request_, csr, issuing, root):
    """Whether the gateway needs it is not known."""
    without = x509.Name([attribute for attribute in csr.subject if attribute.oid != x509.NameOID.COMMON_NAME])
    leaf = issuing.sign(csr.public_key(), without)
    result = validate_certificates([leaf, issuing.certificate, root.certificate], [request_], NOW)
    assert (result.accepted, variants(result)) == (True, ["login_differs.removed"])


def test_a_damaged_root_of_the_chain_is_named_once(request_, leaf, issuing, root):
    """The error says that it is damaged, and no second finding repeats it."""
    result = validate_certificates([leaf, issuing.certificate, flipped(root.certificate)], [request_], NOW)
    assert (result.accepted, variants(result)) == (False, ["issuer_damaged"])
