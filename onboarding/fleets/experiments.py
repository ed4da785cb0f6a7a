"""Control experiments: repeat the request with one change, to distinguish causes with the same symptom."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography import x509

from onboarding.fleets.classifying.clock import judge_server_dates
from onboarding.fleets.classifying.responses import SUCCESS_CODES
from onboarding.fleets.connecting.request import Variation
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Verdict

EXPERIMENTS_MAX = 3
SECONDS_MIN = 0.2  # of the deadline, to start another experiment

VARIATIONS = {
    "without_certificate": Variation(certificate=False),
    "without_basic": Variation(basic=False),
    # An unverified server must get neither certificate nor password.
    "system_trust": Variation(certificate=False, basic=False, system_trust=True),
    "tls_1_2": Variation(tls_1_2=True),
    # These read the server's time. Only a server that the anchors verify, at whatever time, gets the certificate.
    "date": Variation(basic=False, client_id=False, check_time=False),
    "date_unverified": Variation(certificate=False, basic=False, client_id=False, verify=False),
}

# The experiments for each verdict, the most telling first.
EXPERIMENTS_BY_VERDICT = {
    "server_ca_mismatch": ("system_trust",),
    "proxy_intercepts": ("system_trust",),
    "server_chain_incomplete": ("system_trust",),
    "server_certificate_expired": ("date", "date_unverified"),
    "server_certificate_not_yet_valid": ("date", "date_unverified"),
    "client_certificate_probably_refused": ("tls_1_2", "without_certificate"),
    "client_proof_refused": ("tls_1_2",),
    "tls_closed": ("tls_1_2",),
    "tls_hang": ("tls_1_2",),
    "tls_refused": ("tls_1_2",),
    "tls_failed": ("tls_1_2",),
    "unauthorized": ("without_basic",),
    "forbidden": ("without_basic",),
}


@dataclass(frozen=True)
class AttemptResult:
    """The values that are compared between two attempts."""

    verdict: Verdict
    status: int | None
    message: str
    is_server_verified: bool  # whether the server's certificate was accepted
    is_certificate_accepted: bool  # whether the client's was, as far as TLS shows
    is_tls_1_2: bool  # whether the connection used TLS 1.2
    has_reply: bool  # whether the server sent a response or an alert
    now: datetime  # by this machine's clock, in UTC
    date: datetime | None = None  # by the server's clock
    server_certificate: x509.Certificate | None = None


@dataclass(frozen=True)
class Experiment:
    """A control experiment and its outcome."""

    name: str
    outcome: AttemptResult
    milliseconds: float

    @property
    def observation(self) -> Observation:
        """What was changed, and the outcome."""
        return experiment_observation(self.name, self.outcome.status, self.outcome.verdict.code)

    def to_dict(self) -> dict[str, object]:
        """Return the experiment as a dict for JSON, with its sentence in the current language."""
        return {
            "name": self.name,
            "text": self.observation.text,
            "code": self.outcome.verdict.code,
            "status": self.outcome.status,
            "milliseconds": round(self.milliseconds, 1),
        }


def experiment_observation(name: str, status: int | None, verdict: str) -> Observation:
    """Return the observation that the experiment `name` made: an HTTP status, or else the code of a verdict."""
    if status:
        return Observation(name, {"status": status}, "status")
    return Observation(name, {"verdict": verdict}, "verdict")


def current_experiment(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an experiment that `to_dict` stored, with its sentence in the current language."""
    observation = experiment_observation(stored["name"], stored["status"], stored["code"])
    return {**stored, "text": observation.text if observation.is_renderable else stored["text"]}


def run_experiments(
    first: AttemptResult,
    attempt: Callable[[Variation], AttemptResult],
    seconds_left: Callable[[], float],
    skipped: Collection[str] = (),
) -> tuple[Verdict, tuple[Experiment, ...]]:
    """Run the control experiments for the verdict of `first`; return the final verdict and the experiments.

    Runs at most EXPERIMENTS_MAX, and only while no verdict is concluded and time remains. `attempt` makes one attempt;
    those called `skipped` would show nothing.
    """
    verdict, experiments = first.verdict, []
    for name in EXPERIMENTS_BY_VERDICT.get(verdict.code, ())[:EXPERIMENTS_MAX]:
        if name in skipped or (name == "tls_1_2" and first.is_tls_1_2):
            continue
        if seconds_left() < SECONDS_MIN:
            break
        began = time.perf_counter()
        outcome = attempt(VARIATIONS[name])
        experiment = Experiment(name, outcome, (time.perf_counter() - began) * 1000)
        experiments.append(experiment)
        conclusion = CONCLUSIONS[name](first, outcome)
        if conclusion is not None:
            observations = (*verdict.observations, *conclusion.observations, experiment.observation)
            verdict = replace(conclusion, observations=observations)
            break
    return verdict, tuple(experiments)


def _conclude_system_trust(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Conclude from the system's trust store. Its CAs are not all public: companies install their proxy's CA in it."""
    if not second.is_server_verified:
        return None
    if first.verdict.has_observation("interception_product"):
        return replace(first.verdict, observations=(Observation("issuer_trusted_by_system"),))
    return Verdict("server_ca_mismatch", first.verdict.params, "system_trusted")


def _conclude_tls_1_2(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Conclude from TLS 1.2.

    A certificate is refused during the handshake in TLS 1.2, but after it in TLS 1.3. Devices that do not support
    TLS 1.3 forward TLS 1.2.
    """
    code, params = second.verdict.code, first.verdict.params
    if code.startswith("client_") and code not in {
        "client_certificate_probably_refused", "client_certificate_hang", "client_proof_refused",
    }:  # fmt: skip
        return second.verdict
    if code in SUCCESS_CODES or second.status:
        is_at_certificate = first.verdict.code in {"client_certificate_probably_refused", "client_proof_refused"}
        return Verdict("client_certificate_needs_tls_1_2" if is_at_certificate else "tls_1_3_fails", params)
    if second.is_certificate_accepted and first.verdict.code == "client_certificate_probably_refused":
        return Verdict("answer_missing", params)
    return None


def _conclude_without_certificate(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Conclude whether the server falls silent because of this certificate, or in any case."""
    if first.verdict.code != "client_certificate_probably_refused":
        return None
    if not second.has_reply:
        return Verdict("connection_dropped", first.verdict.params)
    return replace(first.verdict, observations=(Observation("silent_with_certificate"),))


def _conclude_without_basic(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Conclude whether the response depends on the login: if it does, the gateway read and refused the login."""
    if first.verdict.code == "forbidden":
        seen = (Observation("login_read"),)
        return replace(first.verdict, observations=seen) if second.status == 401 else None
    if second.status is None:
        return None
    if second.verdict.code in SUCCESS_CODES:
        observations = (Observation("accepts_without_login"),)
        return replace(first.verdict, confidence_override=Confidence.UNKNOWN, observations=observations)
    if (second.status, _comparable(second.message)) == (first.status, _comparable(first.message)):
        return replace(first.verdict, observations=(Observation("same_response_without_login"),))
    return Verdict(
        "password_rejected",
        first.verdict.params,
        "compared",
        confidence_override=Confidence.PROBABLE,
        observations=(Observation("other_response_without_login"),),
    )


def _comparable(message: str) -> str:
    """Return a message without the words that have digits: times and references differ in every response."""
    return " ".join(word for word in message.split() if not any(character.isdecimal() for character in word))


def _conclude_date(first: AttemptResult, second: AttemptResult) -> Verdict | None:
    """Conclude from the server's time whether its certificate or this machine's clock is out of date."""
    return judge_server_dates(first.verdict, first.now, second.date, second.server_certificate)


CONCLUSIONS: dict[str, Callable[[AttemptResult, AttemptResult], Verdict | None]] = {
    "system_trust": _conclude_system_trust,
    "tls_1_2": _conclude_tls_1_2,
    "without_certificate": _conclude_without_certificate,
    "without_basic": _conclude_without_basic,
    "date": _conclude_date,
    "date_unverified": _conclude_date,
}
