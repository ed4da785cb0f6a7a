"""Verdicts and remarks on what belongs to another environment. The variant is that environment."""

from dataclasses import replace

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _

_USE_THE_RIGHT_CERTIFICATE = _(
    "Use the certificate that was issued for this environment. If you have none, request it: each environment needs "
    "its own key, request and certificate."
)
_USE_THE_RIGHT_CA = _("Use the CA certificate from the email that brought the certificate for this environment.")
_USE_THE_RIGHT_CLIENT_ID = _("Use the client ID from the email that brought the certificate for this environment.")
_CORRECT_THE_ADDRESS = _(
    "Ask the people who run this site or command to correct the gateway’s address in the settings."
)


def _remark(text: str, remedy: str) -> Template:
    about_settings = remedy == _CORRECT_THE_ADDRESS
    owner = Owner.NETWORK if about_settings else Owner.PARTNER
    return Template(owner, text, remedy, confidence=Confidence.PROBABLE, about_our_server=about_settings)


ENVIRONMENT_REMARKS: dict[str, Template] = {
    "certificate_of_other_environment.production": _remark(
        _("Your certificate was probably issued for production, and this is another environment."),
        _USE_THE_RIGHT_CERTIFICATE,
    ),
    "certificate_of_other_environment.preproduction": _remark(
        _("Your certificate was probably issued for pre-production, and this is another environment."),
        _USE_THE_RIGHT_CERTIFICATE,
    ),
    "certificate_of_other_environment.rehearsal": _remark(
        _("Your certificate was probably issued for practice, and this is another environment."),
        _USE_THE_RIGHT_CERTIFICATE,
    ),
    "ca_of_other_environment.production": _remark(
        _("The CA certificate is probably that of production, and this is another environment."), _USE_THE_RIGHT_CA
    ),
    "ca_of_other_environment.preproduction": _remark(
        _("The CA certificate is probably that of pre-production, and this is another environment."), _USE_THE_RIGHT_CA
    ),
    "ca_of_other_environment.rehearsal": _remark(
        _("The CA certificate is probably a practice CA certificate, and this is another environment."),
        _USE_THE_RIGHT_CA,
    ),
    "client_id_of_other_environment.production": _remark(
        _("The client ID is one that you use in production, and this is another environment."), _USE_THE_RIGHT_CLIENT_ID
    ),
    "client_id_of_other_environment.preproduction": _remark(
        _("The client ID is one that you use in pre-production, and this is another environment."),
        _USE_THE_RIGHT_CLIENT_ID,
    ),
    "client_id_of_other_environment.rehearsal": _remark(
        _("The client ID is one that you use for practice, and this is another environment."),
        _USE_THE_RIGHT_CLIENT_ID,
    ),
    "address_of_other_environment.production": _remark(
        _("{host} is the gateway of production, and this is another environment."), _CORRECT_THE_ADDRESS
    ),
    "address_of_other_environment.preproduction": _remark(
        _("{host} is the gateway of pre-production, and this is another environment."), _CORRECT_THE_ADDRESS
    ),
    "address_of_other_environment.rehearsal": _remark(
        _("{host} is the practice gateway, and this is another environment."), _CORRECT_THE_ADDRESS
    ),
}
# A code alone always has a template.
ENVIRONMENT_REMARKS |= {
    code.removesuffix(".rehearsal"): replace(template)
    for code, template in ENVIRONMENT_REMARKS.items()
    if code.endswith(".rehearsal")
}
# The same sentences are the verdict, if the gateway refused what belongs to the other environment.
ENVIRONMENT_VERDICTS = ENVIRONMENT_REMARKS
