"""A certificate of another environment is recognized by its authorities, and not taken."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.subject import Subject
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.pki.validation.environments import (
    KnownEnvironment,
    KnownEnvironments,
    ca_marks,
    issuer_marks,
    name_marks,
    refuse_other_environment,
)
from onboarding.rehearsal.authority import Authority

LOGIN = "MZP128745"
SUBJECT = Subject("FR", "Île-de-France", "Saint-Ouen", "Flottes", "it@flottes.example", LOGIN)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Return two authorities with the same names and different keys, as an operator may have them."""
    return [Authority.load_or_create(tmp_path_factory.mktemp(name) / "ca") for name in ("production", "rehearsal")]


@pytest.fixture(scope="module")
def key():
    return generate_key(2048)


def cas(authority):
    return [authority.issuing.certificate, authority.root.certificate]


def known(authorities, current):
    environments = [
        KnownEnvironment(
            name,
            frozenset([*ca_marks(cas(authority)), *name_marks(cas(authority))]),
            frozenset(ca_marks(cas(authority))),
        )
        for name, authority in zip(("production", "rehearsal"), authorities, strict=True)
    ]
    return KnownEnvironments(current, tuple(environments))


def validated(authority, key, *extra):
    leaf = authority.sign(make_csr(key, SUBJECT).public_bytes(Encoding.PEM)).certificate
    request = CandidateRequest(spki_fingerprint(key.public_key()), leaf.subject)
    return validate_certificates([leaf, *cas(authority), *extra], [request], datetime.now(UTC))


@pytest.mark.parametrize(("index", "own", "other"), [(0, "production", "rehearsal"), (1, "rehearsal", "production")])
def test_a_certificate_is_taken_only_in_its_own_environment(authorities, key, index, own, other):
    """The names of the two authorities are the same, so their keys decide."""
    result = validated(authorities[index], key)
    assert refuse_other_environment(result, known(authorities, own)) == result
    refused = refuse_other_environment(result, known(authorities, other))
    assert (refused.accepted, refused.findings[0].code, refused.findings[0].variant) == (
        False, "other_environment", own,
    )  # fmt: skip


def test_a_ca_certificate_of_another_environment_is_not_taken(authorities, key):
    """Neither beside the right ones."""
    production, rehearsal = authorities
    result = validated(production, key)
    widened = validated(production, key, rehearsal.root.certificate)
    if widened.anchors == result.anchors:
        pytest.skip("the validation leaves the other CA certificate out by itself")
    refused = refuse_other_environment(widened, known(authorities, "production"))
    assert (refused.accepted, refused.findings[0].code) == (False, "ca_of_other_environment")


def test_an_unknown_authority_is_taken_everywhere(authorities, key):
    """Nobody knows yet where it belongs. The same holds if both environments know it, or none is in question."""
    result = validated(authorities[0], key)
    both = KnownEnvironments(
        "rehearsal",
        tuple(KnownEnvironment(name, frozenset(ca_marks(cas(authorities[0])))) for name in ("production", "rehearsal")),
    )
    for nothing in (KnownEnvironments("rehearsal"), both, known(authorities, "")):
        assert refuse_other_environment(result, nothing) == result


def test_a_leaf_alone_is_recognized_by_what_it_says_of_its_issuer(authorities, key):
    """By the key identifier, or else by the name."""
    production, rehearsal = authorities
    leaf = validated(production, key).leaf
    assert known(authorities, "rehearsal").other("issuers", issuer_marks(leaf, [])) == "production"
    plain = (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(production.issuing.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(production.issuing.key, leaf.signature_hash_algorithm)
    )
    # Both authorities have this name, so it shows nothing here.
    assert known(authorities, "rehearsal").other("issuers", issuer_marks(plain, [])) == ""
    only = KnownEnvironments("production", (KnownEnvironment("rehearsal", frozenset(name_marks(cas(rehearsal)))),))
    assert only.other("issuers", issuer_marks(plain, [])) == "rehearsal"
