"""Onboardings at each point of the journey, made by the journey's own verbs."""

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from onboarding.models import Onboarding, User
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.workflow import certificates, onboardings, requests

PASSPHRASE = "orchid lantern gravel moose"
COMPANY = {
    "country": "FR",
    "state": "Île-de-France",
    "locality": "Saint-Ouen",
    "organization": "Société des Flottes",
    "email": "it@flottes.example",
}


def partner(email: str = "partner@flottes.example") -> User:
    """A saved user."""
    return User.objects.create_user(email, "velvet-anchor-92-river")


def started(owner: User, environment: str = "production", login: str = "MZP128745") -> Onboarding:
    """An onboarding with a login."""
    return onboardings.start(owner, uuid.uuid4(), login, environment)


def described(owner: User, **how: str) -> Onboarding:
    """One with the company's details."""
    onboarding = started(owner, **how)
    onboardings.describe(onboarding, owner, COMPANY)
    return fresh(onboarding)


def with_key(owner: User, **how: str) -> Onboarding:
    """One with a key and a request."""
    onboarding = described(owner, **how)
    requests.make_key(onboarding, owner, PASSPHRASE, 2048)
    return fresh(onboarding)


def sent(owner: User, **how: str) -> Onboarding:
    """One whose request is out."""
    onboarding = with_key(owner, **how)
    requests.prove_passphrase(onboarding.request, owner, PASSPHRASE)
    requests.mark_sent(onboarding.request, owner)
    return fresh(onboarding)


def certified(owner: User, **how: str) -> Onboarding:
    """One with a certificate and a client ID."""
    onboarding = sent(owner, **how)
    certificates.accept_certificate(onboarding.request, owner, answer_to(onboarding))
    certificates.add_client_id(onboarding, owner, "client-1", "")
    return fresh(onboarding)


def fresh(onboarding: Onboarding) -> Onboarding:
    """As it is in the database now."""
    return Onboarding.objects.get(pk=onboarding.pk)


@cache
def root_key(number: int) -> rsa.RSAPrivateKey:
    """Return the key of a root: a real one, made once a session."""
    return rsa.generate_private_key(65537, 2048)


ROOT_NUMBERS = count()


def certificates_for(onboarding: Onboarding) -> list[x509.Certificate]:
    """A certificate for its request, and the root that issued it. Up to eight roots in a row have different keys."""
    key = root_key(next(ROOT_NUMBERS) % 8)
    ca = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A Root")])
    return [
        _issue(onboarding.request.csr.subject, onboarding.request.csr.public_key(), ca, key, ca=False),
        _issue(ca, key.public_key(), ca, key, ca=True),
    ]


def _issue(subject, public_key, issuer, key, *, ca, days=365):
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def answer_to(onboarding: Onboarding):
    """An accepted answer to its request."""
    request = onboarding.request
    known = CandidateRequest(request.spki, request.csr.subject, "this request")
    return validate_certificates(certificates_for(onboarding), [known], datetime.now(UTC))
