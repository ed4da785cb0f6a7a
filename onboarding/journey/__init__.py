"""The verbs: every change of an onboarding goes through here, and each leaves a row that says who, when and why.

Slow work (keys, the network) happens outside transactions: read, work, then record under a lock on the onboarding,
which checks again that the step is still the one to take. Secrets are arguments, and end with the call.
"""

from onboarding.journey.answers import accept_certificate, add_client_id, discard_request, remove_client_id
from onboarding.journey.details import describe, start, subject_of, withdraw
from onboarding.journey.exports import export
from onboarding.journey.faults import faults_of, opened_fault
from onboarding.journey.requests import (
    bring_request,
    have_signed,
    make_key,
    mark_sent,
    opened,
    prove_passphrase,
    replace_request,
)
from onboarding.journey.transitions import NotNowError
from onboarding.journey.trials import TooManyTestsError, Trial, cancel_test, run_test

__all__ = [
    "NotNowError",
    "TooManyTestsError",
    "Trial",
    "accept_certificate",
    "add_client_id",
    "bring_request",
    "cancel_test",
    "describe",
    "discard_request",
    "export",
    "faults_of",
    "have_signed",
    "make_key",
    "mark_sent",
    "opened",
    "opened_fault",
    "prove_passphrase",
    "remove_client_id",
    "replace_request",
    "run_test",
    "start",
    "subject_of",
    "withdraw",
]
