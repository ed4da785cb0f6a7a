"""Which of an account's requests a certificate may answer, and in whose words."""

from cryptography import x509

from onboarding.models import CertificateRequest, Onboarding
from onboarding.pki.answer import Answer, KnownRequest


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
    )


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
