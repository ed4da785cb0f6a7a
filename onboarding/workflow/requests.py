"""A request's life: its key is made and sealed, its passphrase proved, and its CSR sent to be signed."""

from dataclasses import asdict, fields
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import counterpart
from onboarding.models import (
    SUBJECT_COLUMNS,
    Action,
    CertificateRequest,
    Onboarding,
    SealedPrivateKey,
    SigningResponse,
    Status,
    User,
)
from onboarding.pki.csr import csr_fingerprint, csr_pem, make_csr
from onboarding.pki.custody import Keyring, SealedKey, open_key, seal_key
from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.preflight.checks import Preflight
from onboarding.pki.subject import Subject
from onboarding.rehearsal_client import request_signature
from onboarding.workflow.onboardings import requested_subject
from onboarding.workflow.thread_pool import run_in_pool
from onboarding.workflow.transitions import TransitionNotAllowedError, locked

SIGNING_TIMEOUT = 15.0  # seconds


@sensitive_variables()
def _key_and_csr(
    subject: Subject, key_size: int, passphrase: str, binding: str
) -> tuple[SealedKey, x509.CertificateSigningRequest]:
    key = generate_key(key_size)
    return seal_key(key, passphrase, Keyring.read(settings.KEYRING_FILE), binding), make_csr(key, subject)


@sensitive_variables("passphrase")
def make_key(onboarding: Onboarding, actor: User, passphrase: str, key_size: int) -> CertificateRequest:
    """Make the key, seal it under `passphrase` and the keyring, and make its CSR (NotNowError: one is there)."""
    if onboarding.status != Status.DRAFT:
        raise TransitionNotAllowedError(Action.MAKE_KEY)  # before the work, for the form that was sent twice
    subject = requested_subject(onboarding)
    sealed, csr = run_in_pool(_key_and_csr, subject, key_size, passphrase, str(onboarding.pk))
    with locked(onboarding, actor) as change:
        if requested_subject(change.onboarding) != subject:
            raise TransitionNotAllowedError("the subject changed meanwhile")
        change.move(Action.MAKE_KEY, f"RSA, {key_size} bits")
        request = CertificateRequest.objects.create(
            onboarding=change.onboarding,
            csr_pem=csr_pem(csr),
            spki=sealed.spki,
            fingerprint=csr_fingerprint(csr),
            key_size=key_size,
        )
        SealedPrivateKey.objects.create(request=request, **asdict(sealed))
    return request


def import_request(onboarding: Onboarding, actor: User, checked: Preflight) -> CertificateRequest:
    """Take a request that the partner made elsewhere; the onboarding's details become those that stand in it.

    ValueError: it did not pass the preflight. NotNowError: a request is there.
    """
    if checked.csr is None or checked.subject is None or not checked.passes:
        raise ValueError("only a request that passes is taken")
    with locked(onboarding, actor) as change:
        change.move(Action.IMPORT_REQUEST, "made elsewhere by the partner")
        for fact in SUBJECT_COLUMNS:
            setattr(change.onboarding, fact, getattr(checked.subject, fact))
        change.onboarding.save(update_fields=SUBJECT_COLUMNS)
        return CertificateRequest.objects.create(
            onboarding=change.onboarding,
            csr_pem=csr_pem(checked.csr),
            spki=spki_fingerprint(checked.csr.public_key()),
            fingerprint=csr_fingerprint(checked.csr),
            key_size=getattr(checked.csr.public_key(), "key_size", 0),
            externally_generated=True,
        )


def sealed_key(row: SealedPrivateKey) -> SealedKey:
    """A row of sealed keys as custody knows it."""
    values: dict[str, Any] = {}
    for field in fields(SealedKey):
        value = getattr(row, field.name)
        # PostgreSQL's driver hands bytes out as memoryviews.
        values[field.name] = bytes(value) if isinstance(value, memoryview) else value
    return SealedKey(**values)


@sensitive_variables()
def open_private_key(request: CertificateRequest, passphrase: str) -> RSAPrivateKey:
    """The request's private key, for the caller's hands only (PkiError: the passphrase or the record is wrong)."""
    keyring = Keyring.read(settings.KEYRING_FILE)
    return run_in_pool(open_key, sealed_key(request.sealed_key), passphrase, keyring, str(request.onboarding_id))


@sensitive_variables("passphrase")
def prove_passphrase(request: CertificateRequest, actor: User, passphrase: str) -> None:
    """Open the key once, so that its passphrase is known to be kept (PkiError: it does not open)."""
    open_private_key(request, passphrase)
    with locked(request.onboarding, actor) as change:
        unproved = CertificateRequest.objects.filter(pk=request.pk, passphrase_proved_at=None)
        if unproved.update(passphrase_proved_at=timezone.now()):
            change.record(Action.PROVE_PASSPHRASE)


def replace_request(onboarding: Onboarding, actor: User) -> None:
    """Set the current request aside, to make another; its key is kept, for a certificate that may still come."""
    with locked(onboarding, actor) as change:
        change.move(Action.REPLACE_REQUEST, "the partner asked for a new key")
        change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())


def mark_sent(request: CertificateRequest, actor: User, signing_response: SigningResponse | None = None) -> None:
    """The CSR is with the operator; `signing_response` is the answer where it came at once.

    NotNowError: its passphrase was never proved, it was replaced, it is sent already, or it waits for an approval.
    """
    with locked(request.onboarding, actor) as change:
        proved = Q(passphrase_proved_at__isnull=False) | Q(externally_generated=True)
        provable = CertificateRequest.objects.filter(proved, pk=request.pk, replaced_at=None)
        if settings.REVIEW_REQUIRED:
            provable = provable.filter(approved_at__isnull=False)
        change.move(Action.MARK_SENT, "signed at once" if signing_response else "")
        if not provable.update(sent_at=timezone.now()):
            raise TransitionNotAllowedError("the passphrase was not proved, or the request is not approved")
        change.onboarding.returns.filter(answered_at=None).update(answered_at=timezone.now())
        if signing_response:
            signing_response.save()


def request_signing(request: CertificateRequest, actor: User) -> None:
    """Ask the environment's signing address, and keep what it answers (FleetsError: it refused, or was not there)."""
    unapproved = settings.REVIEW_REQUIRED and request.approved_at is None
    unproved = request.passphrase_proved_at is None and not request.externally_generated
    if unproved or request.sent_at is not None or unapproved:
        raise TransitionNotAllowedError("sign")
    other = counterpart(request.onboarding.environment)
    if not (other.signs_at_once and other.signing_ca):
        raise TransitionNotAllowedError("this environment signs by mail")
    anchors = x509.load_pem_x509_certificates(other.signing_ca.read_bytes())
    signed = request_signature(other.signing_url, request.csr_pem, anchors, timeout=SIGNING_TIMEOUT)
    mark_sent(
        request,
        actor,
        SigningResponse(
            request=request,
            certificate_pem=signed.certificate_pem,
            ca_pem=signed.ca_pem,
            client_id=signed.client_id,
            note=signed.note,
        ),
    )
