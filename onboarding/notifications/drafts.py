"""Letters that a partner sends from their own mail program: written here, sent by nobody but them."""

from dataclasses import dataclass
from urllib.parse import quote

from onboarding.models import CertificateRequest


@dataclass(frozen=True)
class EmailDraft:
    """A mail to the operator's contact; `to` may be empty, where the contact is not configured."""

    to: str
    subject: str
    body: str

    @property
    def mailto(self) -> str:
        """The letter as a mailto: address (RFC 6068: lines end in CRLF)."""
        body = quote(self.body.replace("\n", "\r\n"))
        return f"mailto:{quote(self.to, safe='@')}?subject={quote(self.subject)}&body={body}"


def login_draft(contact: str) -> EmailDraft:
    """Asks for a login."""
    return EmailDraft(
        contact,
        "Request for a fleet API login (MZP)",
        "Hello,\n\n"
        "we would like to use the Stellantis fleet API for our vehicles and need a partner login (MZP) with its "
        "password.\n\n"
        "Company: \nCountry: \nContact person: \n\n"
        "Thank you.\n",
    )


def request_draft(contact: str, request: CertificateRequest) -> EmailDraft:
    """Brings a CSR to be signed; the fingerprint lets both sides compare by phone what arrived."""
    onboarding = request.onboarding
    return EmailDraft(
        contact,
        f"Certificate request for {onboarding.mzp_login}, {onboarding.organization}",
        "Hello,\n\n"
        f"attached is the certificate signing request (request.csr) for our login {onboarding.mzp_login}.\n\n"
        f"SHA-256 of the request:\n{request.fingerprint}\n\n"
        "Please have it signed, and send us the signed certificate, the CA certificate and our client ID"
        f" at {onboarding.email}.\n\n"
        "Thank you.\n"
        f"{onboarding.organization}\n",
    )


def reminder_draft(contact: str, request: CertificateRequest) -> EmailDraft:
    """Asks after a request that was sent; empty-handed, because the operator has it."""
    onboarding = request.onboarding
    sent = f"{request.sent_at:%d %B %Y}".lstrip("0") if request.sent_at else "some days ago"
    return EmailDraft(
        contact,
        f"Reminder: certificate request for {onboarding.mzp_login}, {onboarding.organization}",
        "Hello,\n\n"
        f"on {sent} we sent you the certificate signing request (request.csr) for our login {onboarding.mzp_login} "
        "and have had no answer yet.\n\n"
        f"SHA-256 of the request:\n{request.fingerprint}\n\n"
        "Could you tell us how it stands? If it did not arrive, we will send it again.\n\n"
        "Thank you.\n"
        f"{onboarding.organization}\n",
    )
