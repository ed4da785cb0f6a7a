"""The verbs: every change of an onboarding goes through here, and each leaves a row that says who, when and why.

Slow work (keys, the network) happens outside transactions: read, work, then record under a lock on the onboarding,
which checks again that the step is still the one to take. Secrets are arguments, and end with the call.
"""

from onboarding.journey.answers import accept_certificate, add_client_id, remove_client_id
from onboarding.journey.details import describe, start, subject_of, withdraw
from onboarding.journey.requests import export_key, have_signed, make_key, mark_sent, prove_passphrase, replace_request
from onboarding.journey.transitions import NotNowError
from onboarding.journey.trials import run_test

__all__ = [
    "NotNowError",
    "accept_certificate",
    "add_client_id",
    "describe",
    "export_key",
    "have_signed",
    "make_key",
    "mark_sent",
    "prove_passphrase",
    "remove_client_id",
    "replace_request",
    "run_test",
    "start",
    "subject_of",
    "withdraw",
]
