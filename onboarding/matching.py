"""Which of an account's requests a certificate may answer, in whose words, and what is judged along with it."""

from cryptography import x509
from django.conf import settings

from onboarding.models import CertificateRequest, IssuedCertificate, Onboarding
from onboarding.pki.answer import Answer, Kept, KnownRequest


def known_requests(onboarding: Onboarding) -> list[KnownRequest]:
    """Every request of the owner's account; usable are those of `onboarding` whose key can still be used."""
    requests = CertificateRequest.objects.filter(onboarding__owner=onboarding.owner_id)
    return [_known(one, onboarding) for one in requests.select_related("onboarding").defer("onboarding__owner")]


def _known(request: CertificateRequest, onboarding: Onboarding) -> KnownRequest:
    day = f"{request.created_at:%d %B %Y}".lstrip("0")
    mine = request.onboarding_id == onboarding.pk
    current = mine and request.replaced_at is None
    if current:
        label = f"your request of {day}"
    elif mine:
        label = f"the request of {day}, which you replaced"
    else:
        label = f"the request of {day} in another onboarding, for {request.onboarding.mzp_login}"
    return KnownRequest(
        spki=request.spki,
        subject=x509.load_pem_x509_csr(request.csr_pem.encode()).subject,
        label=label,
        current=current,
        usable=mine and request.can_be_answered,
        approved=request.sent_at is not None or request.approved_at is not None or not settings.REVIEW_REQUIRED,
    )


def kept_certificates(answer: IssuedCertificate | None) -> Kept | None:
    """What came before for the request that counts now, to be judged along with what comes."""
    return Kept(answer.certificate, tuple(answer.chain), tuple(answer.anchors)) if answer else None


def key_is_elsewhere(onboarding: Onboarding, spki: str) -> bool:
    """Whether a request with this key stands in another onboarding of the account: one key should serve one login.

    Other accounts are not asked: a CSR is no secret, and whoever holds one must not learn from it who is here.
    """
    mine = CertificateRequest.objects.filter(onboarding__owner=onboarding.owner_id)
    return mine.filter(spki=spki).exclude(onboarding=onboarding.pk).exists()


def answered_request(onboarding: Onboarding, answer: Answer) -> CertificateRequest:
    """The request of `onboarding` that an accepted answer is for."""
    if answer.request is None:
        raise ValueError("the answer matches no request")
    newest_first = onboarding.requests.filter(spki=answer.request.spki).order_by("replaced_at", "-created_at")
    current = newest_first.filter(replaced_at=None).first()
    return current or newest_first.latest("created_at")
