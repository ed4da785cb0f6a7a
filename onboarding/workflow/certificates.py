"""Store issued certificates and client IDs, restore replaced requests, and discard their keys."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.models import (
    SUBJECT_COLUMNS,
    Action,
    CaCertificate,
    CertificateRequest,
    ClientId,
    IssuedCertificate,
    Onboarding,
    SealedPrivateKey,
    User,
)
from onboarding.models.events import WHY_MAX
from onboarding.notifications.notices import announce
from onboarding.notifications.partner_emails import owner_notice, partner_email, queue_email
from onboarding.pki.subject import subject_from
from onboarding.pki.validation.certificates import CandidateRequest, StoredCertificates, ValidationResult
from onboarding.pki.validation.chain import certificate_name
from onboarding.pki.validation.environments import refuse_other_environment
from onboarding.workflow.known_environments import known_environments
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked

SERIAL_MAX = 64  # characters of the column; RFC 5280, 4.1.2.2 limits serial numbers to 20 octets


def known_requests(onboarding: Onboarding) -> list[CandidateRequest]:
    """Return every request of the owner's account, as candidates for a certificate.

    Only the requests of `onboarding` whose keys are available are usable.
    """
    requests = CertificateRequest.objects.filter(onboarding__owner=onboarding.owner_id)
    # A renewal can have the key of the earlier onboarding: a certificate for that key is then for the renewal.
    own = set(onboarding.requests.values_list("spki", flat=True))
    return [
        _candidate(request, onboarding)
        for request in requests.select_related("onboarding").defer("onboarding__owner")
        if request.onboarding_id == onboarding.pk or request.spki not in own
    ]


def refuse_renewed_certificate(onboarding: Onboarding, result: ValidationResult) -> ValidationResult:
    """Return `result` with an error if its certificate is the one that `onboarding` renews.

    With the same key, it matches the request of the renewal as well.
    """
    leaf = result.leaf
    if leaf is None or onboarding.renews_id is None:
        return result
    renewed = IssuedCertificate.objects.filter(request__onboarding=onboarding.renews_id)
    if not renewed.filter(fingerprint=leaf.fingerprint(hashes.SHA256()).hex()).exists():
        return result
    found = Finding("certificate_to_renew", found=certificate_name(leaf))
    return replace(result, findings=(found, *result.findings))


def _candidate(request: CertificateRequest, onboarding: Onboarding) -> CandidateRequest:
    own = request.onboarding_id == onboarding.pk
    return CandidateRequest(
        spki=request.spki,
        subject=x509.load_pem_x509_csr(request.csr_pem.encode()).subject,
        current=own and request.replaced_at is None,
        usable=own and request.key_available,
        approved=not request.needs_approval,
        created=request.created_at.date(),
        login="" if own else request.onboarding.mzp_login,
    )


def stored_certificates(issued: IssuedCertificate | None) -> StoredCertificates | None:
    """Return the certificates of `issued`, to be validated together with an upload; None if `issued` is None."""
    return StoredCertificates(issued.certificate, tuple(issued.chain), tuple(issued.anchors)) if issued else None


def key_used_elsewhere(onboarding: Onboarding, spki: str) -> bool:
    """Return whether another onboarding of the same account has a request with this key.

    Other accounts are not searched: a CSR is not secret, and must not reveal who else uses this site.
    """
    requests = CertificateRequest.objects.filter(onboarding__owner=onboarding.owner_id)
    return requests.filter(spki=spki).exclude(onboarding=onboarding.pk).exists()


def matched_request(onboarding: Onboarding, result: ValidationResult) -> CertificateRequest:
    """Return the request of `onboarding` that the accepted certificate was issued for.

    Raise ValueError if `result` has no request.
    """
    if result.request is None:
        raise ValueError("the certificate matches no request")
    requests = onboarding.requests.filter(spki=result.request.spki)
    current = requests.filter(replaced_at=None).first()
    return current or requests.latest("created_at")


def accept_certificate(
    request: CertificateRequest, actor: User, result: ValidationResult, findings: Sequence[Finding] = ()
) -> None:
    """Store an accepted certificate; see `store_certificate`."""
    with locked(request.onboarding, actor) as change:
        if store_certificate(change, request, result, findings):
            announce(change, Action.ACCEPT_CERTIFICATE)


def store_certificate(
    change: Change, request: CertificateRequest, result: ValidationResult, findings: Sequence[Finding] = ()
) -> bool:
    """Store an accepted certificate for `request`; return whether it is new.

    If the certificate is stored already, only new CA certificates are added. A replaced request becomes current.
    `findings` are those of the whole upload; they default to the findings of `result`. Raise ValueError if `result` is
    not accepted, and TransitionNotAllowedError if `request` was replaced without the approval that it needs, or if a
    certificate belongs to another environment.
    """
    leaf = result.leaf
    if leaf is None or not result.accepted:
        raise ValueError("only an accepted certificate is stored")
    if not refuse_renewed_certificate(change.onboarding, result).accepted:
        raise TransitionNotAllowedError("this is the certificate that is renewed")
    if not refuse_other_environment(result, known_environments(change.onboarding)).accepted:
        raise TransitionNotAllowedError("a certificate belongs to another environment")
    restored = _restore(change, request)
    issued, created = IssuedCertificate.objects.get_or_create(
        request=request,
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        defaults={
            "certificate_pem": _pem((leaf,)),
            "chain_pem": _pem(result.chain),
            "anchors_pem": _pem(result.anchors),
            "serial": f"{leaf.serial_number:x}"[:SERIAL_MAX],
            "not_before": leaf.not_valid_before_utc,
            "not_after": leaf.not_valid_after_utc,
            "findings": [finding.to_dict() for finding in findings or result.findings],
        },
    )
    added = [] if created else _add_ca_certificates(issued, result)
    if created or added:
        change.details["trusted"] = [ca.fingerprint(hashes.SHA256()).hex() for ca in issued.anchors]
    if created or restored:
        change.move(Action.ACCEPT_CERTIFICATE, f"serial {issued.serial}")
    if added:
        if not change.onboarding.is_owned_by(change.actor):
            announce_cas(
                change, Action.ADD_CA, [ca for ca in issued.ca_certificates if ca.is_anchor and not ca.is_trusted]
            )
        change.record(Action.ADD_CA, ", ".join(map(certificate_name, added))[:WHY_MAX])
    return created


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def _add_ca_certificates(issued: IssuedCertificate, result: ValidationResult) -> list[x509.Certificate]:
    """Merge the CA certificates of `result` into `issued`, its own first; return those that are new or newly trusted.

    No stored CA certificate is removed.
    """
    chain, anchors = issued.chain, issued.anchors
    added = [ca for ca in result.chain if ca not in chain and ca not in anchors]
    added += [ca for ca in result.anchors if ca not in anchors]
    if added:
        anchors = list(dict.fromkeys([*result.anchors, *anchors]))
        chain = [ca for ca in dict.fromkeys([*result.chain, *chain]) if ca in result.chain or ca not in anchors]
        issued.chain_pem, issued.anchors_pem = _pem(chain), _pem(anchors)
        issued.findings = [finding.to_dict() for finding in result.findings]
        issued.save(update_fields=["chain_pem", "anchors_pem", "findings"])
    return added


def _restore(change: Change, request: CertificateRequest) -> bool:
    """Make a replaced request the current one, because its certificate has arrived; return whether it was replaced.

    The present request is replaced in turn, and its key is kept. The details become those of the restored request.
    """
    request = CertificateRequest.objects.get(pk=request.pk)
    if request.replaced_at is None:
        return False
    if request.needs_approval:
        raise TransitionNotAllowedError("the request was never approved")
    subject = subject_from(request.csr.subject)
    for column in SUBJECT_COLUMNS:
        setattr(change.onboarding, column, getattr(subject, column))
    change.onboarding.save(update_fields=SUBJECT_COLUMNS)
    change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
    CertificateRequest.objects.filter(pk=request.pk).update(replaced_at=None, sent_at=request.sent_at or timezone.now())
    # The operator signed the request, so there is nothing left to correct in it.
    change.onboarding.returns.filter(answered_at=None).update(answered_at=timezone.now())
    change.move(Action.RESTORE_REQUEST, f"{request.created_at:%Y-%m-%d}")
    return True


def confirm_cas(issued: IssuedCertificate, actor: User, fingerprints: Iterable[str]) -> None:
    """Trust the CA certificates with these fingerprints for the gateway, and announce it to the owner by email.

    Only its owner and members confirm them. Raise TransitionNotAllowedError for anybody else, and if `issued` has no
    such CA certificate.
    """
    with locked(issued.request.onboarding, actor) as change:
        unconfirmed = {ca.fingerprint: ca for ca in issued.unconfirmed_cas}
        chosen = [unconfirmed[fingerprint] for fingerprint in fingerprints if fingerprint in unconfirmed]
        if len(chosen) != len({*fingerprints}) or not change.onboarding.may_be_changed_by(actor):
            raise TransitionNotAllowedError(Action.CONFIRM_CA)
        confirmed = [*change.onboarding.confirmed_cas, *(ca.fingerprint for ca in chosen)]
        _record_trust(change, Action.CONFIRM_CA, confirmed, chosen)
    issued.request.onboarding.confirmed_cas = confirmed


def distrust_ca(issued: IssuedCertificate, actor: User, fingerprint: str) -> None:
    """No longer trust the CA certificate with this fingerprint, until the partner confirms it again.

    Raise TransitionNotAllowedError if the partner has not confirmed it.
    """
    with locked(issued.request.onboarding, actor) as change:
        chosen = [ca for ca in issued.ca_certificates if ca.fingerprint == fingerprint]
        if not chosen or fingerprint not in change.onboarding.confirmed_cas:
            raise TransitionNotAllowedError(Action.DISTRUST_CA)
        rest = [each for each in change.onboarding.confirmed_cas if each != fingerprint]
        _record_trust(change, Action.DISTRUST_CA, rest, chosen)


def _record_trust(change: Change, action: Action, confirmed: list[str], chosen: Sequence[CaCertificate]) -> None:
    change.onboarding.confirmed_cas = confirmed
    change.onboarding.save(update_fields=["confirmed_cas"])
    change.details.update(chosen=[ca.fingerprint for ca in chosen], trusted=confirmed)
    change.record(action, ", ".join(ca.name for ca in chosen)[:WHY_MAX])
    announce_cas(change, action, chosen)


def announce_cas(change: Change, action: Action, cas: Sequence[CaCertificate]) -> None:
    """Email the owner the names and fingerprints of the CA certificates that were added, confirmed or distrusted."""
    lines = "\n".join(f"{ca.name}\nSHA-256 {ca.fingerprint_pairs}" for ca in cas)  # not translated: names
    queue_email(change, partner_email(action, change.onboarding, facts=lines))


def discard_request(request: CertificateRequest, actor: User) -> None:
    """Delete the key of a replaced request, so that no certificate for it can be used any more.

    Raise TransitionNotAllowedError if the request is current, or if its key is not stored.
    """
    with locked(request.onboarding, actor) as change:
        deleted, _rows = SealedPrivateKey.objects.filter(request=request, request__replaced_at__isnull=False).delete()
        if not deleted:
            raise TransitionNotAllowedError("only the key of a replaced request can be discarded")
        change.record(Action.DISCARD_REQUEST, f"{request.created_at:%Y-%m-%d}")
        queue_email(change, owner_notice(Action.DISCARD_REQUEST, change.onboarding, actor))


def add_client_id(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Store the client ID `value`; see `store_client_id`."""
    with locked(onboarding, actor) as change:
        store_client_id(change, value, label)


def store_client_id(change: Change, value: str, label: str) -> None:
    """Store the client ID `value`, or change its label if it is stored. The same label or "" changes nothing."""
    client_id, created = ClientId.objects.get_or_create(
        onboarding=change.onboarding, value=value, defaults={"label": label}
    )
    if not created and label in {"", client_id.label}:
        return
    client_id.label = label
    client_id.save(update_fields=["label"])
    change.record(Action.ADD_CLIENT_ID, value)


def remove_client_id(onboarding: Onboarding, actor: User, value: str) -> None:
    """Delete the client ID `value`, if it is stored."""
    with locked(onboarding, actor) as change:
        for client_id in ClientId.objects.filter(onboarding=change.onboarding, value=value):
            client_id.delete()
            change.record(Action.REMOVE_CLIENT_ID, client_id.value)
