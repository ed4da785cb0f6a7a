"""Drafts of emails to the operator. Partners send them from their own email program; this site does not send them.

The operator reads English and French. A partner who reads French gets French drafts; the others get English ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

from django.utils import translation
from django.utils.translation import gettext as _

from onboarding.languages import day
from onboarding.models import CertificateRequest


@dataclass(frozen=True)
class EmailDraft:
    """An email to the partner's contact at the operator. `to` is empty if the contact is not configured."""

    to: str
    subject: str
    body: str
    language: str = field(default_factory=translation.get_language)

    @property
    def mailto(self) -> str:
        """The draft as a mailto: address, with lines that end in CRLF (RFC 6068, 5)."""
        body = quote(self.body.replace("\n", "\r\n"))
        return f"mailto:{quote(self.to, safe='@')}?subject={quote(self.subject)}&body={body}"

    def as_eml(self, name: str, csr: str) -> bytes:
        """Return the draft as an Internet message (RFC 5322) with the CSR attached as the file `name`.

        Outlook opens a message with "X-Unsent: 1" as a draft to send, and other programs let it be sent again. The CSR
        has the media type of RFC 5967.
        """
        message = EmailMessage(policy=SMTP)
        if self.to:
            message["To"] = self.to
        message["Subject"] = self.subject
        message["X-Unsent"] = "1"  # not shown: a header
        message.set_content(self.body)
        message.add_attachment(csr.encode(), "application", "pkcs10", filename=name)
        return message.as_bytes()


@contextmanager
def operator_language() -> Iterator[None]:
    """Activate the language of drafts and reports for this reader. Also a decorator."""
    with translation.override("fr" if translation.get_language() == "fr" else "en"):
        yield


@operator_language()
def login_draft(contact: str) -> EmailDraft:
    """Return a draft that asks for a login."""
    return EmailDraft(
        contact,
        _("Request for a fleet API login (MZP)"),
        _(
            "Hello,\n\n"
            "we would like to use the Stellantis fleet API for our vehicles. Please send us a partner login (MZP) and "
            "its password.\n\n"
            "Company: \nCountry: \nContact person: \n\n"
            "Thank you.\n"
        ),
    )


@operator_language()
def request_draft(contact: str, request: CertificateRequest) -> EmailDraft:
    """Return a draft that asks for a signature of the attached CSR.

    It contains the fingerprint of the CSR, so that both sides can compare it by phone.
    """
    values = _values(request)
    return EmailDraft(
        contact,
        _("Certificate request for %(login)s, %(organization)s") % values,
        _(
            "Hello,\n\n"
            "attached is the certificate signing request (request.csr) for our login %(login)s.\n\n"
            "SHA-256 of the request:\n%(fingerprint)s\n\n"
            "Please have it signed. Then send the signed certificate, the CA certificate and our client ID to "
            "%(email)s.\n\n"
            "Thank you.\n"
            "%(organization)s\n"
        )
        % values,
    )


@operator_language()
def follow_up_draft(contact: str, request: CertificateRequest) -> EmailDraft:
    """Return a draft that asks about a sent request. It mentions no attachment, because the operator has the CSR."""
    values = _values(request)
    return EmailDraft(
        contact,
        _("Reminder: certificate request for %(login)s, %(organization)s") % values,
        _(
            "Hello,\n\n"
            "on %(day)s we sent you the certificate signing request (request.csr) for our login %(login)s. We have no "
            "answer yet.\n\n"
            "SHA-256 of the request:\n%(fingerprint)s\n\n"
            "Could you tell us the status? If the request did not arrive, we will send it again.\n\n"
            "Thank you.\n"
            "%(organization)s\n"
        )
        % values,
    )


def _values(request: CertificateRequest) -> dict[str, str]:
    onboarding = request.onboarding
    return {
        "login": onboarding.mzp_login,
        "organization": onboarding.organization,
        "email": onboarding.email,
        "fingerprint": request.fingerprint,
        "day": day(request.sent_at or request.created_at),
    }
