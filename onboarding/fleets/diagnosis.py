"""The connection test: send one real request for the fleets, and diagnose the result."""

import logging
import ssl
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import h11

from onboarding.fleets.classifying.circumstances import explain, network_remarks
from onboarding.fleets.classifying.clock import DATED, clock_remarks, judge_dates
from onboarding.fleets.classifying.environments import environment_remarks
from onboarding.fleets.classifying.error_bodies import GatewayError
from onboarding.fleets.classifying.failures import WITHHELD, classify_failure
from onboarding.fleets.classifying.fleet_pages import Fleet
from onboarding.fleets.classifying.preparation import UNTRIABLE, Preparation, prepare
from onboarding.fleets.classifying.remarks import remarks_after, remarks_before, without_repetition
from onboarding.fleets.classifying.response_headers import rate_limits, read_date
from onboarding.fleets.classifying.responses import SUCCESS_CODES, ClassifiedResponse, classify_response
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.handshake import TLS_1_2
from onboarding.fleets.connecting.request import (
    UNCHANGED,
    Credentials,
    Endpoint,
    NoResponseError,
    ProxyRefusedError,
    Response,
    Variation,
    send_request,
)
from onboarding.fleets.connecting.timing import (
    Cancellation,
    CancelledError,
    Deadline,
    Stage,
    StageName,
    Stages,
    current_stage,
    stage_label,
)
from onboarding.fleets.details import ConnectionDetails, connection_details, versions
from onboarding.fleets.experiments import VARIATIONS, AttemptResult, Experiment, current_experiment, run_experiments
from onboarding.fleets.redaction import Redaction
from onboarding.messages.verdict import Remark, Verdict
from onboarding.pki.validation.environments import KnownEnvironments

# The keys of earlier versions.
RENAMED_KEYS = {
    "evidence": "details",
    "controls": "experiments",
    "operator": "gateway_error",
    "examined_at": "tested_at",
}
RENAMED_DETAILS = {"asked_for_certificate": "certificate_requested", "clock_off_minutes": "clock_offset_minutes"}


@dataclass(frozen=True)
class Diagnosis:
    """The result of a connection test. Contains no key, password, passphrase or Authorization header."""

    verdict: Verdict
    stages: tuple[Stage, ...]
    stage_reached: StageName
    status: int | None
    gateway_error: GatewayError | None
    fleets: tuple[Fleet, ...]
    total: int | None
    rate_limits: dict[str, int]
    duration_ms: float
    address: str
    login: str
    client_id: str
    tested_at: datetime
    connected: bool = True  # whether anything was sent; False if the request was certain to fail
    remarks: tuple[Remark, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    details: ConnectionDetails = field(default_factory=ConnectionDetails)

    @property
    def succeeded(self) -> bool:
        """Whether the gateway returned the list of fleets, which may be empty."""
        return self.verdict.code in SUCCESS_CODES

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a dict for JSON, with the sentences in the current language.

        `current_result` reads the stored dict.
        """
        return {
            "succeeded": self.succeeded,
            "verdict": self.verdict.to_dict(),
            "stages": [stage.to_dict() for stage in self.stages],
            "stage_reached": self.stage_reached.value,
            "stage_reached_label": stage_label(self.stage_reached),
            "status": self.status,
            "gateway_error": self.gateway_error.to_dict() if self.gateway_error else None,
            "fleets": [asdict(fleet) for fleet in self.fleets],
            "total": self.total,
            "rate_limits": self.rate_limits,
            "duration_ms": round(self.duration_ms, 1),
            "address": self.address,
            "login": self.login,
            "client_id": self.client_id,
            "tested_at": f"{self.tested_at:%Y-%m-%dT%H:%M:%SZ}",
            "began_at": _utc_milliseconds(self.tested_at),
            "ended_at": _utc_milliseconds(self.tested_at + timedelta(milliseconds=self.duration_ms)),
            "connected": self.connected,
            "can_try_anyway": not self.connected,
            "password_withheld": self.verdict.code == WITHHELD,
            "remarks": [remark.to_dict() for remark in self.remarks],
            "experiments": [experiment.to_dict() for experiment in self.experiments],
            "details": self.details.to_dict(),
            "tls_version": self.details.tls_version,
            "cipher": self.details.cipher,
            "authorities": list(self.details.authorities),
            "versions": versions(),
        }


def _utc_milliseconds(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


logger = logging.getLogger(__name__)
CALLED_EXPIRED = "client_certificate_expired"
HANDSHAKE_SHARE = 0.6  # of the total time, for everything up to the end of the TLS handshake


@dataclass(frozen=True)
class Limits:
    """The limits of every test: `total` in seconds, including experiments; `body` in bytes.

    The wizard sets `total` to its setting TEST_SECONDS. The command uses the default here, unless --timeout is given.
    """

    total: float = 15.0
    body: int = 1024 * 1024


@dataclass(frozen=True)
class Background:
    """What the caller knows: `remarks` on how the credentials were read, and a function that returns the environments.

    The function is called only if the test fails.
    """

    remarks: Sequence[Remark] = ()
    environments: Callable[[], KnownEnvironments] = KnownEnvironments


def diagnose(
    endpoint: Endpoint,
    credentials: Credentials,
    *,
    limits: Limits | None = None,
    watch: Callable[[Stage], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    try_anyway: bool = False,
    now: datetime | None = None,
    background: Background | None = None,
) -> Diagnosis:
    """Send the request within `limits`, and return its diagnosis. Every failure of the other side results in a verdict.

    A request that is certain to fail is not sent, unless `try_anyway`. `watch` is called as each stage ends.
    `cancelled` is called five times a second, and ends the test at once when it returns True. `now` (UTC) is the
    time at which certificates are checked. `background` is what the caller knows.
    Contacts only `endpoint` or its proxy, and follows no redirect.
    """
    test = _ConnectionTest(endpoint, credentials, limits or Limits(), now or datetime.now(UTC), watch)
    test.background = background or Background()
    test.remarks += test.background.remarks
    with test.cancellation.polling(cancelled):
        try:
            return test.run(try_anyway=try_anyway)
        except Exception as error:  # noqa: BLE001  # the partner gets a verdict on every failure
            return test.diagnose_own_fault(error)


@dataclass
class _Attempt:
    """One connection, and its result."""

    connection: Connection
    classified: ClassifiedResponse
    now: datetime  # when the test began
    response: Response | None = None
    error: Exception | None = None

    @property
    def result(self) -> AttemptResult:
        """The part of the result that can be compared with another attempt."""
        handshake, gateway_error = self.connection.handshake, self.classified.gateway_error
        return AttemptResult(
            self.classified.verdict,
            self.response.status if self.response else None,
            gateway_error.message if gateway_error else "",
            handshake.is_server_verified,
            self.connection.certificate_accepted,
            handshake.version == TLS_1_2,
            self.response is not None or bool(handshake.alert),
            self.now,
            read_date(self.response.headers.get("date", "")) if self.response else None,
            next(iter(handshake.chain), None),
        )


class _ConnectionTest:
    """A connection test under way."""

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
        self.redaction = Redaction.of(credentials)
        self.stages = Stages(watch, self.redaction.text)
        self.remarks: list[Remark] = []
        self.background = Background()

    def run(self, *, try_anyway: bool) -> Diagnosis:
        """Prepare, send the request, run control experiments, and return the diagnosis."""
        self.stages.enter(StageName.PREPARATION)
        self.remarks += remarks_before(self.endpoint, self.credentials, self.now)
        preparation = prepare(self.endpoint, self.credentials, self.now)
        failure = preparation.blocking_failure(try_anyway=try_anyway)
        if failure:
            failure, experiments = self._judge_dates(failure, preparation)
            self.stages.leave(ok=False)
            attempt = _Attempt(Connection(self.deadline, self.stages), ClassifiedResponse(failure), self.now)
            return self._diagnosis(attempt, failure, experiments, connected=False)
        attempt = self._attempt(self.stages, UNCHANGED, preparation.context)
        # If the gateway refused, the response was read completely: only the stage of the status has failed.
        is_read = attempt.response is not None and self.stages.current != StageName.FLEETS
        self.stages.leave(ok=is_read or attempt.classified.page is not None)
        skipped = {"system_trust"} if self.credentials.anchors is None else set()  # that is what was used
        verdict, experiments = run_experiments(attempt.result, self._experiment, self._seconds_left, skipped)
        if verdict.code not in SUCCESS_CODES:
            self.remarks += environment_remarks(self.endpoint, self.credentials, self.background.environments())
        verdict = explain(verdict, self.endpoint, self.credentials, attempt.connection, self.remarks)
        return self._diagnosis(attempt, verdict, experiments, connected=True)

    def diagnose_own_fault(self, error: Exception) -> Diagnosis:
        """Return the diagnosis of a fault in this software. Omit the error's message, which could contain a secret."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        logger.error("A connection test failed because of an internal error: %s", reason)
        self.stages.leave(ok=False)
        verdict = Verdict("test_broke_off", {"reason": reason})
        attempt = _Attempt(Connection(self.deadline, self.stages), ClassifiedResponse(verdict), self.now)
        return self._diagnosis(attempt, verdict, (), connected=True)

    def _attempt(self, stages: Stages, variation: Variation, context: ssl.SSLContext | None = None) -> _Attempt:
        handshake_deadline = self.deadline.within(self.limits.total * HANDSHAKE_SHARE)
        connection = Connection(self.deadline, stages, handshake_deadline=handshake_deadline)
        credentials = self.credentials if variation.certificate else replace(self.credentials, identity=None)
        credentials = credentials if variation.client_id else replace(credentials, client_id="")
        try:
            context = context or variation.context(self.credentials)
            response = send_request(
                self.endpoint,
                credentials,
                context,
                connection,
                self.limits.body,
                basic=variation.basic,
            )
            if response.status == 200:
                stages.enter(StageName.FLEETS)
            classified = classify_response(response, self.endpoint, credentials, connection, self.now)
        except (
            OSError,
            CancelledError,
            NoResponseError,
            ProxyRefusedError,
            h11.ProtocolError,
        ) as error:
            verdict = classify_failure(
                error, self.endpoint, credentials, connection, seconds=self.limits.total, now=self.now
            )
            handshake = connection.handshake
            is_refused = handshake.alert and handshake.sent_certificate and not connection.certificate_accepted
            if is_refused and stages.current == StageName.REQUEST:
                stages.current = StageName.CLIENT_CERTIFICATE  # TLS 1.3 refuses it only after the handshake
            return _Attempt(connection, ClassifiedResponse(verdict), self.now, error=error)
        return _Attempt(connection, classified, self.now, response)

    def _judge_dates(self, failure: Verdict, preparation: Preparation) -> tuple[Verdict, tuple[Experiment, ...]]:
        """Return the verdict on a certificate that is out of date, after the gateway was asked for its time.

        These connections carry neither login, password nor client ID.
        """
        if failure.code not in DATED:
            return failure, ()
        experiments: list[Experiment] = []
        is_triable = not any(each.code in UNTRIABLE for each in preparation.failures)
        for name in ("date", "date_unverified") if is_triable else ():
            began = time.perf_counter()
            outcome = self._experiment(VARIATIONS[name])
            experiments.append(Experiment(name, outcome, (time.perf_counter() - began) * 1000))
            if outcome.date or outcome.verdict.code == CALLED_EXPIRED:
                break
        outcomes = [experiment.outcome for experiment in experiments]
        verdict = judge_dates(
            failure,
            self.credentials,
            self.endpoint.host,
            self.now,
            next((outcome.date for outcome in outcomes if outcome.date), None),
            next((outcome.server_certificate for outcome in outcomes if outcome.server_certificate), None),
            is_refused_as_expired=any(outcome.verdict.code == CALLED_EXPIRED for outcome in outcomes),
        )
        return verdict, tuple(experiments)

    def _experiment(self, variation: Variation) -> AttemptResult:
        stages = Stages()
        stages.enter(StageName.PREPARATION)
        return self._attempt(stages, variation).result

    def _seconds_left(self) -> float:
        try:
            return self.deadline.remaining()
        except (TimeoutError, CancelledError):
            return 0.0

    def _diagnosis(
        self, attempt: _Attempt, verdict: Verdict, experiments: tuple[Experiment, ...], *, connected: bool
    ) -> Diagnosis:
        connection, response, classified = attempt.connection, attempt.response, attempt.classified
        page, clock_offset = classified.page, classified.clock_offset
        stages, redaction = self.stages.ended, self.redaction
        after: list[Remark] = []
        if connected:
            after += remarks_after(self.endpoint, self.credentials, connection, page)
            after += clock_remarks(self.endpoint.host, clock_offset, connection.handshake.chain, self.now)
            after += network_remarks(verdict, self.endpoint)
        return Diagnosis(
            verdict=redaction.verdict(verdict),
            stages=tuple(stages),
            stage_reached=next((stage.name for stage in stages if not stage.ok), stages[-1].name),
            status=response.status if response else None,
            gateway_error=redaction.gateway_error(classified.gateway_error),
            fleets=tuple(redaction.fleet(fleet) for fleet in page.fleets) if page else (),
            total=page.total if page else None,
            rate_limits=rate_limits(response, self.now) if response else {},
            duration_ms=(time.perf_counter() - self.began) * 1000,
            address=f"{self.endpoint.shown_url.rstrip('/')}/fleets",
            login=self.credentials.login,
            client_id=self.credentials.client_id,
            tested_at=self.now,
            connected=connected,
            remarks=without_repetition(verdict, (*self.remarks, *after)),
            experiments=tuple(redaction.experiment(experiment) for experiment in experiments),
            details=connection_details(
                self.endpoint, connection, response, attempt.error, self.credentials, clock_offset, redaction.text
            ),
        )


def current_result(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored `Diagnosis.to_dict()` with the current keys, and with its sentences in the current language.

    Sentences that can't be rendered again, because an earlier version stored them without parameters, stay as stored.
    """
    result = _rename_keys(stored, RENAMED_KEYS)
    return result | {
        "verdict": Verdict.from_dict(result.get("verdict") or {}).to_dict(),
        "remarks": [Remark.from_dict(remark).to_dict() for remark in result.get("remarks", ())],
        "experiments": [current_experiment(experiment) for experiment in result.get("experiments", ())],
        "stages": [current_stage(stage) for stage in result.get("stages", ())],
        "stage_reached_label": stage_label(result.get("stage_reached", "")),
        "details": _rename_keys(result.get("details") or {}, RENAMED_DETAILS),
    }


def _rename_keys(stored: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in stored.items()}
