"""The catalogs of a connection test: the sentences for every code, by topic."""

from onboarding.messages.message import Template
from onboarding.messages.verdicts.certificates import CLIENT_CERTIFICATE_VERDICTS, SERVER_CERTIFICATE_VERDICTS
from onboarding.messages.verdicts.connecting import CONNECTION_VERDICTS
from onboarding.messages.verdicts.errors import ERRORS
from onboarding.messages.verdicts.observations import OBSERVATIONS, STAGE_NOTES
from onboarding.messages.verdicts.preparation import PREPARATION_VERDICTS, REMARKS
from onboarding.messages.verdicts.responses import RESPONSE_VERDICTS

__all__ = ["ERRORS", "OBSERVATIONS", "REMARKS", "STAGE_NOTES", "VERDICTS", "VERDICT_TEMPLATES"]

# By code, or by code and variant: "rate_limited", "rate_limited.wait".
VERDICT_TEMPLATES: dict[str, Template] = (
    PREPARATION_VERDICTS
    | CONNECTION_VERDICTS
    | SERVER_CERTIFICATE_VERDICTS
    | CLIENT_CERTIFICATE_VERDICTS
    | RESPONSE_VERDICTS
)

# The codes alone, each with the template of its main variant.
VERDICTS: dict[str, Template] = {code: template for code, template in VERDICT_TEMPLATES.items() if "." not in code}
