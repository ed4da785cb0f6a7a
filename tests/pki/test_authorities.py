"""CA certificates beside those above the partner's own: which are trusted, and what is said of the others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.validation.anchors import ANCHORS_MAX
from onboarding.pki.validation.certificates import StoredCertificates, validate_certificates
from tests.pki.conftest import NOW, TestCA


def test_a_further_authority_is_trusted_and_what_is_none_is_left_over(request_, leaf, issuing, root, subject):
    """A CA of another house recognises the gateway; another partner's certificate is named as not belonging."""
    foreign = TestCA("Foreign", organization="Somebody else")
    other = generate_key(2048)
    stranger = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    answer = validate_certificates(
        [leaf, foreign.certificate, stranger, issuing.certificate, root.certificate], [request_], NOW
    )
    assert (answer.accepted, answer.chain) == (True, (issuing.certificate,))
    assert (answer.anchors, answer.spare) == ((root.certificate, foreign.certificate), (stranger,))
    assert said(answer) == {"ca_added": "Foreign", "not_belonging": "MZP128745"}


def said(answer):
    return {finding.code: finding.found for finding in answer.findings}


@pytest.fixture(scope="module")
def kept(leaf, issuing, root):
    return StoredCertificates(leaf, (issuing.certificate,), (root.certificate,))


def test_an_authority_alone_is_judged_with_what_was_kept(request_, leaf, issuing, root, kept):
    """The gateway's CA without the partner's certificate: all that was kept stays, and it is trusted too."""
    foreign = TestCA("Foreign").certificate
    answer = validate_certificates([foreign], [request_], NOW, kept)
    assert (answer.accepted, answer.leaf, answer.chain) == (True, leaf, (issuing.certificate,))
    assert (answer.anchors, said(answer)) == ((root.certificate, foreign), {"ca_added": "Foreign"})
    again = validate_certificates([foreign], [request_], NOW, replace(kept, anchors=answer.anchors))
    assert (again.anchors, said(again)) == (answer.anchors, {"ca_known": "Foreign"})


def test_a_missing_root_alone_completes_the_chain(request_, leaf, issuing, root):
    """The issuing CA was the anchor until its root came: now it is sent along, and still trusted."""
    answer = validate_certificates(
        [root.certificate], [request_], NOW, StoredCertificates(leaf, (), (issuing.certificate,))
    )
    assert (answer.chain, answer.anchors) == ((issuing.certificate,), (root.certificate,))
    assert (answer.accepted, said(answer)) == (True, {"ca_added": "Test Root"})


def test_an_intermediate_handed_in_alone_is_trusted_by_itself(request_, issuing, root, kept):
    """A gateway that leaves it out is recognised then; until now it was only sent along."""
    answer = validate_certificates([issuing.certificate], [request_], NOW, kept)
    assert answer.chain == (issuing.certificate,)
    assert (answer.anchors, said(answer)) == (
        (root.certificate, issuing.certificate),
        {"ca_added": "Test Issuing CA"},
    )


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"bits": 1024}, "its RSA key has only 1024 bits"),
        ({"ends": NOW - timedelta(days=1)}, "it expired on 2026-05-31"),
        ({"begins": NOW + timedelta(days=1)}, "it works only from 2026-06-02"),
    ],
)
def test_an_authority_that_would_not_do_is_left_out_with_the_reason(how, why, request_, root, kept):
    """The rules are those of the chain: current, and of sound strength."""
    poor = TestCA("Poor CA", **how).certificate
    answer = validate_certificates([poor], [request_], NOW, kept)
    assert (answer.anchors, answer.spare) == ((root.certificate,), (poor,))
    assert answer.findings[0].text == f"We left out the CA certificate “Poor CA”: {why}."


def test_a_damaged_authority_is_not_trusted(request_, leaf, issuing, root):
    """Nobody checks the signature of what is trusted: a flipped bit is found here, or OpenSSL would take it for the
    right one of that name.
    """
    given = [leaf, issuing.certificate, root.certificate]
    copies = [flipped(issuing.certificate), flipped(root.certificate)]
    answer = validate_certificates([*given, *copies], [request_], NOW)
    assert (answer.accepted, answer.anchors, answer.spare) == (True, (root.certificate,), tuple(copies))
    assert [finding.params["why"] for finding in answer.findings] == [
        "it was damaged on its way, or signed by another “Test Root” than the one here",
        "it was damaged on its way",
    ]


def flipped(certificate):
    """The certificate with one bit of its key flipped."""
    data = bytearray(certificate.public_bytes(Encoding.DER))
    numbers = certificate.public_key().public_numbers().n.to_bytes(256, "big")
    data[data.index(numbers) + 100] ^= 1
    return x509.load_der_x509_certificate(bytes(data))


def test_an_authority_that_software_takes_for_another_is_not_trusted(request_, csr):
    """Its issuer is not here, so its signature can't be checked; name and key identifier are those of the first."""
    root = TestCA("Far Root")
    middle, twin = TestCA("Middle", root), TestCA("Middle", root)
    identifier = x509.SubjectKeyIdentifier(b"the same for both")
    first, second = (with_identifier(root, one, identifier) for one in (middle, twin))
    answer = validate_certificates([middle.sign(csr.public_key(), csr.subject), first, second], [request_], NOW)
    assert (answer.accepted, answer.anchors, answer.spare) == (True, (first,), (second,))
    assert "software can’t tell the two apart" in answer.findings[-1].text


def with_identifier(issuer, authority, identifier):
    """The authority's certificate, with a key identifier."""
    return (
        x509.CertificateBuilder(
            issuer_name=issuer.name, subject_name=authority.name, public_key=authority.key.public_key()
        )
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def test_there_is_an_end_to_what_is_trusted(request_, kept):
    """Nobody makes the list so long that each handshake suffers."""
    many = tuple(TestCA(f"CA {number}").certificate for number in range(ANCHORS_MAX))
    answer = validate_certificates(many, [request_], NOW, kept)
    assert len(answer.chain) + len(answer.anchors) == ANCHORS_MAX
    assert [finding.code for finding in answer.findings].count("ca_left_out") == 2


def test_a_renewed_certificate_goes_on_with_the_authorities_that_were_kept(request_, csr, issuing, root, kept):
    """It may come alone; of what was trusted, what has expired is not carried over."""
    foreign, expired = TestCA("Foreign").certificate, TestCA("Expired", ends=NOW - timedelta(days=1)).certificate
    renewed = issuing.sign(csr.public_key(), csr.subject)
    answer = validate_certificates(
        [renewed], [request_], NOW, replace(kept, anchors=(root.certificate, foreign, expired))
    )
    assert (answer.accepted, answer.leaf, answer.chain) == (True, renewed, (issuing.certificate,))
    assert (answer.anchors, list(said(answer))) == ((root.certificate, foreign), [])


def test_another_root_of_the_same_name_does_not_shake_a_whole_chain(request_, leaf, issuing, root):
    """After a change of roots both are in the mail: the one that signed is found, and the other trusted, too."""
    newer = TestCA("Test Root").certificate
    answer = validate_certificates([leaf, newer, issuing.certificate, root.certificate], [request_], NOW)
    assert (answer.accepted, answer.anchors) == (True, (root.certificate, newer))


def test_a_stranger_alone_is_no_authority(request_, kept, issuing, subject):
    """With a certificate kept, one for another key is still refused."""
    other = generate_key(2048)
    stranger = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    assert list(said(validate_certificates([stranger], [request_], NOW, kept))) == ["other_key"]
