"""Create keys and certificate requests, check passphrases, send requests, and have them signed."""

from dataclasses import asdict, fields
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _
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
from onboarding.notifications.partner_emails import owner_notice, queue_email
from onboarding.pki.csr import csr_fingerprint, csr_pem, make_csr
from onboarding.pki.custody import Keyring, SealedKey, open_key, seal_key
from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.preflight.checks import Preflight
from onboarding.pki.subject import Subject
from onboarding.rehearsal_client import request_signature
from onboarding.workflow.next_step import progress_of
from onboarding.workflow.onboardings import requested_subject
from onboarding.workflow.thread_pool import run_in_pool
from onboarding.workflow.transitions import TransitionNotAllowedError, locked

# The reasons in the history, by the size of the key.
KEY_REASONS = {2048: _("RSA, 2048 bits"), 3072: _("RSA, 3072 bits"), 4096: _("RSA, 4096 bits")}
SIGNING_TIMEOUT = 15.0  # seconds for each operation on the connection


@sensitive_variables()
def _key_and_csr(
    subject: Subject, key_size: int, passphrase: str, binding: str
) -> tuple[SealedKey, x509.CertificateSigningRequest]:
    key = generate_key(key_size)
    return seal_key(key, passphrase, Keyring.read(settings.KEYRING_FILE), binding), make_csr(key, subject)


@sensitive_variables("passphrase")
def make_key(onboarding: Onboarding, actor: User, passphrase: str, key_size: int) -> CertificateRequest:
    """Create a key, encrypt it with `passphrase` and the keyring, and create its CSR.

    Raise TransitionNotAllowedError if there is a request already, or if the details change meanwhile.
    """
    if onboarding.status != Status.DRAFT:
        raise TransitionNotAllowedError(Action.MAKE_KEY)  # a form that was sent twice is refused before the slow work
    subject = requested_subject(onboarding)
    sealed, csr = run_in_pool(_key_and_csr, subject, key_size, passphrase, str(onboarding.pk))
    with locked(onboarding, actor) as change:
        if requested_subject(change.onboarding) != subject:
            raise TransitionNotAllowedError("the subject changed meanwhile")
        change.move(Action.MAKE_KEY, KEY_REASONS[key_size])
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
    """Store a request that the partner created elsewhere, and replace the onboarding's details by those in its subject.

    Raise ValueError if it did not pass the preflight, and TransitionNotAllowedError if there is a request already.
    """
    if checked.csr is None or checked.subject is None or not checked.passes:
        raise ValueError("only a request that passes the preflight is stored")
    with locked(onboarding, actor) as change:
        change.move(Action.IMPORT_REQUEST, _("made elsewhere by the partner"))
        for column in SUBJECT_COLUMNS:
            setattr(change.onboarding, column, getattr(checked.subject, column))
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
    """Return the sealed key in `row`."""
    values: dict[str, Any] = {}
    for field in fields(SealedKey):
        value = getattr(row, field.name)
        # PostgreSQL's driver returns bytes as memoryviews.
        values[field.name] = bytes(value) if isinstance(value, memoryview) else value
    return SealedKey(**values)


@sensitive_variables()
def open_private_key(request: CertificateRequest, passphrase: str) -> RSAPrivateKey:
    """Return the private key of `request`, which the caller must not store.

    Raise PkiError if the passphrase is wrong or the sealed key is damaged.
    """
    keyring = Keyring.read(settings.KEYRING_FILE)
    return run_in_pool(open_key, sealed_key(request.sealed_key), passphrase, keyring, str(request.onboarding_id))


@sensitive_variables("passphrase")
def prove_passphrase(request: CertificateRequest, actor: User, passphrase: str) -> None:
    """Open the key once, and record that the partner has its passphrase. Raise PkiError if the key does not open."""
    open_private_key(request, passphrase)
    with locked(request.onboarding, actor) as change:
        unproved = CertificateRequest.objects.filter(pk=request.pk, passphrase_proved_at=None)
        if unproved.update(passphrase_proved_at=timezone.now()):
            change.record(Action.PROVE_PASSPHRASE)


def replace_request(onboarding: Onboarding, actor: User) -> None:
    """Replace the current request, so that a new one can be made. Keep its key: its certificate may still arrive."""
    with locked(onboarding, actor) as change:
        change.move(Action.REPLACE_REQUEST, _("the partner asked for a new key"))
        change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
        queue_email(change, owner_notice(Action.REPLACE_REQUEST, change.onboarding))


def mark_sent(request: CertificateRequest, actor: User, signing_response: SigningResponse | None = None) -> None:
    """Record that the partner sent the CSR to the operator, and resolve the open return.

    `signing_response` is the response of a practice authority, which is stored with it. Raise
    TransitionNotAllowedError if the request was replaced or sent already, if its passphrase was not checked, if it
    waits for our desk's approval, or if it was returned for reasons that need a new request.
    """
    with locked(request.onboarding, actor) as change:
        if progress_of(change.onboarding).must_change:
            raise TransitionNotAllowedError("the returned request needs to be replaced by a new request")
        key_proved = Q(passphrase_proved_at__isnull=False) | Q(externally_generated=True)
        sendable = CertificateRequest.objects.filter(key_proved, pk=request.pk, replaced_at=None)
        if settings.REVIEW_REQUIRED:
            sendable = sendable.filter(approved_at__isnull=False)
        change.move(Action.MARK_SENT, _("signed by the practice authority") if signing_response else "")
        if not sendable.update(sent_at=timezone.now()):
            raise TransitionNotAllowedError("the passphrase was not checked, or the request is not approved")
        change.onboarding.returns.filter(answered_at=None).update(answered_at=timezone.now())
        if signing_response:
            signing_response.save()


def request_signing(request: CertificateRequest, actor: User) -> None:
    """Send the CSR to the environment's practice authority, and store its response.

    Raise TransitionNotAllowedError if the request can't be sent now, or if the environment has no such authority.
    Raise RehearsalClientError if the authority refuses the CSR or does not respond.
    """
    progress = progress_of(request.onboarding)
    if not progress.key_proved or request.sent_at is not None or progress.unapproved or progress.must_change:
        raise TransitionNotAllowedError(Action.MARK_SENT)
    other = counterpart(request.onboarding.environment)
    if not (other.signs_at_once and other.signing_ca):
        raise TransitionNotAllowedError("this environment has no practice authority")
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
