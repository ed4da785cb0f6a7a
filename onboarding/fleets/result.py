"""What a test came to, as it is shown, stored and reported."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from onboarding.fleets.answer import Fleet, OperatorError
from onboarding.fleets.controls import Control
from onboarding.fleets.evidence import Evidence, versions
from onboarding.fleets.timing import Stage
from onboarding.fleets.verdicts import Remark, Verdict

SUCCESSES = {"connected", "no_fleets"}


@dataclass(frozen=True)
class Examination:
    """What a test came to. Holds no secret: no key, no password, no passphrase, no Authorization header."""

    verdict: Verdict
    stages: tuple[Stage, ...]
    stage_reached: str
    status: int | None
    operator: OperatorError | None
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
    controls: tuple[Control, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)

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
