"""The connection test: one real request for the fleets, what came of it, and why."""

import logging
import ssl
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import h11

from onboarding.fleets.classifying.failures import classify_failure
from onboarding.fleets.classifying.preparation import prepare
from onboarding.fleets.classifying.remarks import remarks_after, remarks_before, without_repetition
from onboarding.fleets.classifying.responses import (
    ClassifiedResponse,
    Fleet,
    GatewayError,
    classify_response,
    rate_limits,
)
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.handshake import TLS_1_2
from onboarding.fleets.connecting.request import (
    UNCHANGED,
    Credentials,
    Endpoint,
    HungUpError,
    ProxyRefusedError,
    Response,
    Variation,
    send_request,
)
from onboarding.fleets.connecting.timing import Cancellation, CancelledError, Deadline, Stage, Stages
from onboarding.fleets.details import ConnectionDetails, Redaction, connection_details, versions
from onboarding.fleets.experiments import AttemptResult, Experiment, run_experiments
from onboarding.messages.verdict import Remark, Verdict

SUCCESSES = {"connected", "no_fleets"}


@dataclass(frozen=True)
class Diagnosis:
    """What a test came to. Holds no secret: no key, no password, no passphrase, no Authorization header."""

    verdict: Verdict
    stages: tuple[Stage, ...]
    stage_reached: str
    status: int | None
    operator: GatewayError | None
    fleets: tuple[Fleet, ...]
    total: int | None
    rate_limits: dict[str, int]
    duration_ms: float
    address: str
    login: str
    client_id: str
    examined_at: datetime
    connected: bool = True  # whether anything was sent; False where preparation showed that it is certain to fail
    remarks: tuple[Remark, ...] = ()
    controls: tuple[Experiment, ...] = ()
    evidence: ConnectionDetails = field(default_factory=ConnectionDetails)

    @property
    def succeeded(self) -> bool:
        """Whether the list of fleets came, if only an empty one."""
        return self.verdict.code in SUCCESSES

    def to_dict(self) -> dict[str, object]:
        """Everything, as JSON can hold it; also the report for the operator's support (see report.py)."""
        return {
            "succeeded": self.succeeded,
            "verdict": self.verdict.to_dict(),
            "stages": [asdict(stage) for stage in self.stages],
            "stage_reached": self.stage_reached,
            "status": self.status,
            "operator": self.operator.to_dict() if self.operator else None,
            "fleets": [asdict(fleet) for fleet in self.fleets],
            "total": self.total,
            "rate_limits": self.rate_limits,
            "duration_ms": round(self.duration_ms, 1),
            "address": self.address,
            "login": self.login,
            "client_id": self.client_id,
            "examined_at": f"{self.examined_at:%Y-%m-%dT%H:%M:%SZ}",
            "connected": self.connected,
            "can_try_anyway": not self.connected,
            "remarks": [remark.to_dict() for remark in self.remarks],
            "controls": [control.to_dict() for control in self.controls],
            "evidence": self.evidence.to_dict(),
            "tls_version": self.evidence.tls_version,
            "cipher": self.evidence.cipher,
            "authorities": list(self.evidence.authorities),
            "versions": versions(),
        }


logger = logging.getLogger(__name__)
OPENING_SHARE = 0.6  # of the whole time, for everything up to the end of the TLS handshake


@dataclass(frozen=True)
class Limits:
    """Bounds that hold whatever the other side does: `total` in seconds, with all experiments; `body` in bytes."""

    total: float = 15.0
    body: int = 1024 * 1024


def diagnose(
    endpoint: Endpoint,
    credentials: Credentials,
    *,
    limits: Limits | None = None,
    watch: Callable[[Stage], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    try_anyway: bool = False,
    now: datetime | None = None,
) -> Diagnosis:
    """Make the request within `limits`, and judge it; every failure of the other side ends in a verdict.

    What is certain to fail is said without connecting, unless `try_anyway`. `watch` is called as each stage ends;
    `cancelled` is asked five times a second, and ends the test at once where it answers True. `now` (UTC) is the
    clock that certificates are judged by. Contacts no address but `endpoint`'s, or its proxy's; follows no redirect.
    """
    test = _Test(endpoint, credentials, limits or Limits(), now or datetime.now(UTC), watch)
    with test.cancellation.asked_of(cancelled):
        try:
            return test.run(try_anyway=try_anyway)
        except Exception as error:  # noqa: BLE001  # a partner is told so, and not left with a test that never ends
            return test.broken_off(error)


@dataclass
class _Attempt:
    """One connection, and what came of it."""

    wire: Connection
    read: ClassifiedResponse
    reply: Response | None = None
    error: Exception | None = None

    @property
    def outcome(self) -> AttemptResult:
        """What can be compared with another attempt's."""
        return AttemptResult(
            self.read.verdict,
            self.reply.status if self.reply else None,
            self.read.operator.message if self.read.operator else "",
            self.wire.log.verified,
            self.wire.certificate_accepted,
            self.wire.log.version == TLS_1_2,
            self.reply is not None or bool(self.wire.log.alert),
        )


class _Test:
    """An examination under way."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        limits: Limits,
        now: datetime,
        watch: Callable[[Stage], None] | None,
    ) -> None:
        self.endpoint, self.credentials, self.limits, self.now = endpoint, credentials, limits, now
        self.began = time.perf_counter()
        self.cancellation = Cancellation()
        self.deadline = Deadline(limits.total, self.cancellation)
        self.shown = Redaction(credentials.secrets())
        self.stages = Stages(watch, self.shown.text)
        self.remarks: list[Remark] = []

    def run(self, *, try_anyway: bool) -> Diagnosis:
        self.stages.enter("preparation")
        self.remarks += remarks_before(self.endpoint, self.credentials, self.now)
        prepared = prepare(self.endpoint, self.credentials, self.now)
        hindrance = prepared.hindrance(try_anyway=try_anyway)
        if hindrance:
            self.stages.leave(ok=False)
            attempt = _Attempt(Connection(self.deadline, self.stages), ClassifiedResponse(hindrance))
            return self._examination(attempt, hindrance, (), connected=False)
        attempt = self._attempt(self.stages, UNCHANGED, prepared.context)
        # A refusal was read to its end: what it failed at is its status.
        passed = attempt.reply is not None and self.stages.current != "fleets"
        self.stages.leave(ok=passed or attempt.read.collection is not None)
        verdict, controls = run_experiments(attempt.outcome, self._control, self._left)
        return self._examination(attempt, self._mixed_up(verdict), controls, connected=True)

    def broken_off(self, error: Exception) -> Diagnosis:
        """What can be said where this software is at fault; not the error's message, which could quote anything."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        logger.error("A test broke off: %s", reason)
        self.stages.leave(ok=False)
        attempt = _Attempt(
            Connection(self.deadline, self.stages), ClassifiedResponse(Verdict("test_broke_off", {"reason": reason}))
        )
        return self._examination(attempt, attempt.read.verdict, (), connected=True)

    def _attempt(self, stages: Stages, variation: Variation, context: ssl.SSLContext | None = None) -> _Attempt:
        opening = self.deadline.within(self.limits.total * OPENING_SHARE)
        wire = Connection(self.deadline, stages, opening=opening)
        who = self.credentials if variation.certificate else replace(self.credentials, identity=None)
        try:
            context = context or variation.context(self.credentials)
            reply = send_request(self.endpoint, who, context, wire, self.limits.body, basic=variation.basic)
            if reply.status == 200:
                stages.enter("fleets")
            read = classify_response(reply, self.endpoint, who, wire, self.now)
        except (
            OSError,
            CancelledError,
            HungUpError,
            ProxyRefusedError,
            h11.ProtocolError,
        ) as error:
            seconds = self.limits.total
            verdict = classify_failure(error, self.endpoint, who, wire, seconds=seconds, now=self.now)
            refused = wire.log.alert and wire.log.sent_certificate and not wire.certificate_accepted
            if refused and stages.current == "request":
                stages.current = "client certificate"  # TLS 1.3 refuses it only after the handshake
            return _Attempt(wire, ClassifiedResponse(verdict), error=error)
        return _Attempt(wire, read, reply)

    def _control(self, variation: Variation) -> AttemptResult:
        stages = Stages()
        stages.enter("preparation")
        return self._attempt(stages, variation).outcome

    def _left(self) -> float:
        try:
            return self.deadline.left()
        except (TimeoutError, CancelledError):
            return 0.0

    def _mixed_up(self, verdict: Verdict) -> Verdict:
        """A password that was refused, seen beside what is odd about it."""
        if verdict.code in {"password_rejected", "unauthorized"}:
            noticed = {remark.code for remark in self.remarks}
            for code in ("passphrase_as_password", "password_not_latin"):
                if code in noticed:
                    return Verdict(code, verdict.params, evidence=verdict.evidence)
        return verdict

    def _examination(
        self, attempt: _Attempt, verdict: Verdict, controls: tuple[Experiment, ...], *, connected: bool
    ) -> Diagnosis:
        reply, wire, read = attempt.reply, attempt.wire, attempt.read
        collection, off = read.collection, read.clock_off
        passed, shown = self.stages.passed, self.shown
        after = remarks_after(self.endpoint, self.credentials, wire, collection, off) if connected else ()
        return Diagnosis(
            verdict=shown.verdict(verdict),
            stages=tuple(passed),
            stage_reached=next((one.name for one in passed if not one.ok), passed[-1].name),
            status=reply.status if reply else None,
            operator=shown.operator(read.operator),
            fleets=tuple(shown.fleet(one) for one in collection.fleets) if collection else (),
            total=collection.total if collection else None,
            rate_limits=rate_limits(reply, self.now) if reply else {},
            duration_ms=(time.perf_counter() - self.began) * 1000,
            address=f"{self.endpoint.base_url.rstrip('/')}/fleets",
            login=self.credentials.login,
            client_id=self.credentials.client_id,
            examined_at=self.now,
            connected=connected,
            remarks=without_repetition(verdict, (*self.remarks, *after)),
            controls=tuple(shown.control(one) for one in controls),
            evidence=connection_details(wire, reply, attempt.error, self.credentials, off, shown.text),
        )
