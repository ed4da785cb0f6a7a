"""Every fault that a gateway can be given on the loopback, by name."""

from onboarding.rehearsal import faults_of_http as http
from onboarding.rehearsal import faults_of_tls as tls
from onboarding.rehearsal.errors import RehearsalError
from onboarding.rehearsal.fault import Fault

GROUPS = {
    "Before the connection is encrypted": tls.before_tls,
    "Encryption, and your certificate refused": tls.tls,
    "The gateway’s own certificate": tls.server_certificates,
    "Whether it asks for yours": tls.client_certificates,
    "Answers that do not end well": http.no_answer,
    "Answers that say all is well (200)": http.successes,
    "Too many calls": http.too_many,
    "Refusals and errors, by status": http.refusals,
    "Password and client ID": http.credentials,
}
FAULTS: dict[str, Fault] = {one.name: one for group in GROUPS.values() for one in group()}


def fault(name: str) -> Fault:
    """The fault of that name (RehearsalError fault_unknown)."""
    if name not in FAULTS:
        raise RehearsalError("fault_unknown", [f"There is no fault “{name}”; --list-faults shows them all."])
    return FAULTS[name]
