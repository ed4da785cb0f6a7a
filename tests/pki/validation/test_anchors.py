"""CA certificates beside the partner's chain: which are trusted, and the findings about the others."""

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


def test_an_additional_ca_is_trusted_and_another_certificate_is_not(request_, leaf, issuing, root, subject):
    """A CA of another organization is trusted for the gateway; another partner's certificate is not_belonging."""
    foreign = TestCA("Foreign", organization="Somebody else")
    other = generate_key(2048)
    stranger = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    result = validate_certificates(
        [leaf, foreign.certificate, stranger, issuing.certificate, root.certificate], [request_], NOW
    )
    assert (result.accepted, result.chain) == (True, (issuing.certificate,))
    assert (result.anchors, result.unused) == ((root.certificate, foreign.certificate), (stranger,))
    assert names_by_code(result) == {"ca_added": "Foreign", "not_belonging": "MZP128745"}


def names_by_code(result):
    return {finding.code: finding.found for finding in result.findings}


@pytest.fixture(scope="module")
def stored(leaf, issuing, root):
    return StoredCertificates(leaf, (issuing.certificate,), (root.certificate,))


def test_a_ca_certificate_alone_is_checked_with_the_stored_certificates(request_, leaf, issuing, root, stored):
    """The gateway's CA, without the partner's certificate, is trusted in addition to the stored certificates."""
    foreign = TestCA("Foreign").certificate
    result = validate_certificates([foreign], [request_], NOW, stored)
    assert (result.accepted, result.leaf, result.chain) == (True, leaf, (issuing.certificate,))
    assert (result.anchors, names_by_code(result)) == ((root.certificate, foreign), {"ca_added": "Foreign"})
    again = validate_certificates([foreign], [request_], NOW, replace(stored, anchors=result.anchors))
    assert (again.anchors, names_by_code(again)) == (result.anchors, {"ca_known": "Foreign"})


def test_a_missing_root_alone_completes_the_chain(request_, leaf, issuing, root):
    """The issuing CA was the anchor without its root. Now it is an intermediate."""
    result = validate_certificates(
        [root.certificate], [request_], NOW, StoredCertificates(leaf, (), (issuing.certificate,))
    )
    assert (result.chain, result.anchors) == ((issuing.certificate,), (root.certificate,))
    assert (result.accepted, names_by_code(result)) == (True, {"ca_added": "Test Root"})


def test_an_intermediate_uploaded_alone_is_trusted_by_itself(request_, issuing, root, stored):
    """Then a gateway that leaves it out is recognized; before, the intermediate was only sent to the gateway."""
    result = validate_certificates([issuing.certificate], [request_], NOW, stored)
    assert result.chain == (issuing.certificate,)
    assert (result.anchors, names_by_code(result)) == (
        (root.certificate, issuing.certificate),
        {"ca_added": "Test Issuing CA"},
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"bits": 1024}, "its RSA key has only 1024 bits"),
        ({"ends": NOW - timedelta(days=1)}, "it expired on 2026-05-31"),
        ({"begins": NOW + timedelta(days=1)}, "it is not valid before 2026-06-02"),
    ],
)
def test_an_unusable_ca_is_left_out_with_the_reason(options, reason, request_, root, stored):
    """An additional CA must be valid now, and strong enough."""
    poor = TestCA("Poor CA", **options).certificate
    result = validate_certificates([poor], [request_], NOW, stored)
    assert (result.anchors, result.unused) == ((root.certificate,), (poor,))
    assert result.findings[0].text == f"We left out the CA certificate “Poor CA”: {reason}."


def test_a_damaged_ca_is_not_trusted(request_, leaf, issuing, root):
    """A flipped bit is detected: OpenSSL does not check the signature of a trusted certificate."""
    uploaded = [leaf, issuing.certificate, root.certificate]
    copies = [flipped(issuing.certificate), flipped(root.certificate)]
    result = validate_certificates([*uploaded, *copies], [request_], NOW)
    assert (result.accepted, result.anchors, result.unused) == (True, (root.certificate,), tuple(copies))
    assert [(finding.code, finding.variant) for finding in result.findings] == [
        ("ca_left_out", "signature_differs"),
        ("ca_left_out", "damaged"),
    ]
    assert result.findings[0].text == (
        "We left out the CA certificate “Test Issuing CA”: it is damaged, or our CA certificate “Test "
        "Root” did not sign it."
    )


def flipped(certificate):
    """Return the certificate with one bit of its key flipped."""
    data = bytearray(certificate.public_bytes(Encoding.DER))
    numbers = certificate.public_key().public_numbers().n.to_bytes(256, "big")
    data[data.index(numbers) + 100] ^= 1
    return x509.load_der_x509_certificate(bytes(data))


def test_a_ca_with_the_name_and_key_identifier_of_another_is_not_trusted(request_, csr):
    """One root signed both, and software could not tell which one signed the partner's certificate."""
    root = TestCA("Far Root")
    middle, twin = TestCA("Middle", root), TestCA("Middle", root)
    identifier = x509.SubjectKeyIdentifier(b"the same for both")
    first, second = (with_identifier(root, authority, identifier) for authority in (middle, twin))
    uploaded = [middle.sign(csr.public_key(), csr.subject), first, second, root.certificate]
    result = validate_certificates(uploaded, [request_], NOW)
    assert (result.accepted, result.chain, result.anchors) == (True, (first,), (root.certificate,))
    assert (result.unused, variants(result)) == ((second,), ["ca_left_out.ambiguous"])


def variants(result):
    return [f"{finding.code}.{finding.variant}".rstrip(".") for finding in result.findings]


def with_identifier(issuer, authority, identifier):
    """Return the certificate of `authority`, with a key identifier."""
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


def test_the_number_of_anchors_is_limited(request_, stored):
    """CA certificates above the limit are left out, because each one takes part in every handshake."""
    many = tuple(TestCA(f"CA {number}").certificate for number in range(ANCHORS_MAX))
    result = validate_certificates(many, [request_], NOW, stored)
    assert len(result.chain) + len(result.anchors) == ANCHORS_MAX
    assert [finding.code for finding in result.findings].count("ca_left_out") == 2
    assert result.findings[-1].text.endswith(": there are already 20 CA certificates.")


def test_a_renewed_certificate_uses_the_stored_anchors(request_, csr, issuing, root, stored):
    """The certificate can be uploaded alone; a stored anchor that has expired is dropped."""
    foreign, expired = TestCA("Foreign").certificate, TestCA("Expired", ends=NOW - timedelta(days=1)).certificate
    renewed = issuing.sign(csr.public_key(), csr.subject)
    result = validate_certificates(
        [renewed], [request_], NOW, replace(stored, anchors=(root.certificate, foreign, expired))
    )
    assert (result.accepted, result.leaf, result.chain) == (True, renewed, (issuing.certificate,))
    assert (result.anchors, list(names_by_code(result))) == ((root.certificate, foreign), [])


def test_two_roots_of_the_same_name_are_both_trusted(request_, leaf, issuing, root):
    """After a change of roots, the email has both: the chain ends in the root that signed it."""
    newer = TestCA("Test Root").certificate
    result = validate_certificates([leaf, newer, issuing.certificate, root.certificate], [request_], NOW)
    assert (result.accepted, result.anchors) == (True, (root.certificate, newer))


def test_a_certificate_for_another_key_alone_is_refused(request_, stored, issuing, subject):
    """A stored certificate does not change that."""
    other = generate_key(2048)
    stranger = issuing.sign(other.public_key(), make_csr(other, subject).subject)
    assert list(names_by_code(validate_certificates([stranger], [request_], NOW, stored))) == ["other_key"]
