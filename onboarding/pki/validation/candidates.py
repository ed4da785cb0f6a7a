"""The requests that an uploaded certificate may be for."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cryptography import x509

from onboarding.messages.text import Params
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.chain import MALFORMED


class RequestKind(StrEnum):
    """What a request of the account is to the onboarding that a certificate is uploaded for."""

    CURRENT = "current"
    REPLACED = "replaced"
    OTHER_ONBOARDING = "other_onboarding"


@dataclass(frozen=True)
class CandidateRequest:
    """A request that a certificate may be for.

    `spki` is the SPKI fingerprint of its key. `current` says whether it is the one that a certificate is expected for.
    `usable` is False if its private key is gone, or if it belongs to another onboarding. `approved` is False if it may
    not be sent. `login` is the MZP login of the other onboarding that it belongs to; "" for this onboarding.
    """

    spki: str
    subject: x509.Name | None
    current: bool = True
    usable: bool = True
    approved: bool = True
    created: date | None = None
    login: str = ""

    @property
    def kind(self) -> RequestKind:
        """What the request is to this onboarding."""
        if self.login:
            return RequestKind.OTHER_ONBOARDING
        return RequestKind.CURRENT if self.current else RequestKind.REPLACED

    @property
    def facts(self) -> Params:
        """The parameters of findings about the request: the date of its creation (ISO 8601), and the login."""
        return {"date": self.created.isoformat() if self.created else "", "login": self.login}


def spki_of(certificate: x509.Certificate) -> str:
    """Return the SPKI fingerprint of the certificate's key; "" for a key that the library can't read."""
    try:
        return spki_fingerprint(certificate.public_key())
    except MALFORMED:
        return ""
