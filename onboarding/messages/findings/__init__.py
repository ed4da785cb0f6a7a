"""The catalog of findings: the sentences for every code and variant, by topic.

A sentence says what happened, then what to do. It must not assume that the reader knows what a CSR is.
"""

from onboarding.messages.findings.authorities import CA_FINDINGS
from onboarding.messages.findings.certificates import CERTIFICATE_FINDINGS
from onboarding.messages.findings.keys import KEY_FINDINGS
from onboarding.messages.findings.requests import REQUEST_FINDINGS
from onboarding.messages.findings.subject import SUBJECT_FINDINGS
from onboarding.messages.findings.uploads import UPLOAD_FINDINGS
from onboarding.messages.message import Template

FINDINGS: dict[str, Template] = (
    SUBJECT_FINDINGS | KEY_FINDINGS | UPLOAD_FINDINGS | CERTIFICATE_FINDINGS | CA_FINDINGS | REQUEST_FINDINGS
)
