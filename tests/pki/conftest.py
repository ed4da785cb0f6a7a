"""Real keys and authorities, made once per session."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.subject import Subject
from onboarding.pki.validation.certificates import CandidateRequest
from tests.pki.workshop import Workshop

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def name(common_name: str, organization: str = "Test Operator") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class TestCA:
    """A CA that signs what a test needs. It is a root if `issuer` is None."""

    __test__ = False

    def __init__(self, common_name: str, issuer: "TestCA | None" = None, *, organization: str = "Test Operator", **how):
        self.key = rsa.generate_private_key(65537, how.pop("bits", 2048))
        self.name = name(common_name, organization)
        self.issuer = issuer or self
        self.certificate = self.issuer.sign(self.key.public_key(), self.name, ca=True, **how)

    def sign(
        self,
        public_key,
        subject,
        *,
        ca=False,
        begins=NOW - timedelta(days=100),
        ends=NOW + timedelta(days=365),
        usage=(),
        algorithm=None,
    ):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(usage)), critical=False)
        return builder.sign(self.key, algorithm or hashes.SHA256())


SERVER_ONLY = (ExtendedKeyUsageOID.SERVER_AUTH,)


@pytest.fixture(scope="session")
def subject() -> Subject:
    return Subject(
        "FR", "Île-de-France", "Saint-Ouen", "Société Générale de Flottes", "it@flottes.example", "MZP128745"
    )


@pytest.fixture(scope="session")
def key():
    return generate_key(2048)


@pytest.fixture(scope="session")
def csr(key, subject):
    return make_csr(key, subject)


@pytest.fixture(scope="session")
def root():
    return TestCA("Test Root")


@pytest.fixture(scope="session")
def issuing(root):
    return TestCA("Test Issuing CA", root)


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="session")
def request_(key, csr):
    return CandidateRequest(spki_fingerprint(key.public_key()), csr.subject)


@pytest.fixture(scope="session")
def leaf(issuing, csr):
    return issuing.sign(csr.public_key(), csr.subject)
