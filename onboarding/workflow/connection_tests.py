"""The verbs of connection tests: when one may run, what came of it, and how it is stopped."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import counterpart
from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.fleets.connecting.timing import Stage
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Diagnosis, Limits, diagnose
from onboarding.fleets.errors import FleetsError
from onboarding.models import Action, ConnectionTest, IssuedCertificate, Onboarding, Status, User
from onboarding.rehearsal_client import OfferedFault, OpenedFault, list_faults, open_fault
from onboarding.workflow.transitions import TransitionNotAllowedError, locked

TIMEOUT = 10.0  # seconds


def offered_faults(onboarding: Onboarding) -> tuple[OfferedFault, ...]:
    """The faults to try (FleetsError: they can't be had just now; NotNowError: this environment has none)."""
    return list_faults(*_fault_address(onboarding), timeout=TIMEOUT)


def open_faulty_gateway(onboarding: Onboarding, name: str) -> OpenedFault:
    """A gateway with the fault of that name (FleetsError, NotNowError); its address is the rehearsal's own word."""
    url, anchors = _fault_address(onboarding)
    return open_fault(url, name, anchors, timeout=TIMEOUT)


def _fault_address(onboarding: Onboarding) -> tuple[str, list[x509.Certificate]]:
    other = counterpart(onboarding.environment)
    if not (other.faults_url and other.signing_ca):
        raise TransitionNotAllowedError("this environment has no faults")
    try:
        return other.faults_url, x509.load_pem_x509_certificates(other.signing_ca.read_bytes())
    except (OSError, ValueError) as exc:
        raise FleetsError("faults_unreachable") from exc


TWIN_PATIENCE = 20.0  # seconds that a form sent twice waits for the test that its twin started

_at_once = threading.BoundedSemaphore(settings.TESTS_AT_ONCE)
_twins = threading.BoundedSemaphore(settings.TESTS_AT_ONCE)  # waiting, in nobody's place among those that run


class TooManyTestsError(Exception):
    """The test must wait: `reason` is "busy" (this server), "running" (this onboarding) or "hourly"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ConnectionTestOptions:
    """What a test is made with, less the secrets. The id comes with the form: a form sent twice makes one request.

    With a `fault`, the gateway that a rehearsal opened for it is asked, not the real one, and nothing is proved by it.
    """

    pk: uuid.UUID
    client_id: str
    try_anyway: bool = False
    fault: OpenedFault | None = None


@sensitive_variables("key", "password", "passphrase", "credentials")
def run_connection_test(
    answer: IssuedCertificate,
    actor: User,
    trial: ConnectionTestOptions,
    key: RSAPrivateKey,
    password: str,
    passphrase: str = "",
    watch: Callable[[Stage], None] | None = None,
) -> ConnectionTest:
    """Make the request and keep its result; `watch` is called as each stage ends.

    `passphrase` is only compared with the password, to notice a mix-up.

    NotNowError: there is no certificate to test. TooManyTestsError: it must wait. Ends within TEST_SECONDS.
    """
    onboarding = answer.request.onboarding
    if not _at_once.acquire(blocking=False):
        raise TooManyTestsError("busy")
    try:
        test = _begin(answer, actor, trial)
        if test:
            credentials = Credentials(
                identity=ClientIdentity(certificates=answer.presented, key=key),
                anchors=tuple(answer.anchors),
                login=onboarding.mzp_login,
                password=password,
                client_id=trial.client_id,
                passphrase=passphrase,
            )
            examination = diagnose(
                Endpoint(_base_url(onboarding, trial), proxy=settings.FLEETS_PROXY or None),
                credentials,
                limits=Limits(total=settings.TEST_SECONDS),
                watch=watch,
                cancelled=lambda: _is_cancelled(trial.pk),
                try_anyway=trial.try_anyway,
            )
            return _finish(test, actor, examination)
    finally:
        _at_once.release()
    return _wait_for_twin(onboarding, trial.pk)


def _base_url(onboarding: Onboarding, trial: ConnectionTestOptions) -> str:
    return trial.fault.base_url if trial.fault else counterpart(onboarding.environment).base_url


def _begin(answer: IssuedCertificate, actor: User, trial: ConnectionTestOptions) -> ConnectionTest | None:
    """A new row for this test, or None where the same form has started it already."""
    with locked(answer.request.onboarding, actor) as change:
        if change.onboarding.status not in {Status.CERTIFIED, Status.CONNECTED}:
            raise TransitionNotAllowedError("test")
        tests = change.onboarding.tests.exclude(pk=trial.pk)
        if any(test.running for test in tests.filter(finished_at=None)):
            raise TooManyTestsError("running")
        # A gateway that was opened to be tried locks nobody out.
        real = tests.filter(fault="", started_at__gt=timezone.now() - timedelta(hours=1))
        if not trial.fault and real.count() >= settings.TESTS_AN_HOUR:
            raise TooManyTestsError("hourly")
        try:
            with transaction.atomic():
                return ConnectionTest.objects.create(
                    pk=trial.pk,
                    onboarding=change.onboarding,
                    certificate=answer,
                    client_id=trial.client_id,
                    fault=trial.fault.name if trial.fault else "",
                )
        except IntegrityError:
            return None


def _wait_for_twin(onboarding: Onboarding, pk: uuid.UUID) -> ConnectionTest:
    if not _twins.acquire(blocking=False):
        raise TooManyTestsError("running")
    try:
        deadline = time.monotonic() + TWIN_PATIENCE
        while True:
            test = ConnectionTest.objects.filter(pk=pk, onboarding=onboarding).first()
            if test is None:
                raise TransitionNotAllowedError("this id is another onboarding's")
            if test.finished_at or time.monotonic() > deadline:
                return test
            time.sleep(0.1)
    finally:
        _twins.release()


def _is_cancelled(pk: uuid.UUID) -> bool:
    """Asked from a thread of the examination's own, which must not keep a connection to the database."""
    try:
        return ConnectionTest.objects.filter(pk=pk, cancelled_at__isnull=False).exists()
    finally:
        connection.close()


def _finish(test: ConnectionTest, actor: User, examination: Diagnosis) -> ConnectionTest:
    test.finished_at = timezone.now()
    test.verdict = examination.verdict.code
    test.result = examination.to_dict()
    try:
        return _record(test, actor, succeeded=examination.succeeded)
    except TransitionNotAllowedError:  # the onboarding ended while the test ran: its result is kept, and moves nothing
        test.save(update_fields=["finished_at", "verdict", "result"])
        return test


def _record(test: ConnectionTest, actor: User, *, succeeded: bool) -> ConnectionTest:
    with locked(test.onboarding, actor) as change:
        test.save(update_fields=["finished_at", "verdict", "result"])
        if test.fault:
            # Whatever came from there says nothing about the way to the real gateway, the fleets included.
            change.record(Action.TRY_FAULT, f"{test.fault}: {test.verdict}")
            return test
        change.record(Action.TEST, test.verdict)
        current = change.onboarding.request
        # A newer certificate may have come while the older one was tested: it has proved nothing yet.
        newest = current is not None and current.issued_certificate == test.certificate
        if succeeded and newest and change.onboarding.status == Status.CERTIFIED:
            change.move(Action.CONNECT)
    return test


def cancel_connection_test(onboarding: Onboarding, actor: User) -> None:
    """Have the test that is running stop; it is recorded as cancelled by itself, within a moment."""
    with locked(onboarding, actor) as change:
        if change.onboarding.tests.filter(finished_at=None, cancelled_at=None).update(cancelled_at=timezone.now()):
            change.record(Action.CANCEL_TEST)
