"""The words for every verdict, remark and error of this package, in one place, beside whose move it is."""

from onboarding.fleets.entry import Confidence, Entry, Owner
from onboarding.fleets.words_answers import ANSWERED
from onboarding.fleets.words_before import PREPARATION, REMARKS
from onboarding.fleets.words_certificates import CLIENT_CERTIFICATE, SERVER_CERTIFICATE
from onboarding.fleets.words_connecting import CONNECTING

__all__ = ["CONTROLS", "ERRORS", "REMARKS", "VERDICTS", "Confidence", "Entry", "Owner"]

VERDICTS: dict[str, Entry] = PREPARATION | CONNECTING | SERVER_CERTIFICATE | CLIENT_CERTIFICATE | ANSWERED

CONTROLS: dict[str, str] = {
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
