"""Control experiments: the request once more, with one thing changed, where that tells two causes apart."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from onboarding.fleets.classifying.failures import NAMES_A_PRODUCT
from onboarding.fleets.connecting.request import Variation
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Verdict
from onboarding.messages.verdicts import EXPERIMENTS
from onboarding.messages.verdicts.certificates import PUBLICLY_KNOWN

AT_MOST = 3
LEAST_SECONDS = 0.2  # of the deadline, for a control experiment to be begun

VARIATIONS = {
    "without_certificate": Variation(certificate=False),
    "without_basic": Variation(basic=False),
    # Who can't be recognized yet is shown neither certificate nor password.
    "system_trust": Variation(certificate=False, basic=False, system_trust=True),
    "tls_1_2": Variation(tls_1_2=True),
}

# Which are worth making after which verdict, the most telling first.
AFTER = {
    "server_ca_mismatch": ("system_trust",),
    "proxy_intercepts": ("system_trust",),
    "server_chain_incomplete": ("system_trust",),
    "client_certificate_probably_refused": ("tls_1_2", "without_certificate"),
    "client_proof_refused": ("tls_1_2",),
    "tls_closed": ("tls_1_2",),
    "tls_hang": ("tls_1_2",),
    "tls_refused": ("tls_1_2",),
    "tls_failed": ("tls_1_2",),
    "unauthorized": ("without_basic",),
    "forbidden": ("without_basic",),
}
GOT_THROUGH = {"connected", "no_fleets"}


@dataclass(frozen=True)
class AttemptResult:
    """What an attempt came to, as far as comparisons need it."""

    verdict: Verdict
    status: int | None
    message: str
    verified: bool  # whether the server's certificate passed
    accepted: bool  # whether the client's did, as far as TLS shows
    tls_1_2: bool  # whether that is what was spoken
    spoke: bool  # whether the server said something, in HTTP or by an alert


@dataclass(frozen=True)
class Experiment:
    """A control experiment that was made."""

    name: str
    outcome: AttemptResult
    milliseconds: float

    def to_dict(self) -> dict[str, object]:
        """What was changed, and what came of it."""
        status, code = self.outcome.status, self.outcome.verdict.code
        came = f"answered {status}" if status else code.replace("_", " ")
        return {
            "name": self.name,
            "text": f"{EXPERIMENTS[self.name]}: {came}.",
            "code": code,
            "status": status,
            "milliseconds": round(self.milliseconds, 1),
        }


def run_experiments(
    first: AttemptResult, attempt: Callable[[Variation], AttemptResult], seconds_left: Callable[[], float]
) -> tuple[Verdict, tuple[Experiment, ...]]:
    """The verdict after the control experiments that `first` calls for; `attempt` makes one.

    At most three, each only while the verdict is still open and there is time left.
    """
    verdict, made = first.verdict, []
    for name in AFTER.get(verdict.code, ())[:AT_MOST]:
        if name == "tls_1_2" and first.tls_1_2:
            continue
        if seconds_left() < LEAST_SECONDS:
            break
        began = time.perf_counter()
        outcome = attempt(VARIATIONS[name])
        control = Experiment(name, outcome, (time.perf_counter() - began) * 1000)
        made.append(control)
        weighed = CONCLUSIONS[name](first, outcome)
        if weighed is not None:
            verdict = replace(weighed, evidence=(*verdict.evidence, *weighed.evidence, str(control.to_dict()["text"])))
            break
    return verdict, tuple(made)


def _system_trust(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Companies install the authority of their own proxy in their systems: what these trust need not be public."""
    if not second.verified:
        return None
    if NAMES_A_PRODUCT in first.verdict.evidence:
        return replace(first.verdict, evidence=("This system trusts that authority: it was probably installed here.",))
    return Verdict("server_ca_mismatch", {**first.verdict.params, **PUBLICLY_KNOWN})


def _tls_1_2(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """TLS 1.2 says in the handshake what TLS 1.3 says after it, and gets past devices that do not know TLS 1.3."""
    code, context = second.verdict.code, first.verdict.params
    if second.verdict.code.startswith("client_") and code not in {
        "client_certificate_probably_refused", "client_certificate_hang", "client_proof_refused",
    }:  # fmt: skip
        return second.verdict
    if code in GOT_THROUGH or second.status:
        at_certificate = first.verdict.code in {"client_certificate_probably_refused", "client_proof_refused"}
        return Verdict("client_certificate_needs_tls_1_2" if at_certificate else "tls_1_3_fails", context)
    if second.accepted and first.verdict.code == "client_certificate_probably_refused":
        return Verdict("answer_missing", context)
    return None


def _without_certificate(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Whether the server falls silent because of this certificate, or whatever it gets."""
    if first.verdict.code != "client_certificate_probably_refused":
        return None
    if not second.spoke:
        return Verdict("connection_dropped", first.verdict.params)
    told = ("Without the certificate the server says something; with it, nothing.",)
    return replace(first.verdict, evidence=told)


def _without_basic(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Whether the answer depends on the login: where it does, the login was read and refused."""
    same = (second.status, second.message) == (first.status, first.message)
    if first.verdict.code == "forbidden" or second.status is None:
        return None
    if second.verdict.code in GOT_THROUGH:
        return replace(first.verdict, sure=Confidence.UNKNOWN, evidence=("Without login and password it answers.",))
    if same:
        return replace(first.verdict, evidence=("It gives the same answer without login and password.",))
    told = "It gives another answer without login and password, so it read them, and probably refused them."
    return Verdict("password_rejected", first.verdict.params, sure=Confidence.PROBABLE, evidence=(told,))


CONCLUSIONS: dict[str, Callable[[AttemptResult, AttemptResult], Verdict | None]] = {
    "system_trust": _system_trust,
    "tls_1_2": _tls_1_2,
    "without_certificate": _without_certificate,
    "without_basic": _without_basic,
}
