"""Create keys and certificate requests, check passphrases, send requests, and have them signed."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import addresses_of
from onboarding.limits import (
    ACCOUNT_KEYS_AT_ONCE,
    KEYS,
    PASSPHRASES_AT_ONCE,
    SITE_KEYS_AT_ONCE,
    WRONG_PASSPHRASES,
    Scope,
)
from onboarding.messages.finding import Finding
from onboarding.models import (
    SUBJECT_COLUMNS,
    Action,
    AuditKind,
    AuditRecord,
    CertificateRequest,
    Onboarding,
    SealedPrivateKey,
    SigningResponse,
    Status,
    User,
)
from onboarding.notifications.notices import announce
from onboarding.notifications.partner_emails import owner_notice, pause_email, queue_email
from onboarding.pki.csr import csr_fingerprint, csr_pem, make_csr
from onboarding.pki.custody import Binding, SealedKey, check_record, open_key, seal_key
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.keyring import Keyring
from onboarding.pki.keys import generate_key, spki_fingerprint
from onboarding.pki.preflight.checks import Preflight
from onboarding.pki.subject import Subject
from onboarding.rehearsal_client import request_signature
from onboarding.workflow.audit import record_audit
from onboarding.workflow.limits import LimitReachedError, allowed_uses, at_once, at_once_in_process, consume
from onboarding.workflow.next_step import Progress, progress_of
from onboarding.workflow.onboardings import requested_subject
from onboarding.workflow.sealed_keys import binding_of, sealed_key
from onboarding.workflow.server_keys import hold, read_keyring, register
from onboarding.workflow.thread_pool import in_line, run_in_pool
from onboarding.workflow.transitions import TransitionNotAllowedError, locked

# The reasons in the history, by the size of the key.
KEY_REASONS = {2048: _("RSA, 2048 bits"), 3072: _("RSA, 3072 bits"), 4096: _("RSA, 4096 bits")}
SIGNING_TIMEOUT = 15.0  # seconds for each operation on the connection
KEY_SECONDS = 120.0  # after which a key that a killed process was creating is no longer counted
FIRST_DELAY = 5  # seconds after the wrong passphrase that starts to slow down further tries; then twice as long each


REUSED_KEY = _("the key of the renewed onboarding")
SealedRequest = tuple[SealedKey, x509.CertificateSigningRequest]


@sensitive_variables()
def _key_and_csr(
    subject: Subject, key_size: int, passphrase: str, keyring: Keyring, onboarding: str, request: str
) -> SealedRequest:
    return _sealed_request(generate_key(key_size), subject, passphrase, keyring, onboarding, request)


@sensitive_variables()
def _sealed_request(
    key: RSAPrivateKey, subject: Subject, passphrase: str, keyring: Keyring, onboarding: str, request: str
) -> SealedRequest:
    csr = make_csr(key, subject)
    binding = Binding(onboarding, request, csr_fingerprint(csr))
    return seal_key(key, passphrase, keyring, binding), csr


@sensitive_variables("passphrase")
def make_key(onboarding: Onboarding, actor: User, passphrase: str, key_size: int) -> CertificateRequest:
    """Create a key, encrypt it with `passphrase` and the keyring, and create its CSR.

    Raise TransitionNotAllowedError if there is a request already, or if the details change meanwhile,
    LimitReachedError if the account has created too many keys, or if too many are being created, and PkiError if the
    keyring can't encrypt.
    """
    if onboarding.status != Status.DRAFT:
        raise TransitionNotAllowedError(Action.MAKE_KEY)  # a form that was sent twice is refused before the slow work
    subject = requested_subject(onboarding)
    uid = uuid.uuid4()
    with in_line(), at_once(actor, ACCOUNT_KEYS_AT_ONCE, SITE_KEYS_AT_ONCE, seconds=KEY_SECONDS):
        consume(actor, KEYS)
        keyring = read_keyring()
        made = run_in_pool(_key_and_csr, subject, key_size, passphrase, keyring, str(onboarding.pk), str(uid))
        register(keyring, made[0].server_key_id)
    return _store_request(onboarding, actor, subject, uid, made, KEY_REASONS[key_size], key_size)


@sensitive_variables("passphrase", "key")
def reuse_key(onboarding: Onboarding, actor: User, passphrase: str) -> CertificateRequest:
    """Create a CSR for the key of the onboarding that `onboarding` renews, and encrypt the key for it once more.

    The passphrase stays, and counts as checked. Raise TransitionNotAllowedError if that key is not stored here, if
    there is a request already, or if the details change meanwhile; PkiError if the passphrase is wrong or the keyring
    can't be read; and LimitReachedError.
    """
    earlier = reusable_request(onboarding, actor)
    if onboarding.status != Status.DRAFT or earlier is None:
        raise TransitionNotAllowedError(Action.MAKE_KEY)
    subject = requested_subject(onboarding)
    uid = uuid.uuid4()
    with at_once(actor, ACCOUNT_KEYS_AT_ONCE, SITE_KEYS_AT_ONCE, seconds=KEY_SECONDS):
        key = open_private_key(earlier, actor, passphrase)
        keyring = read_keyring()
        with in_line():
            made = run_in_pool(_sealed_request, key, subject, passphrase, keyring, str(onboarding.pk), str(uid))
        register(keyring, made[0].server_key_id)
    proved_at = timezone.now()
    return _store_request(onboarding, actor, subject, uid, made, REUSED_KEY, earlier.key_size, proved_at)


def _store_request(  # what both ways to a request have made
    onboarding: Onboarding,
    actor: User,
    subject: Subject,
    uid: uuid.UUID,
    made: SealedRequest,
    why: str,
    key_size: int,
    proved_at: datetime | None = None,
) -> CertificateRequest:
    sealed, csr = made
    with locked(onboarding, actor) as change:
        if requested_subject(change.onboarding) != subject:
            raise TransitionNotAllowedError("the subject changed meanwhile")
        change.move(Action.MAKE_KEY, why)
        request = CertificateRequest.objects.create(
            onboarding=change.onboarding,
            uid=uid,
            csr_pem=csr_pem(csr),
            spki=sealed.spki,
            fingerprint=csr_fingerprint(csr),
            key_size=key_size,
            passphrase_proved_at=proved_at,
        )
        hold(sealed.server_key_id)
        SealedPrivateKey.objects.create(request=request, **asdict(sealed))
    return request


def reusable_request(onboarding: Onboarding, actor: User) -> CertificateRequest | None:
    """Return the request whose key a renewal can use again: that of the renewed onboarding, if its key is stored here.

    None if `onboarding` renews nothing, if the partner keeps the key, if `actor` may not use it (each of the two
    onboardings has its own people), or if the partner was asked for a new key after a theft.
    """
    renewed = onboarding.renews
    request = renewed.request if renewed and renewed.may_be_changed_by(actor) else None
    if renewed is None or request is None or not SealedPrivateKey.objects.filter(request=request.pk).exists():
        return None
    subject = f"onboarding:{renewed.pk}"  # not shown: an identifier
    asked = AuditRecord.objects.filter(kind=AuditKind.KEYRING_CHANGED, subject=subject, details__change="exposed")
    return None if asked.filter(at__gt=request.created_at).exists() else request


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


def checked_csr(request: CertificateRequest) -> str:
    """Return the CSR of `request` as PEM. Raise PkiError if it is not the CSR that was created with the sealed key.

    Somebody who can write to the database, but does not have the keyring, can't replace a CSR without being noticed.
    A CSR that was created elsewhere has no sealed key: only its columns are compared.
    """
    binding = binding_of(request)
    row = SealedPrivateKey.objects.filter(request=request).first()
    if row is None and not request.externally_generated:
        raise PkiError("request_altered")
    if row is not None:
        _check_spki(row, request)
        check_record(sealed_key(row), read_keyring(), binding)
    return request.csr_pem


def integrity_finding(request: CertificateRequest) -> Finding | None:
    """Return the finding of `checked_csr`; None if the CSR is the original."""
    try:
        checked_csr(request)
    except PkiError as error:
        return error.finding
    return None


def _check_spki(row: SealedPrivateKey, request: CertificateRequest) -> None:
    if row.spki != request.spki:
        raise PkiError("sealed_key_damaged")


@sensitive_variables()
def open_private_key(request: CertificateRequest, actor: User, passphrase: str) -> RSAPrivateKey:
    """Return the private key of `request`, which the caller must not store. A wrong passphrase is recorded.

    A sealed key of an earlier version is stored again in the current version. Raise PkiError if the passphrase is
    wrong, or if the sealed key or the CSR is damaged, and LimitReachedError if there were several wrong ones.
    """
    keyring = read_keyring()
    # One try for a key after the other: the next one reads what the last one counted.
    with in_line(), at_once_in_process(actor, PASSPHRASES_AT_ONCE), _one_try(request.pk):
        row = SealedPrivateKey.objects.get(request=request)
        _check_spki(row, request)
        if row.next_try_at and row.next_try_at > timezone.now():
            seconds = (row.next_try_at - timezone.now()).total_seconds()
            raise LimitReachedError(WRONG_PASSPHRASES, Scope.KEY, seconds)
        sealed = sealed_key(row)
        try:
            opened = run_in_pool(open_key, sealed, passphrase, keyring, binding_of(request))
        except PassphraseError:
            record_audit(AuditKind.PASSPHRASE_WRONG, actor=actor, subject=request.onboarding)
            _count_wrong_try(row, request.onboarding, actor)
            raise
        if row.wrong_tries:
            SealedPrivateKey.objects.filter(pk=row.pk).update(wrong_tries=0, next_try_at=None)
    if opened.record != sealed:
        _store_upgraded(row.pk, sealed, opened.record, keyring)
    return opened.key


def _store_upgraded(pk: int, old: SealedKey, new: SealedKey, keyring: Keyring) -> None:
    """Store a record in the current version. If it has changed meanwhile, another thread has done so."""
    register(keyring, new.server_key_id)
    with transaction.atomic():
        hold(new.server_key_id)
        unchanged = SealedPrivateKey.objects.filter(pk=pk, version=old.version, outer_nonce=old.outer_nonce)
        unchanged.update(**asdict(new))


_key_locks: dict[int, tuple[threading.Lock, int]] = {}
_key_locks_lock = threading.Lock()


@contextmanager
def _one_try(pk: int) -> Iterator[None]:
    """Wait until no other thread of this process tries a passphrase for the key of the request `pk`."""
    with _key_locks_lock:
        lock, users = _key_locks.get(pk, (threading.Lock(), 0))
        _key_locks[pk] = (lock, users + 1)
    try:
        with lock:
            yield
    finally:
        with _key_locks_lock:
            lock, users = _key_locks.pop(pk)
            if users > 1:
                _key_locks[pk] = (lock, users - 1)


def _count_wrong_try(row: SealedPrivateKey, onboarding: Onboarding, actor: User) -> None:
    """Count a wrong passphrase. After several, slow down the next try, then pause the key and tell the owner."""
    tries, limit = row.wrong_tries + 1, allowed_uses(WRONG_PASSPHRASES, Scope.KEY)
    pause = WRONG_PASSPHRASES.period or timedelta()
    delay = timedelta()
    if tries >= limit:
        delay = pause
    elif tries > limit // 2:
        delay = min(timedelta(seconds=FIRST_DELAY * 2 ** (tries - limit // 2 - 1)), pause)
    next_try_at = timezone.now() + delay if delay else None
    SealedPrivateKey.objects.filter(pk=row.pk).update(wrong_tries=F("wrong_tries") + 1, next_try_at=next_try_at)
    if tries % limit == 0:  # the first pause, and not every later one
        with locked(onboarding, actor) as change:
            queue_email(change, pause_email(change.onboarding, tries, actor))


@sensitive_variables("passphrase")
def prove_passphrase(request: CertificateRequest, actor: User, passphrase: str) -> None:
    """Open the key once, and record that the partner has its passphrase. Raise PkiError if the key does not open."""
    open_private_key(request, actor, passphrase)
    with locked(request.onboarding, actor) as change:
        unproved = CertificateRequest.objects.filter(pk=request.pk, passphrase_proved_at=None)
        if unproved.update(passphrase_proved_at=timezone.now()):
            change.record(Action.PROVE_PASSPHRASE)


def replace_request(onboarding: Onboarding, actor: User) -> None:
    """Replace the current request, so that a new one can be made. Keep its key: its certificate may still arrive."""
    with locked(onboarding, actor) as change:
        change.move(Action.REPLACE_REQUEST, _("the partner asked for a new key"))
        change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
        queue_email(change, owner_notice(Action.REPLACE_REQUEST, change.onboarding, actor))


def mark_sent(request: CertificateRequest, actor: User, signing_response: SigningResponse | None = None) -> None:
    """Record that the partner sent the CSR to the operator, and resolve the open return.

    `signing_response` is the response of a practice authority, which is stored with it. Raise
    TransitionNotAllowedError if the request was replaced or sent already, if its passphrase was not checked, if it
    waits for our desk's approval, or if it was returned for reasons that need a new request.
    """
    with locked(request.onboarding, actor) as change:
        _refuse_unsendable(request, progress_of(change.onboarding))
        change.move(Action.MARK_SENT, _("signed by the practice authority") if signing_response else "")
        CertificateRequest.objects.filter(pk=request.pk).update(sent_at=timezone.now())
        change.onboarding.returns.filter(answered_at=None).update(answered_at=timezone.now())
        if signing_response:
            signing_response.save()
        announce(change, Action.MARK_SENT)


def _refuse_unsendable(request: CertificateRequest, progress: Progress) -> None:
    """Raise TransitionNotAllowedError, with the reason, if `request` can't be sent. `progress` must be up to date."""
    current = progress.request
    if current is None or current.pk != request.pk or current.sent_at is not None:
        raise TransitionNotAllowedError("the request was replaced or sent already")
    if progress.must_change:
        raise TransitionNotAllowedError("the returned request needs to be replaced by a new request")
    if not progress.key_proved:
        raise TransitionNotAllowedError("the passphrase was not checked")
    if progress.unapproved:
        raise TransitionNotAllowedError("the request is not approved")


def request_signing(request: CertificateRequest, actor: User) -> None:
    """Send the CSR to the environment's practice authority, and store its response.

    Raise TransitionNotAllowedError if the request can't be sent now, or if the environment has no such authority.
    Raise RehearsalClientError if the authority refuses the CSR or does not respond.
    """
    _refuse_unsendable(request, progress_of(request.onboarding))
    addresses = addresses_of(request.onboarding.environment)
    if not (addresses.signs_at_once and addresses.signing_ca):
        raise TransitionNotAllowedError("this environment has no practice authority")
    anchors = x509.load_pem_x509_certificates(addresses.signing_ca.read_bytes())
    signed = request_signature(addresses.signing_url, checked_csr(request), anchors, timeout=SIGNING_TIMEOUT)
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
