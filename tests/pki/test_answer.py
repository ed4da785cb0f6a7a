"""Which certificate is taken, for which request, with which chain, and what is said about it."""

import subprocess
from datetime import timedelta
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
from tests.pki.conftest import NOW, SERVER_ONLY, TestCA


def codes(answer):
    return [finding.code for finding in answer.findings]


def judged(certificates, *requests, now=NOW):
    return validate_certificates(certificates, requests, now)


def test_leaf_intermediate_and_root_are_told_apart_in_any_order(request_, leaf, issuing, root):
    """Every order of the same files ends in the same leaf, chain and anchor."""
    for order in permutations([leaf, issuing.certificate, root.certificate]):
        answer = judged(order, request_)
        assert (answer.leaf, answer.chain, answer.anchors) == (leaf, (issuing.certificate,), (root.certificate,))
        assert answer.accepted
        assert codes(answer) == ([] if order[0] == leaf else ["swapped"])


def test_of_two_certificates_for_the_key_the_newer_valid_one_is_taken(request_, csr, issuing, root):
    """After a renewal both may be in the mail: expired and future ones give way, then the newer wins."""

    def made(begins, ends):
        return issuing.sign(csr.public_key(), csr.subject, begins=NOW + timedelta(begins), ends=NOW + timedelta(ends))

    old, new, expired, future = made(-300, 90), made(-10, 400), made(-400, -5), made(5, 500)
    answer = judged([old, expired, new, future, issuing.certificate, root.certificate], request_)
    assert (answer.leaf, answer.accepted) == (new, True)


def test_a_renewed_authority_of_the_same_key_is_preferred_to_its_expired_self(request_, leaf, issuing, root):
    """Both certificates of the issuing CA verify the leaf; the one that is valid now is taken."""
    expired = root.sign(
        issuing.key.public_key(), issuing.name, ca=True, begins=NOW - timedelta(900), ends=NOW - timedelta(1)
    )
    answer = judged([leaf, expired, issuing.certificate, root.certificate], request_)
    assert (answer.accepted, answer.chain) == (True, (issuing.certificate,))


def test_the_current_request_comes_before_older_ones(request_, leaf, issuing, root, subject):
    """With certificates for both, the current request's is taken, whatever the order of files and requests."""
    other = generate_key(2048)
    older = CandidateRequest(spki_fingerprint(other.public_key()), None, "the one of 3 May", current=False)
    for_older = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    given = [for_older, leaf, issuing.certificate, root.certificate]
    assert judged(given, older, request_).request == request_
    assert judged(given, request_, older).request == request_


def test_a_replaced_request_is_named_and_its_certificate_can_be_used(issuing, root, csr, key, subject):
    """The certificate for a replaced request is accepted, with a warning that names that request."""
    older = CandidateRequest(spki_fingerprint(key.public_key()), csr.subject, "your request of 3 May", current=False)
    current = CandidateRequest(spki_fingerprint(generate_key(2048).public_key()), csr.subject, "this request")
    answer = judged(
        [issuing.sign(csr.public_key(), csr.subject), issuing.certificate, root.certificate], current, older
    )
    assert (answer.accepted, answer.request, codes(answer)) == (True, older, ["older_request"])
    assert answer.findings[0].text == ("This certificate belongs to your request of 3 May, not to your latest request.")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (True, "This certificate belongs to the request of MZP999999: it was not made from this request."),
        (False, "This certificate belongs to another key: it was not made from this request."),
    ],
)
def test_another_key_is_said_to_be_whose_it_is_where_that_is_known(known, said, request_, issuing, root, subject):
    """A certificate for another onboarding is refused and its owner named; a stranger's is refused too."""
    other = generate_key(2048)
    foreign = CandidateRequest(
        spki_fingerprint(other.public_key()), None, "the request of MZP999999", current=False, usable=False
    )
    certificate = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    answer = judged([certificate, issuing.certificate, root.certificate], request_, *([foreign] if known else []))
    assert (answer.accepted, codes(answer), answer.findings[0].text) == (False, ["other_key"], said)


def test_missing_links_are_named(request_, leaf, issuing, root):
    """Which certificate is missing is said by its name."""
    told = {
        tuple(codes(answer)): answer.findings[0].found
        for answer in (judged([leaf], request_), judged([leaf, root.certificate], request_))
    }
    assert told == {("ca_missing",): "Test Issuing CA", ("intermediate_missing",): "Test Issuing CA"}
    without_root = judged([leaf, issuing.certificate], request_)
    assert (without_root.accepted, without_root.anchors) == (True, (issuing.certificate,))
    assert (codes(without_root), without_root.findings[0].found) == (["root_missing"], "Test Root")


def test_every_broken_date_is_said_with_its_day(request_, leaf, issuing, root):
    """Before, near and after the dates, the finding gives the date in UTC and the days."""
    given = [leaf, issuing.certificate, root.certificate]
    before = judged(given, request_, now=leaf.not_valid_before_utc - timedelta(days=2, hours=1))
    near = judged(given, request_, now=leaf.not_valid_after_utc - timedelta(days=10))
    assert (codes(before)[0], before.findings[0].params["days"]) == ("not_yet_valid", 3)
    assert (codes(near), near.findings[0].params["days"], near.accepted) == (["expires_soon"], 10, True)
    after = judged(given, request_, now=leaf.not_valid_after_utc + timedelta(days=40))
    assert after.findings[0].text.startswith(f"“{subject_name(leaf)}” expired on {leaf.not_valid_after_utc:%Y-%m-%d}")
    assert (after.findings[0].params["days"], after.accepted) == (40, False)


def subject_name(certificate):
    return certificate.subject.rfc4514_string().split("CN=")[1].split(",")[0]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), []),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), []),
        ((ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), []),
        ((), []),
        (SERVER_ONLY, ["no_client_auth"]),
    ],
)
def test_extended_key_usage_decides_whether_it_is_for_clients(usage, expected, request_, csr, issuing, root):
    """A certificate for servers alone is refused; one without the extension is not."""
    leaf = issuing.sign(csr.public_key(), csr.subject, usage=usage)
    assert codes(judged([leaf, issuing.certificate, root.certificate], request_)) == expected


def test_a_weak_root_warns_and_a_weak_intermediate_stops(request_, csr):
    """A weak root is left out where the CA below it can be trusted instead; weak keys elsewhere are refused."""
    weak_root = TestCA("Old Root", bits=1024)
    middle = TestCA("Middle", weak_root)
    given = [middle.sign(csr.public_key(), csr.subject), middle.certificate, weak_root.certificate]
    warned = judged(given, request_)
    assert (warned.accepted, codes(warned)) == (True, ["root_weak"])
    assert (warned.anchors, warned.spare) == ((middle.certificate,), (weak_root.certificate,))
    directly = judged([weak_root.sign(csr.public_key(), csr.subject), weak_root.certificate], request_)
    assert (directly.accepted, codes(directly)) == (False, ["chain_weak"])
    strong = TestCA("New Root")
    weak = TestCA("Weak CA", strong, bits=1024)
    stopped = judged([weak.sign(csr.public_key(), csr.subject), weak.certificate, strong.certificate], request_)
    assert (stopped.accepted, codes(stopped)[0], stopped.findings[0].found) == (False, "chain_weak", "Weak CA")


def test_what_the_authority_changed_is_listed_field_by_field_and_does_not_stop(request_, issuing, root, csr):
    """Old and new value stand side by side; a field that was dropped says so."""
    changed = Subject("FR", "Île-de-France", "Paris", "Société Générale de Flottes", "it@flottes.example", "MZP128745")
    leaf = issuing.sign(csr.public_key(), changed.to_name())
    answer = judged([leaf, issuing.certificate, root.certificate], request_)
    assert answer.accepted
    assert [(one.code, one.field, one.expected, one.found) for one in answer.findings] == [
        ("subject_changed", "city", "Saint-Ouen", "Paris")
    ]


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
def test_an_issuer_is_the_one_that_the_certificate_names_as_openssl_has_it(named, accepted, request_, csr, tmp_path):
    """Where a certificate names its issuer's key or serial number, another certificate of that CA won't do."""
    authority = TestCA("Named CA")
    authority.certificate = with_extension(
        authority, authority.key.public_key(), authority.name, x509.SubjectKeyIdentifier.from_public_key, ca=True
    )
    leaf = with_extension(authority, csr.public_key(), csr.subject, lambda _: named(authority), ca=False)
    answer = judged([leaf, authority.certificate], request_)
    assert (answer.accepted, codes(answer)) == (accepted, [] if accepted else ["issuer_key_differs"])
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    verify = ["openssl", "verify", "-attime", str(int(NOW.timestamp())), "-CAfile", "ca.pem", "leaf.pem"]
    assert (subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode == 0) == accepted


def by_serial_number(authority, number):
    return x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(authority.name)], number)


def with_extension(authority, public_key, subject, extension, *, ca):
    """A certificate by `authority` with one more extension, made from the public key."""
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=authority.name, public_key=public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(extension(public_key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def test_an_end_entity_cannot_issue(request_, csr, issuing, root, subject):
    """A certificate signed by another partner's certificate is refused, though its signature is right."""
    other = generate_key(2048)
    middle = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    impostor = TestCA.__new__(TestCA)
    impostor.key, impostor.name, impostor.issuer = other, middle.subject, issuing
    leaf = impostor.sign(csr.public_key(), csr.subject, algorithm=hashes.SHA256())
    answer = judged([leaf, middle, issuing.certificate, root.certificate], request_)
    assert (answer.accepted, codes(answer)) == (False, ["chain_refused"])


def test_nothing_and_authorities_alone_are_told_apart(request_, root):
    """An empty list and a list without the partner's own certificate get sentences of their own."""
    assert codes(judged([], request_)) == ["nothing_received"]
    alone = judged([root.certificate], request_)
    assert (codes(alone), alone.findings[0].expected) == (["leaf_missing"], "MZP128745")


def test_every_refusal_is_a_finding_that_stops(request_, leaf):
    """Not accepted always comes with a reason that stops."""
    answer = judged([leaf], request_)
    assert not answer.accepted
    assert [one.severity for one in answer.findings] == [Severity.ERROR]
    assert leaf.public_bytes(Encoding.DER)
