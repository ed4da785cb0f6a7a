"""The live test: one real request for the fleets, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import httpcore2

from onboarding.fleets.answer import Fleet, OperatorError, rate_limits, read_fleets
from onboarding.fleets.request import Credentials, Endpoint, Reply, send
from onboarding.fleets.verdicts import Verdict, of_failure, of_reply
from onboarding.fleets.wire import Deadline, Stage, Stages, Wire

__all__ = ["Credentials", "Endpoint", "Examination", "Limits", "examine"]

SUCCESSES = {"connected", "no_fleets"}


@dataclass(frozen=True)
class Limits:
    """Bounds that hold whatever the other side does: `total` in seconds, `body` in bytes."""

    total: float = 15.0
    body: int = 1024 * 1024


@dataclass(frozen=True)
class Examination:
    """What a test came to. Holds no secret: neither the key, the password nor the Authorization header."""

    verdict: Verdict
    stages: tuple[Stage, ...]
    stage_reached: str
    status: int | None
    operator: OperatorError | None
    fleets: tuple[Fleet, ...]
    total: int | None
    rate_limits: dict[str, int]
    duration_ms: float
    tls_version: str = ""
    cipher: str = ""
    authorities: tuple[str, ...] = field(default=())

    @property
    def succeeded(self) -> bool:
        """Whether the list of fleets came, if only an empty one."""
        return self.verdict.code in SUCCESSES

    def to_dict(self) -> dict[str, object]:
        """Everything, as JSON can hold it."""
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
            "tls_version": self.tls_version,
            "cipher": self.cipher,
            "authorities": list(self.authorities),
        }


def examine(
    endpoint: Endpoint,
    credentials: Credentials,
    *,
    limits: Limits | None = None,
    watch: Callable[[Stage], None] | None = None,
) -> Examination:
    """Make the request once, within `limits`, and judge it; every failure of the other side ends in a verdict.

    `watch` is called as each stage ends. Contacts no address but `endpoint`'s, and follows no redirect.
    """
    limits = limits or Limits()
    started = time.perf_counter()
    wire = Wire(Deadline(limits.total), Stages(watch))
    reply: Reply | None = None
    operator: OperatorError | None = None
    try:
        reply = send(endpoint, credentials, wire, limits.body)
        verdict, operator = of_reply(reply, endpoint, credentials.login, wire)
    except (
        OSError,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.TimeoutException,
        httpcore2.ProxyError,
    ) as error:
        verdict = of_failure(error, endpoint, wire, limits.total)
        wire.stages.leave(ok=False)
    collection = read_fleets(reply) if reply and verdict.code in SUCCESSES else None
    return Examination(
        verdict=verdict,
        stages=tuple(wire.stages.passed),
        stage_reached=wire.stages.passed[-1].name,
        status=reply.status if reply else None,
        operator=operator,
        fleets=collection.fleets if collection else (),
        total=collection.total if collection else None,
        rate_limits=rate_limits(reply) if reply else {},
        duration_ms=(time.perf_counter() - started) * 1000,
        tls_version=wire.tls_version,
        cipher=wire.cipher,
        authorities=tuple(wire.log.authorities),
    )
