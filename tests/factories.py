"""Onboardings in each status, made by the functions of `onboarding.workflow`."""

import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.core.cache import cache as django_cache

from onboarding.authentication import has_second_factor
from onboarding.models import Onboarding, User
from onboarding.pki.validation.certificates import CandidateRequest, validate_certificates
from onboarding.workflow import certificates, onboardings, requests

PASSPHRASE = "orchid lantern gravel moose"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
COMPANY = {
    "country": "FR",
    "state": "Île-de-France",
    "locality": "Saint-Ouen",
    "organization": "Société des Flottes",
    "email": "it@flottes.example",
}


def confirm_session(request, user, **_signal) -> None:
    """Record in a session what confirming it records: the password, and the second factor if the account has one."""
    record_authentication(request, user, method="password", reauthenticated=True)
    if has_second_factor(user):
        record_authentication(request, user, method="mfa", type="totp", reauthenticated=True)


def with_second_factor(user: User) -> User:
    """Give the account an authenticator app."""
    TOTP.activate(user, TOTP_SECRET)
    return user


def verified(user: User) -> User:
    """Confirm the address of the account."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def partner(email: str = "partner@flottes.example") -> User:
    """Return a saved user."""
    return User.objects.create_user(email, "velvet-anchor-92-river")


def started(owner: User, environment: str = "production", login: str = "MZP128745") -> Onboarding:
    """Return an onboarding with a login."""
    return onboardings.start(owner, uuid.uuid4(), login, environment)


def described(owner: User, **details: str) -> Onboarding:
    """Return an onboarding with the company's details."""
    onboarding = started(owner, **details)
    onboardings.describe(onboarding, owner, COMPANY)
    return fresh(onboarding)


def with_key(owner: User, **details: str) -> Onboarding:
    """Return an onboarding with a key and a request."""
    onboarding = described(owner, **details)
    requests.make_key(onboarding, owner, PASSPHRASE, 2048)
    return fresh(onboarding)


def sent(owner: User, **details: str) -> Onboarding:
    """Return an onboarding whose request was sent."""
    onboarding = with_key(owner, **details)
    requests.prove_passphrase(onboarding.request, owner, PASSPHRASE)
    requests.mark_sent(onboarding.request, owner)
    return fresh(onboarding)


def certified(owner: User, **details: str) -> Onboarding:
    """Return an onboarding with a certificate, a client ID and a confirmed CA certificate."""
    onboarding = sent(owner, **details)
    certificates.accept_certificate(onboarding.request, owner, accepted_result(onboarding))
    issued = onboarding.request.issued_certificate
    certificates.confirm_cas(issued, owner, [ca.fingerprint for ca in issued.unconfirmed_cas])
    certificates.add_client_id(onboarding, owner, "client-1", "")
    return fresh(onboarding)


def fresh(onboarding: Onboarding) -> Onboarding:
    """Return the onboarding with its present values in the database."""
    return Onboarding.objects.get(pk=onboarding.pk)


@cache
def root_key(number: int) -> rsa.RSAPrivateKey:
    """Return the key of a root: a real one, made once a session."""
    return rsa.generate_private_key(65537, 2048)


ROOT_NUMBERS = count()


def certificates_for(onboarding: Onboarding) -> list[x509.Certificate]:
    """Return a certificate for its request, and the root that issued it. Eight roots in a row have different keys."""
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


def accepted_result(onboarding: Onboarding):
    """Return the accepted validation of a certificate for its request."""
    request = onboarding.request
    candidate = CandidateRequest(request.spki, request.csr.subject)
    return validate_certificates(certificates_for(onboarding), [candidate], datetime.now(UTC))


def totp_code() -> str:
    """Return the code that the authenticator app of `with_second_factor` shows now; it may have been used before."""
    django_cache.clear()  # allauth remembers used codes there
    return format_hotp_value(hotp_value(TOTP_SECRET, next(yield_hotp_counters_from_time())))
