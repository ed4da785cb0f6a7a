"""The verbs of certificates and client IDs: which request a certificate is for, and storing it."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.models import (
    SUBJECT_COLUMNS,
    Action,
    CertificateRequest,
    ClientId,
    IssuedCertificate,
    Onboarding,
    SealedPrivateKey,
    User,
)
from onboarding.pki.subject import subject_from
from onboarding.pki.validation.certificates import CandidateRequest, StoredCertificates, ValidationResult
from onboarding.pki.validation.chain import certificate_name
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked


def known_requests(onboarding: Onboarding) -> list[CandidateRequest]:
    """Every request of the owner's account; usable are those of `onboarding` whose key can still be used."""
    requests = CertificateRequest.objects.filter(onboarding__owner=onboarding.owner_id)
    return [_known(one, onboarding) for one in requests.select_related("onboarding").defer("onboarding__owner")]


def _known(request: CertificateRequest, onboarding: Onboarding) -> CandidateRequest:
    day = f"{request.created_at:%d %B %Y}".lstrip("0")
    mine = request.onboarding_id == onboarding.pk
    current = mine and request.replaced_at is None
    if current:
        label = f"your request of {day}"
    elif mine:
        label = f"the request of {day}, which you replaced"
    else:
        label = f"the request of {day} in another onboarding, for {request.onboarding.mzp_login}"
    return CandidateRequest(
        spki=request.spki,
        subject=x509.load_pem_x509_csr(request.csr_pem.encode()).subject,
        label=label,
        current=current,
        usable=mine and request.key_available,
        approved=request.sent_at is not None or request.approved_at is not None or not settings.REVIEW_REQUIRED,
    )


def stored_certificates(answer: IssuedCertificate | None) -> StoredCertificates | None:
    """What came before for the request that counts now, to be judged along with what comes."""
    return StoredCertificates(answer.certificate, tuple(answer.chain), tuple(answer.anchors)) if answer else None


def key_used_elsewhere(onboarding: Onboarding, spki: str) -> bool:
    """Whether a request with this key stands in another onboarding of the account: one key should serve one login.

    Other accounts are not asked: a CSR is no secret, and whoever holds one must not learn from it who is here.
    """
    mine = CertificateRequest.objects.filter(onboarding__owner=onboarding.owner_id)
    return mine.filter(spki=spki).exclude(onboarding=onboarding.pk).exists()


def matched_request(onboarding: Onboarding, answer: ValidationResult) -> CertificateRequest:
    """The request of `onboarding` that an accepted answer is for."""
    if answer.request is None:
        raise ValueError("the answer matches no request")
    newest_first = onboarding.requests.filter(spki=answer.request.spki).order_by("replaced_at", "-created_at")
    current = newest_first.filter(replaced_at=None).first()
    return current or newest_first.latest("created_at")


SERIAL_MAX, WHY_MAX = 64, 500  # what the columns hold; RFC 5280 gives a serial number 40 digits


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def accept_certificate(
    request: CertificateRequest, actor: User, answer: ValidationResult, remarks: Sequence[Finding] = ()
) -> None:
    """Keep an accepted answer to `request`; the same certificate again adds the CA certificates that are new with it.

    `remarks` are kept with it: all that was said about the pieces; without them, the answer's own findings.
    NotNowError: the request was replaced, and never approved where that is required.
    """
    leaf = answer.leaf
    if leaf is None or not answer.accepted:
        raise ValueError("only an accepted answer is kept")
    with locked(request.onboarding, actor) as change:
        taken_up = _take_up(change, request)
        kept, new = IssuedCertificate.objects.get_or_create(
            request=request,
            fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
            defaults={
                "certificate_pem": _pem((leaf,)),
                "chain_pem": _pem(answer.chain),
                "anchors_pem": _pem(answer.anchors),
                "serial": f"{leaf.serial_number:x}"[:SERIAL_MAX],
                "not_before": leaf.not_valid_before_utc,
                "not_after": leaf.not_valid_after_utc,
                "findings": [finding.to_dict() for finding in remarks or answer.findings],
            },
        )
        added = [] if new else _add(kept, answer)
        if new or taken_up:
            change.move(Action.ACCEPT_CERTIFICATE, f"serial {kept.serial}")
        if added:
            change.record(Action.ADD_CA, ", ".join(map(certificate_name, added))[:WHY_MAX])


def _add(kept: IssuedCertificate, answer: ValidationResult) -> list[x509.Certificate]:
    """Put the answer's CA certificates first, and lose none that was there; those that are new, or newly trusted."""
    chain, anchors = kept.chain, kept.anchors
    new = [one for one in answer.chain if one not in chain and one not in anchors]
    new += [one for one in answer.anchors if one not in anchors]
    if new:
        anchors = list(dict.fromkeys([*answer.anchors, *anchors]))
        chain = [one for one in dict.fromkeys([*answer.chain, *chain]) if one in answer.chain or one not in anchors]
        kept.chain_pem, kept.anchors_pem = _pem(chain), _pem(anchors)
        kept.findings = [finding.to_dict() for finding in answer.findings]
        kept.save(update_fields=["chain_pem", "anchors_pem", "findings"])
    return new


def _take_up(change: Change, request: CertificateRequest) -> bool:
    """Make a request that was replaced the current one again, because its certificate has come; whether it was.

    The one that replaced it is set aside in turn, its key kept; the details become those it was made from.
    """
    request = CertificateRequest.objects.get(pk=request.pk)
    if request.replaced_at is None:
        return False
    if settings.REVIEW_REQUIRED and not (request.sent_at or request.approved_at):
        raise TransitionNotAllowedError("the request was never approved")
    subject = subject_from(request.csr.subject)
    for fact in SUBJECT_COLUMNS:
        setattr(change.onboarding, fact, getattr(subject, fact))
    change.onboarding.save(update_fields=SUBJECT_COLUMNS)
    change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
    CertificateRequest.objects.filter(pk=request.pk).update(replaced_at=None, sent_at=request.sent_at or timezone.now())
    change.move(Action.RESTORE_REQUEST, f"the certificate for the request of {request.created_at:%Y-%m-%d} came")
    return True


def discard_request(request: CertificateRequest, actor: User) -> None:
    """Forget a replaced request's key for good, so that no certificate for it can be used (NotNowError: it counts)."""
    with locked(request.onboarding, actor) as change:
        gone, _ = SealedPrivateKey.objects.filter(request=request, request__replaced_at__isnull=False).delete()
        if not gone:
            raise TransitionNotAllowedError("only a replaced request's key is discarded")
        change.record(Action.DISCARD_REQUEST, f"the key of the request of {request.created_at:%Y-%m-%d}")


def add_client_id(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Keep an application's ID, or rename the one that is there; the same again changes nothing."""
    with locked(onboarding, actor) as change:
        kept, new = ClientId.objects.get_or_create(onboarding=change.onboarding, value=value, defaults={"label": label})
        if not new and label in {"", kept.label}:
            return
        kept.label = label
        kept.save(update_fields=["label"])
        change.record(Action.ADD_CLIENT_ID, value)


def remove_client_id(onboarding: Onboarding, actor: User, value: str) -> None:
    """Forget an application's ID; one that is gone already stays gone."""
    with locked(onboarding, actor) as change:
        for gone in ClientId.objects.filter(onboarding=change.onboarding, value=value):
            gone.delete()
            change.record(Action.REMOVE_CLIENT_ID, gone.value)
