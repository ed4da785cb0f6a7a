"""Validation: which certificate is used, for which request, with which chain, and with which findings."""

import subprocess
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from onboarding.messages.message import Severity
from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.subject import Subject
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.pki.validation.fitness import Weakness, WeaknessKind, weakness_of
from tests.pki.conftest import NOW, SERVER_ONLY, TestCA

MAY = date(2026, 5, 3)


def codes(result):
    return [finding.code for finding in result.findings]


def validate(certificates, *requests, now=NOW):
    return validate_certificates(certificates, requests, now)


def test_leaf_intermediate_and_root_are_found_in_any_order(request_, leaf, issuing, root):
    """Every order of the same certificates has the same leaf, chain and anchor."""
    for order in permutations([leaf, issuing.certificate, root.certificate]):
        result = validate(order, request_)
        assert (result.leaf, result.chain, result.anchors) == (leaf, (issuing.certificate,), (root.certificate,))
        assert result.accepted
        assert codes(result) == ([] if order[0] == leaf else ["swapped"])


def test_the_newest_valid_certificate_for_the_key_is_used(request_, csr, issuing, root):
    """After a renewal, an email may hold several certificates; expired and future ones are not used."""

    def issue(begins, ends):
        return issuing.sign(csr.public_key(), csr.subject, begins=NOW + timedelta(begins), ends=NOW + timedelta(ends))

    old, new, expired, future = issue(-300, 90), issue(-10, 400), issue(-400, -5), issue(5, 500)
    result = validate([old, expired, new, future, issuing.certificate, root.certificate], request_)
    assert (result.leaf, result.accepted) == (new, True)


def test_a_valid_ca_certificate_is_preferred_to_an_expired_one_of_the_same_key(request_, leaf, issuing, root):
    """Both certificates of the issuing CA verify the leaf; the valid one becomes the chain."""
    expired = root.sign(
        issuing.key.public_key(), issuing.name, ca=True, begins=NOW - timedelta(900), ends=NOW - timedelta(1)
    )
    result = validate([leaf, expired, issuing.certificate, root.certificate], request_)
    assert (result.accepted, result.chain) == (True, (issuing.certificate,))


def test_the_current_request_comes_before_older_requests(request_, leaf, issuing, root, subject):
    """With certificates for both, the one for the current request is used, in any order of the requests."""
    other = generate_key(2048)
    older = CandidateRequest(spki_fingerprint(other.public_key()), None, current=False, created=MAY)
    for_older = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    uploaded = [for_older, leaf, issuing.certificate, root.certificate]
    assert validate(uploaded, older, request_).request == request_
    assert validate(uploaded, request_, older).request == request_


def test_a_certificate_for_a_replaced_request_is_accepted_with_a_warning(issuing, root, csr, key):
    """The warning names the replaced request by its date."""
    older = CandidateRequest(spki_fingerprint(key.public_key()), csr.subject, current=False, created=MAY)
    current = CandidateRequest(spki_fingerprint(generate_key(2048).public_key()), csr.subject)
    leaf = issuing.sign(csr.public_key(), csr.subject)
    result = validate([leaf, issuing.certificate, root.certificate], current, older)
    assert (result.accepted, result.request, codes(result)) == (True, older, ["older_request"])
    assert result.findings[0].text == (
        "This certificate is for your request of 2026-05-03, which you replaced, not for your latest request."
    )


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (None, "This certificate is for another key. It was not made from your current request."),
        (
            {"current": False, "usable": False, "login": "MZP999999"},
            "This certificate is for the request of 2026-05-03 in another onboarding, for MZP999999.",
        ),
        (
            {"current": False, "usable": False},
            (
                "This certificate is for your request of 2026-05-03, which you replaced. Its private key is no longer "
                "here."
            ),
        ),
        (
            {"usable": False},
            "This certificate is for your request of 2026-05-03, but its private key is no longer here.",
        ),
    ],
)
def test_a_certificate_for_another_key_says_whose_key_it_is(facts, text, request_, issuing, root, subject):
    """A certificate for an unusable request is refused, and the finding names that request if it is known."""
    other = generate_key(2048)
    known = (
        [] if facts is None else [CandidateRequest(spki_fingerprint(other.public_key()), None, created=MAY, **facts)]
    )
    certificate = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    result = validate([certificate, issuing.certificate, root.certificate], request_, *known)
    assert (result.accepted, codes(result)[0], result.findings[0].text) == (False, "other_key", text)


def test_a_certificate_for_an_unapproved_request_is_refused(issuing, root, csr, key):
    """The finding names the request by its date."""
    unapproved = CandidateRequest(spki_fingerprint(key.public_key()), csr.subject, approved=False, created=MAY)
    leaf = issuing.sign(csr.public_key(), csr.subject)
    result = validate([leaf, issuing.certificate, root.certificate], unapproved)
    assert (result.accepted, codes(result)) == (False, ["request_unapproved"])
    assert result.findings[0].text == (
        "This certificate is for your request of 2026-05-03. Our desk never approved that request, so it can’t be used."
    )


def test_a_missing_issuer_is_named(request_, leaf, issuing, root):
    """The finding has the name of the certificate that is missing."""
    names = {
        tuple(codes(result)): result.findings[0].found
        for result in (validate([leaf], request_), validate([leaf, root.certificate], request_))
    }
    assert names == {("ca_missing",): "Test Issuing CA", ("intermediate_missing",): "Test Issuing CA"}
    without_root = validate([leaf, issuing.certificate], request_)
    assert (without_root.accepted, without_root.anchors) == (True, (issuing.certificate,))
    assert (codes(without_root), without_root.findings[0].found) == (["root_missing"], "Test Root")


def test_findings_about_dates_have_the_date_and_the_days(request_, leaf, issuing, root):
    """Before, near the end of and after the validity period, the finding has the date in UTC and the days."""
    uploaded = [leaf, issuing.certificate, root.certificate]
    before = validate(uploaded, request_, now=leaf.not_valid_before_utc - timedelta(days=2, hours=1))
    near = validate(uploaded, request_, now=leaf.not_valid_after_utc - timedelta(days=10))
    assert (codes(before)[0], before.findings[0].params["days_until"]) == ("not_yet_valid", 2)
    assert (codes(near), near.findings[0].params["days_until"], near.accepted) == (["expires_soon"], 10, True)
    after = validate(uploaded, request_, now=leaf.not_valid_after_utc + timedelta(days=40))
    ended = f"{leaf.not_valid_after_utc:%Y-%m-%d %H:%M}"
    assert after.findings[0].text == f"“{subject_name(leaf)}” expired 40 days ago ({ended} UTC)."
    assert not after.accepted
    last_day = validate(uploaded, request_, now=leaf.not_valid_after_utc - timedelta(days=1, hours=1))
    assert last_day.findings[0].text == f"“{subject_name(leaf)}” expires tomorrow ({ended} UTC)."


def subject_name(certificate):
    return certificate.subject.rfc4514_string().split("CN=")[1].split(",")[0]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), []),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), ["no_client_auth"]),
        ((ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), []),
        ((), []),
        (SERVER_ONLY, ["no_client_auth"]),
    ],
)
def test_the_extended_key_usage_must_allow_clients(usage, expected, request_, csr, issuing, root):
    """A certificate for other purposes is refused, also one for any purpose; one without the extension is not."""
    leaf = issuing.sign(csr.public_key(), csr.subject, usage=usage)
    assert codes(validate([leaf, issuing.certificate, root.certificate], request_)) == expected


def test_a_weak_root_warns_and_a_weak_intermediate_is_an_error(request_, csr):
    """A weak root is left out if the CA below it can be trusted instead; weak keys elsewhere are refused."""
    weak_root = TestCA("Old Root", bits=1024)
    middle = TestCA("Middle", weak_root)
    uploaded = [middle.sign(csr.public_key(), csr.subject), middle.certificate, weak_root.certificate]
    warned = validate(uploaded, request_)
    assert (warned.accepted, codes(warned)) == (True, ["root_weak"])
    assert (warned.anchors, warned.unused) == ((middle.certificate,), (weak_root.certificate,))
    directly = validate([weak_root.sign(csr.public_key(), csr.subject), weak_root.certificate], request_)
    assert (directly.accepted, codes(directly)) == (False, ["chain_weak"])
    strong = TestCA("New Root")
    weak = TestCA("Weak CA", strong, bits=1024)
    stopped = validate([weak.sign(csr.public_key(), csr.subject), weak.certificate, strong.certificate], request_)
    assert (stopped.accepted, codes(stopped)[0], stopped.findings[0].found) == (False, "chain_weak", "Weak CA")


def test_a_changed_subject_warns_for_each_field(request_, issuing, root, csr):
    """The warning has the label of the field, the requested value and the value in the certificate."""
    changed = Subject("FR", "Île-de-France", "Paris", "Société Générale de Flottes", "it@flottes.example", "MZP128745")
    leaf = issuing.sign(csr.public_key(), changed.to_name())
    result = validate([leaf, issuing.certificate, root.certificate], request_)
    assert result.accepted
    assert [(finding.code, finding.field, finding.text) for finding in result.findings] == [
        ("subject_changed", "locality", "In the certificate, “City” is “Paris”. In your request, it was “Saint-Ouen”.")
    ]


def test_an_added_and_a_removed_field_have_their_own_sentences(request_, issuing, root, csr):
    """A field that only one of request and certificate has is not compared with an empty value."""
    no_city = x509.Name(rdn for rdn in csr.subject.rdns if rdn not in x509.Name(csr.subject.rdns[2:3]).rdns)
    without_city = replace(request_, subject=no_city)
    leaf = issuing.sign(csr.public_key(), csr.subject)
    added = validate([leaf, issuing.certificate, root.certificate], without_city)
    leaf = issuing.sign(csr.public_key(), no_city)
    removed = validate([leaf, issuing.certificate, root.certificate], request_)
    assert [finding.text for finding in (*added.findings, *removed.findings)] == [
        "In the certificate, “City” is “Saint-Ouen”. Your request had no such field.",
        "The certificate has no “City”. In your request, it was “Saint-Ouen”.",
    ]


@pytest.mark.parametrize(
    ("algorithm", "kind"), [(hashes.SHA256(), None), (None, WeaknessKind.SIGNATURE), (1024, WeaknessKind.KEY)]
)
def test_the_weakness_of_a_certificate_is_of_one_kind(algorithm, kind, workshop, issuing, csr):
    """A short key and a weak hash have different kinds, with the number of bits or the name of the hash."""
    if algorithm is None:
        assert workshop.request
        assert workshop.issuing
        options = ("client", "20260101", "20280101", "-md", "sha1")
        certificate = x509.load_pem_x509_certificate(workshop.sign("with_sha1", "issuing", "request", *options))
    elif isinstance(algorithm, int):
        certificate = TestCA("Short", bits=algorithm).certificate
    else:
        certificate = issuing.sign(csr.public_key(), csr.subject, algorithm=algorithm)
    expected = {
        None: None,
        WeaknessKind.SIGNATURE: Weakness(WeaknessKind.SIGNATURE, {"hash": "SHA1"}),
        WeaknessKind.KEY: Weakness(WeaknessKind.KEY, {"bits": 1024}),
    }
    assert weakness_of(certificate) == expected[kind]


@pytest.mark.parametrize(
    ("named", "accepted"),
    [
        (lambda ca: x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), True),
        (lambda ca: x509.AuthorityKeyIdentifier(b"another key", None, None), False),
        (
            lambda ca: x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(ca.name)], ca.certificate.serial_number),
            True,
        ),
        (lambda ca: x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(ca.name)], 4711), False),
    ],
)
def test_the_authority_key_identifier_must_name_the_issuer(named, accepted, request_, csr, tmp_path):
    """Another key identifier or serial number is refused, here as by openssl verify."""
    authority = TestCA("Named CA")
    authority.certificate = with_extension(
        authority, authority.key.public_key(), authority.name, x509.SubjectKeyIdentifier.from_public_key, ca=True
    )
    leaf = with_extension(authority, csr.public_key(), csr.subject, lambda _: named(authority), ca=False)
    result = validate([leaf, authority.certificate], request_)
    assert (result.accepted, codes(result)) == (accepted, [] if accepted else ["issuer_key_differs"])
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    verify = ["openssl", "verify", "-attime", str(int(NOW.timestamp())), "-CAfile", "ca.pem", "leaf.pem"]
    assert (subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode == 0) == accepted


def with_extension(authority, public_key, subject, extension, *, ca):
    """Return a certificate by `authority` with one more extension, made from the public key."""
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=authority.name, public_key=public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(extension(public_key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def test_an_end_entity_certificate_cannot_issue(request_, csr, issuing, root, subject):
    """A certificate signed with another partner's certificate is refused, although its signature is valid."""
    other = generate_key(2048)
    middle = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    impostor = TestCA.__new__(TestCA)
    impostor.key, impostor.name, impostor.issuer = other, middle.subject, issuing
    leaf = impostor.sign(csr.public_key(), csr.subject, algorithm=hashes.SHA256())
    result = validate([leaf, middle, issuing.certificate, root.certificate], request_)
    assert (result.accepted, codes(result)) == (False, ["chain_refused"])


def test_no_certificate_and_no_leaf_are_different_findings(request_, root):
    """An empty upload and an upload without the partner's own certificate have different codes."""
    assert codes(validate([], request_)) == ["nothing_received"]
    cas_only = validate([root.certificate], request_)
    assert (codes(cas_only), cas_only.findings[0].expected) == (["leaf_missing"], "MZP128745")
    unknown = validate([root.certificate])
    assert (codes(unknown), unknown.findings[0].remedy.split(". ")[1]) == (
        ["leaf_missing"],
        "Your certificate is for your login.",
    )


def test_every_refusal_has_an_error(request_, leaf):
    """A result that is not accepted has a finding that is an error."""
    result = validate([leaf], request_)
    assert not result.accepted
    assert [finding.severity for finding in result.findings] == [Severity.ERROR]
