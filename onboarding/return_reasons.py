"""The reasons for returning a request: what the desk selects, what the partner reads, and where it is corrected."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ReturnReason:
    """A reason for returning a request.

    `label` is for the desk. `text` and `fix` tell the partner what is wrong and what to do. `step` names the page where
    it is corrected.
    """

    code: str
    label: str | Promise
    text: str | Promise
    fix: str | Promise
    step: str

    @property
    def url_name(self) -> str:
        """The URL name of the page where it is corrected."""
        return f"onboarding:{self.step}"


RESEND = "request"  # the step of the reasons that only ask to send the same request again

_ALL_REASONS = (
    ReturnReason(
        "organization_missing",
        _("Company name is missing or wrong"),
        _("Stellantis knows your company by another name."),
        _("Enter the name from your contract, then make a new key and request."),
        "company",
    ),
    ReturnReason(
        "country_unknown",
        _("Country is wrong"),
        _("The country is wrong: your company is registered in another country."),
        _("Choose the right country, then make a new key and request."),
        "company",
    ),
    ReturnReason(
        "state_missing",
        _("State or province is missing or wrong"),
        _("The state, province or region is missing or wrong."),
        _("Correct the state, then make a new key and request."),
        "company",
    ),
    ReturnReason(
        "locality_missing",
        _("City is missing or wrong"),
        _("The city is missing or wrong."),
        _("Correct the city, then make a new key and request."),
        "company",
    ),
    ReturnReason(
        "email_malformed",
        _("Email address can’t be reached"),
        _("Emails to the address in the request do not arrive, so the certificate could not reach you."),
        _("Enter an address that your team reads, then make a new key and request."),
        "company",
    ),
    ReturnReason(
        "double_encoded",
        _("Accents are damaged"),
        _("The accents in your company’s details are damaged in the request."),
        _("Type the details again, then make a new key and request."),
        "company",
    ),
    ReturnReason(
        "cn_not_login",
        _("Login (CN) is not this partner’s"),
        _("The login in the request is not the login that Stellantis gave your company."),
        _(
            "Make a new key. On the next page, choose “Change the login” and enter the login from Stellantis’ email. "
            "Then make the key and send the new request."
        ),
        "key",
    ),
    ReturnReason(
        "key_weak",
        _("Key is too weak"),
        _("The key is weaker than Stellantis allows."),
        _("Make a new key of 2048 bits or more, and send the new request."),
        "key",
    ),
    ReturnReason(
        "key_reused",
        _("Key is in use elsewhere"),
        _("Another request contains the same key."),
        _("Make a new key, because each onboarding needs a key of its own. Then send the new request."),
        "key",
    ),
    ReturnReason(
        "key_exposed",
        _("Key may have been copied"),
        _("A copy of your private key may have come into the hands of others."),
        _("Make a new key with a new passphrase, and send the new request."),
        "key",
    ),
    ReturnReason(
        "csr_signature_bad",
        _("Request was altered"),
        _(
            "The request that Stellantis received differs from the request in your onboarding. Its fingerprint, the "
            "long number that identifies a request, is different."
        ),
        _("Download request.csr again and send it as an attachment, not as text in the email."),
        RESEND,
    ),
    ReturnReason(
        "not_received",
        _("Request never arrived"),
        _("Your request did not reach Stellantis."),
        _("Send request.csr again, then confirm that you sent it."),
        RESEND,
    ),
    ReturnReason(
        "other",
        _("Something else (explain in the note)"),
        _("Something about the request needs your attention. The note says what."),
        _("Read the note, do what it says, and send the request again."),
        RESEND,
    ),
)
RETURN_REASONS: dict[str, ReturnReason] = {reason.code: reason for reason in _ALL_REASONS}
RETURN_REASON_CHOICES = [(reason.code, reason.label) for reason in _ALL_REASONS]


def return_reasons(codes: list[str]) -> list[ReturnReason]:
    """Return the reasons with these codes. Codes that are no longer known are left out."""
    return [RETURN_REASONS[code] for code in codes if code in RETURN_REASONS]


def needs_new_request(codes: list[str]) -> bool:
    """Return whether these reasons need a new request. Otherwise the partner sends the same request again."""
    return any(reason.step != RESEND for reason in return_reasons(codes))
