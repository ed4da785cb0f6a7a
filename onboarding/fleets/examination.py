"""The live test: one real request for the fleets, what came of it, and why."""

import logging
import ssl
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import h11

from onboarding.fleets.answer import rate_limits
from onboarding.fleets.controls import Control, Outcome, tell_apart
from onboarding.fleets.evidence import gather
from onboarding.fleets.failures import of_failure
from onboarding.fleets.handshake import TLS_1_2
from onboarding.fleets.http import HungUpError, ProxyRefusedError
from onboarding.fleets.preparation import prepare
from onboarding.fleets.redaction import Redaction
from onboarding.fleets.remarks import besides, remarks_after, remarks_before
from onboarding.fleets.replies import Reading, of_reply
from onboarding.fleets.request import AS_IT_IS, Credentials, Endpoint, Reply, Variation, send
from onboarding.fleets.result import Examination
from onboarding.fleets.timing import Cancellation, CancelledError, Deadline, Stage, Stages
from onboarding.fleets.verdicts import Remark, Verdict
from onboarding.fleets.wire import Wire

__all__ = ["Credentials", "Endpoint", "Examination", "Limits", "Stage", "examine"]

logger = logging.getLogger(__name__)
OPENING_SHARE = 0.6  # of the whole time, for everything up to the end of the TLS handshake


@dataclass(frozen=True)
class Limits:
    """Bounds that hold whatever the other side does: `total` in seconds, with all experiments; `body` in bytes."""

    total: float = 15.0
    body: int = 1024 * 1024


def examine(
    endpoint: Endpoint,
    credentials: Credentials,
    *,
    limits: Limits | None = None,
    watch: Callable[[Stage], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    try_anyway: bool = False,
    now: datetime | None = None,
) -> Examination:
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

    wire: Wire
    read: Reading
    reply: Reply | None = None
    error: Exception | None = None

    @property
    def outcome(self) -> Outcome:
        """What can be compared with another attempt's."""
        return Outcome(
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

    def run(self, *, try_anyway: bool) -> Examination:
        self.stages.enter("preparation")
        self.remarks += remarks_before(self.endpoint, self.credentials, self.now)
        prepared = prepare(self.endpoint, self.credentials, self.now)
        hindrance = prepared.hindrance(try_anyway=try_anyway)
        if hindrance:
            self.stages.leave(ok=False)
            attempt = _Attempt(Wire(self.deadline, self.stages), Reading(hindrance))
            return self._examination(attempt, hindrance, (), connected=False)
        attempt = self._attempt(self.stages, AS_IT_IS, prepared.context)
        # A refusal was read to its end: what it failed at is its status.
        passed = attempt.reply is not None and self.stages.current != "fleets"
        self.stages.leave(ok=passed or attempt.read.collection is not None)
        verdict, controls = tell_apart(attempt.outcome, self._control, self._left)
        return self._examination(attempt, self._mixed_up(verdict), controls, connected=True)

    def broken_off(self, error: Exception) -> Examination:
        """What can be said where this software is at fault; not the error's message, which could quote anything."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        logger.error("A test broke off: %s", reason)
        self.stages.leave(ok=False)
        attempt = _Attempt(Wire(self.deadline, self.stages), Reading(Verdict("test_broke_off", {"reason": reason})))
        return self._examination(attempt, attempt.read.verdict, (), connected=True)

    def _attempt(self, stages: Stages, variation: Variation, context: ssl.SSLContext | None = None) -> _Attempt:
        opening = self.deadline.within(self.limits.total * OPENING_SHARE)
        wire = Wire(self.deadline, stages, opening=opening)
        who = self.credentials if variation.certificate else replace(self.credentials, identity=None)
        try:
            context = context or variation.context(self.credentials)
            reply = send(self.endpoint, who, context, wire, self.limits.body, basic=variation.basic)
            if reply.status == 200:
                stages.enter("fleets")
            read = of_reply(reply, self.endpoint, who, wire, self.now)
        except (
            OSError,
            CancelledError,
            HungUpError,
            ProxyRefusedError,
            h11.ProtocolError,
        ) as error:
            seconds = self.limits.total
            verdict = of_failure(error, self.endpoint, who, wire, seconds=seconds, now=self.now)
            refused = wire.log.alert and wire.log.sent_certificate and not wire.certificate_accepted
            if refused and stages.current == "request":
                stages.current = "client certificate"  # TLS 1.3 refuses it only after the handshake
            return _Attempt(wire, Reading(verdict), error=error)
        return _Attempt(wire, read, reply)

    def _control(self, variation: Variation) -> Outcome:
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
                    return Verdict(code, verdict.context, evidence=verdict.evidence)
        return verdict

    def _examination(
        self, attempt: _Attempt, verdict: Verdict, controls: tuple[Control, ...], *, connected: bool
    ) -> Examination:
        reply, wire, read = attempt.reply, attempt.wire, attempt.read
        collection, off = read.collection, read.clock_off
        passed, shown = self.stages.passed, self.shown
        after = remarks_after(self.endpoint, self.credentials, wire, collection, off) if connected else ()
        return Examination(
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
            remarks=besides(verdict, (*self.remarks, *after)),
            controls=tuple(shown.control(one) for one in controls),
            evidence=gather(wire, reply, attempt.error, self.credentials, off, shown.text),
        )
