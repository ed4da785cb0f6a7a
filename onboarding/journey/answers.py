"""What came back: the certificate with its chain, and the client IDs."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.journey.transitions import turn
from onboarding.models import CertificateRequest, ClientId, IssuedCertificate, Onboarding, User
from onboarding.pki.answer import Answer


def _pem(certificates: tuple[x509.Certificate, ...]) -> str:
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def accept_certificate(request: CertificateRequest, actor: User, answer: Answer) -> None:
    """Keep an accepted answer to `request`; the same certificate again changes nothing."""
    leaf = answer.leaf
    if leaf is None or not answer.accepted:
        raise ValueError("only an accepted answer is kept")
    fingerprint = leaf.fingerprint(hashes.SHA256()).hex()
    with turn(request.onboarding, actor) as now:
        _, new = IssuedCertificate.objects.get_or_create(
            request=request,
            fingerprint=fingerprint,
            defaults={
                "certificate_pem": _pem((leaf,)),
                "chain_pem": _pem(answer.chain),
                "anchors_pem": _pem(answer.anchors),
                "serial": f"{leaf.serial_number:x}",
                "not_before": leaf.not_valid_before_utc,
                "not_after": leaf.not_valid_after_utc,
                "findings": [finding.to_dict() for finding in answer.findings],
            },
        )
        if new:
            now.move("accept_certificate", f"serial {leaf.serial_number:x}")


def add_client_id(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Keep an application's ID, or rename the one that is there."""
    with turn(onboarding, actor) as now:
        ClientId.objects.update_or_create(onboarding=now.onboarding, value=value, defaults={"label": label})
        now.record("add_client_id", value)


def remove_client_id(onboarding: Onboarding, actor: User, value: str) -> None:
    """Forget an application's ID; one that is gone already stays gone."""
    with turn(onboarding, actor) as now:
        for gone in ClientId.objects.filter(onboarding=now.onboarding, value=value):
            gone.delete()
            now.record("remove_client_id", gone.value)
