"""The catalog of verdicts and remarks: the sentences for every code, by topic."""

from onboarding.messages.message import Template
from onboarding.messages.verdicts.certificates import CLIENT_CERTIFICATE_VERDICTS, SERVER_CERTIFICATE_VERDICTS
from onboarding.messages.verdicts.connecting import CONNECTION_VERDICTS
from onboarding.messages.verdicts.preparation import PREPARATION_VERDICTS, REMARKS
from onboarding.messages.verdicts.responses import RESPONSE_VERDICTS

__all__ = ["ERRORS", "EXPERIMENTS", "REMARKS", "VERDICTS"]

VERDICTS: dict[str, Template] = (
    PREPARATION_VERDICTS
    | CONNECTION_VERDICTS
    | SERVER_CERTIFICATE_VERDICTS
    | CLIENT_CERTIFICATE_VERDICTS
    | RESPONSE_VERDICTS
)

EXPERIMENTS: dict[str, str] = {
    "without_certificate": "The same call without your certificate",
    "without_basic": "The same call without login and password",
    "system_trust": "The connection with the system’s own CA certificates",
    "tls_1_2": "The same call with TLS 1.2",
}

ERRORS: dict[str, str] = {
    "signing_unreachable": "The signing authority can’t be reached just now. Nothing is lost; try again in a minute.",
    "signing_refused": "The authority would not sign the request: {details}",
    "faults_unreachable": "The rehearsal’s list of faults can’t be reached just now. Try again in a minute.",
    "faults_unreadable": "The rehearsal gave an answer about its faults that can’t be read. Nothing was sent.",
    "fault_unknown": "The rehearsal has no fault called “{details}”. Choose one from its list.",
    "file_unreadable": "A file can’t be read: {details}.",
    "not_certificates": "There is no certificate in PEM in {details}.",
    "not_a_key": "There is no private RSA key in PEM in {details}.",
    "passphrase_wrong": "That passphrase does not open {details}.",
    "signing_unreadable": "The signing authority’s answer can’t be read. Nothing is lost; try again in a minute.",
}
