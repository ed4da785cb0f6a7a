"""What came back: the certificate with its chain, further CA certificates, and the client IDs."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone

from onboarding.journey.transitions import NotNowError, Turn, turn
from onboarding.models import (
    FACTS,
    CertificateRequest,
    ClientId,
    IssuedCertificate,
    Onboarding,
    SealedPrivateKey,
    User,
)
from onboarding.pki.answer import Answer
from onboarding.pki.chain import name_of
from onboarding.pki.findings import Finding
from onboarding.pki.subject import subject_from

SERIAL_MAX, WHY_MAX = 64, 500  # what the columns hold; RFC 5280 gives a serial number 40 digits


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def accept_certificate(
    request: CertificateRequest, actor: User, answer: Answer, remarks: Sequence[Finding] = ()
) -> None:
    """Keep an accepted answer to `request`; the same certificate again adds the CA certificates that are new with it.

    `remarks` are kept with it: all that was said about the pieces; without them, the answer's own findings.
    NotNowError: the request was replaced, and never approved where that is required.
    """
    leaf = answer.leaf
    if leaf is None or not answer.accepted:
        raise ValueError("only an accepted answer is kept")
    with turn(request.onboarding, actor) as now:
        taken_up = _take_up(now, request)
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
            now.move("accept_certificate", f"serial {kept.serial}")
        if added:
            now.record("add_ca", ", ".join(map(name_of, added))[:WHY_MAX])


def _add(kept: IssuedCertificate, answer: Answer) -> list[x509.Certificate]:
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


def _take_up(now: Turn, request: CertificateRequest) -> bool:
    """Make a request that was replaced the current one again, because its certificate has come; whether it was.

    The one that replaced it is set aside in turn, its key kept; the details become those it was made from.
    """
    request = CertificateRequest.objects.get(pk=request.pk)
    if request.replaced_at is None:
        return False
    if settings.REVIEW_REQUIRED and not (request.sent_at or request.approved_at):
        raise NotNowError("the request was never approved")
    subject = subject_from(request.csr.subject)
    for fact in FACTS:
        setattr(now.onboarding, fact, getattr(subject, fact))
    now.onboarding.save(update_fields=FACTS)
    now.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
    CertificateRequest.objects.filter(pk=request.pk).update(replaced_at=None, sent_at=request.sent_at or timezone.now())
    now.move("take_up_request", f"the certificate for the request of {request.created_at:%Y-%m-%d} came")
    return True


def discard_request(request: CertificateRequest, actor: User) -> None:
    """Forget a replaced request's key for good, so that no certificate for it can be used (NotNowError: it counts)."""
    with turn(request.onboarding, actor) as now:
        gone, _ = SealedPrivateKey.objects.filter(request=request, request__replaced_at__isnull=False).delete()
        if not gone:
            raise NotNowError("only a replaced request's key is discarded")
        now.record("discard_request", f"the key of the request of {request.created_at:%Y-%m-%d}")


def add_client_id(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Keep an application's ID, or rename the one that is there; the same again changes nothing."""
    with turn(onboarding, actor) as now:
        kept, new = ClientId.objects.get_or_create(onboarding=now.onboarding, value=value, defaults={"label": label})
        if not new and label in {"", kept.label}:
            return
        kept.label = label
        kept.save(update_fields=["label"])
        now.record("add_client_id", value)


def remove_client_id(onboarding: Onboarding, actor: User, value: str) -> None:
    """Forget an application's ID; one that is gone already stays gone."""
    with turn(onboarding, actor) as now:
        for gone in ClientId.objects.filter(onboarding=now.onboarding, value=value):
            gone.delete()
            now.record("remove_client_id", gone.value)
