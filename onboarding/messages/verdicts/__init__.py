"""The catalogs of a connection test: the sentences for every code, by topic."""

from onboarding.messages.message import Owner, Template
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.verdicts.bodies import BODY_VERDICTS
from onboarding.messages.verdicts.certificates import CLIENT_CERTIFICATE_VERDICTS, SERVER_CERTIFICATE_VERDICTS
from onboarding.messages.verdicts.connecting import CONNECTION_VERDICTS
from onboarding.messages.verdicts.environments import ENVIRONMENT_REMARKS, ENVIRONMENT_VERDICTS
from onboarding.messages.verdicts.evidence import EVIDENCE
from onboarding.messages.verdicts.files import FILE_ERRORS, FILE_REMARKS
from onboarding.messages.verdicts.limits import LIMIT_VERDICTS
from onboarding.messages.verdicts.observations import OBSERVATIONS, STAGE_NOTES
from onboarding.messages.verdicts.pasted import PASTED_REMARKS, PASTED_VERDICTS
from onboarding.messages.verdicts.preparation import PREPARATION_REMARKS, PREPARATION_VERDICTS
from onboarding.messages.verdicts.proxies import PROXY_VERDICTS
from onboarding.messages.verdicts.responses import RESPONSE_VERDICTS

__all__ = ["ERRORS", "EVIDENCE", "OBSERVATIONS", "REMARKS", "STAGE_NOTES", "VERDICTS", "VERDICT_TEMPLATES"]

# By code, or by code and variant: "rate_limited", "rate_limited.wait".
VERDICT_TEMPLATES: dict[str, Template] = (
    PREPARATION_VERDICTS
    | PASTED_VERDICTS
    | ENVIRONMENT_VERDICTS
    | CONNECTION_VERDICTS
    | PROXY_VERDICTS
    | SERVER_CERTIFICATE_VERDICTS
    | CLIENT_CERTIFICATE_VERDICTS
    | RESPONSE_VERDICTS
    | LIMIT_VERDICTS
    | BODY_VERDICTS
)

# The codes alone, each with the template of its main variant.
VERDICTS: dict[str, Template] = {code: template for code, template in VERDICT_TEMPLATES.items() if "." not in code}

REMARKS: dict[str, Template] = PREPARATION_REMARKS | PASTED_REMARKS | FILE_REMARKS | ENVIRONMENT_REMARKS

# Why something can't be done around a connection test or the rehearsal.
ERRORS: dict[str, Template] = {
    "signing_unreachable": Template(
        Owner.US, _("The signing authority can’t be reached at the moment. Nothing is lost. Try again in a minute.")
    ),
    "signing_refused": Template(Owner.PARTNER, _("The authority did not sign the request: {details}")),
    "signing_unreadable": Template(
        Owner.US, _("We can’t read the signing authority’s response. Nothing is lost. Try again in a minute.")
    ),
    "faults_unreachable": Template(
        Owner.US, _("The list of practice faults can’t be reached at the moment. Try again in a minute.")
    ),
    "faults_unreadable": Template(Owner.US, _("We can’t read the list of practice faults. Nothing was sent.")),
    "fault_unknown": Template(
        Owner.PARTNER, _("There is no practice fault called “{details}”. Choose one from the list.")
    ),
} | FILE_ERRORS
