"""Why a request is returned: what the desk ticks, what the partner reads, and the step where it is mended."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReturnReason:
    """One reason: `label` for the desk; what is wrong and the `fix` for the partner; `step` is where to mend it."""

    code: str
    label: str
    text: str
    fix: str
    step: str

    @property
    def url_name(self) -> str:
        """The name of the address where it is corrected."""
        return f"onboarding:{self.step}"


RESEND = "request"  # the step of what is mended by sending the same request again

_ALL = (
    ReturnReason(
        "organization_missing",
        "Company name is missing or wrong",
        "The company name is not the one that Stellantis knows you by.",
        "Write it as it stands in your contract, then make a new key and request.",
        "company",
    ),
    ReturnReason(
        "country_unknown",
        "Country is wrong",
        "The country is not the one that your company is registered in.",
        "Choose the right country, then make a new key and request.",
        "company",
    ),
    ReturnReason(
        "state_missing",
        "State or province is missing or wrong",
        "The state, province or region is missing or wrong.",
        "Correct it, then make a new key and request.",
        "company",
    ),
    ReturnReason(
        "locality_missing",
        "City is missing or wrong",
        "The city is missing or wrong.",
        "Correct it, then make a new key and request.",
        "company",
    ),
    ReturnReason(
        "email_malformed",
        "E-mail address can’t be reached",
        "Mail to the address in the request does not arrive, so the certificate could not reach you.",
        "Enter an address that your team reads, then make a new key and request.",
        "company",
    ),
    ReturnReason(
        "double_encoded",
        "Accents are damaged",
        "The accents in your company’s details were damaged on their way into the request.",
        "Type the details again, then make a new key and request.",
        "company",
    ),
    ReturnReason(
        "cn_not_login",
        "Login (CN) is not this partner’s",
        "The login in the request is not the one that Stellantis gave your company.",
        "Make a new key: set the old request aside, choose “Change the login” on the next page, enter the login from "
        "Stellantis’ mail, then make the key and send the new request.",
        "key",
    ),
    ReturnReason(
        "key_weak",
        "Key is too weak",
        "The key is weaker than Stellantis allows.",
        "Make a new key of 2048 bits or more, and send the new request.",
        "key",
    ),
    ReturnReason(
        "key_reused",
        "Key is in use elsewhere",
        "The same key stands in another request.",
        "Make a new key, because each onboarding has its own, and send the new request.",
        "key",
    ),
    ReturnReason(
        "csr_signature_bad",
        "Request arrived altered",
        "The request that arrived is not the one in your onboarding: its fingerprint, the long number that identifies "
        "it, is another.",
        "Download request.csr again and send it as an attachment, not as text in the mail.",
        "request",
    ),
    ReturnReason(
        "not_received",
        "Request never arrived",
        "Your request did not reach Stellantis.",
        "Send request.csr again, then note it as sent.",
        "request",
    ),
    ReturnReason(
        "other",
        "Something else (say what in the note)",
        "Something in the request has to be changed; the note says what.",
        "Read the note, make the change, and send the request again.",
        "request",
    ),
)
RETURN_REASONS: dict[str, ReturnReason] = {reason.code: reason for reason in _ALL}
RETURN_REASON_CHOICES = [(reason.code, reason.label) for reason in _ALL]


def return_reasons(codes: list[str]) -> list[ReturnReason]:
    """The reasons with these codes; one that is no longer known is left out."""
    return [RETURN_REASONS[code] for code in codes if code in RETURN_REASONS]


def needs_new_request(codes: list[str]) -> bool:
    """Whether these reasons ask for another request; else the same one is sent again."""
    return any(reason.step != RESEND for reason in return_reasons(codes))
