"""Run and cancel connection tests, list practice faults, and find the last result and the page to fix its cause."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.db import IntegrityError, connection
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import addresses_of
from onboarding.fleets.connecting.request import Credentials, Endpoint, environment_proxy
from onboarding.fleets.connecting.timing import Stage
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Background, Diagnosis, Limits, diagnose
from onboarding.limits import AN_HOUR, ONBOARDING_TESTS, TESTS_AT_ONCE, Scope
from onboarding.models import Action, ConnectionTest, IssuedCertificate, Onboarding, Status, User
from onboarding.models.connection_tests import duration_limit
from onboarding.notifications.notices import announce
from onboarding.pki.validation.environments import KnownEnvironments
from onboarding.rehearsal_client import OfferedFault, OpenedFault, RehearsalClientError, list_faults, open_fault
from onboarding.workflow.database import UNAVAILABLE, release_connection, retry_while_unavailable
from onboarding.workflow.known_environments import known_environments
from onboarding.workflow.limits import LimitReachedError, allowed_uses
from onboarding.workflow.transitions import TransitionNotAllowedError, locked

FAULTS_TIMEOUT = 10.0  # seconds for each operation on the connection to the practice server
RESULT_SECONDS = 60.0  # for which a result is tried to be stored, while the database restarts
POLL_INTERVAL = 0.1  # seconds between two looks at the result of the first test, if a form is sent twice


class FixAt(Enum):
    """The page where a partner can fix the cause of a failed test. The value is the URL name of the page."""

    CERTIFICATE = "certificate"
    NEW_KEY = "replace"

    @property
    def url_name(self) -> str:
        """The URL name, with its namespace."""
        return f"onboarding:{self.value}"

    @property
    def label(self) -> str | Promise:
        """The text of the link."""
        return FIX_LABELS[self]


FIX_LABELS = {
    FixAt.CERTIFICATE: _("Add a certificate or a client ID"),
    FixAt.NEW_KEY: _("Create a new key"),
}
# By the code of the verdict. The partner can't fix the cause of the other verdicts on this site.
FIX_AT: dict[str, FixAt] = dict.fromkeys(
    (
        "certificate_absent",
        "certificate_expired",
        "certificate_for_servers",
        "certificate_is_ca",
        "certificate_self_signed",
        "certificate_chain_weak",
        "ca_certificate_absent",
        "own_certificate_as_ca",
        "client_id_missing",
        "client_id_is_login",
        "client_id_not_clean",
        "client_id_unknown",
        "hidden_character",
        "server_ca_mismatch",
        "server_chain_incomplete",
        "server_certificate_expired",
        "client_chain_faulty",
        "client_chain_incomplete",
        "client_certificate_demanded",
        "client_certificate_revoked",
        "identity_refused",
    ),
    FixAt.CERTIFICATE,
) | dict.fromkeys(("key_not_of_certificate", "certificate_too_weak"), FixAt.NEW_KEY)


def last_test(onboarding: Onboarding, *, succeeded: bool = False, fault: str = "") -> ConnectionTest | None:
    """Return the newest finished test of the current request, at a gateway without a fault or at one with `fault`.

    With `succeeded`, return the newest test that succeeded. Unlike `Progress.last_test`, this includes tests of an
    earlier certificate for the same request.
    """
    tests = onboarding.tests.finished(fault).filter(certificate__request__replaced_at=None)
    return (tests.succeeded() if succeeded else tests).first()


def offered_faults(onboarding: Onboarding) -> tuple[OfferedFault, ...]:
    """Return the faults that can be tried.

    Raise RehearsalClientError if the list can't be read, and TransitionNotAllowedError if the environment of
    `onboarding` has no faults.
    """
    return list_faults(*_faults_address(onboarding), timeout=FAULTS_TIMEOUT)


def open_faulty_gateway(onboarding: Onboarding, name: str) -> OpenedFault:
    """Have the practice server open a gateway with the fault `name`. Raises the errors of `offered_faults`."""
    url, anchors = _faults_address(onboarding)
    return open_fault(url, name, anchors, timeout=FAULTS_TIMEOUT)


def _faults_address(onboarding: Onboarding) -> tuple[str, list[x509.Certificate]]:
    addresses = addresses_of(onboarding.environment)
    if not (addresses.faults_url and addresses.signing_ca):
        raise TransitionNotAllowedError("this environment has no faults")
    try:
        return addresses.faults_url, x509.load_pem_x509_certificates(addresses.signing_ca.read_bytes())
    except (OSError, ValueError) as exc:
        raise RehearsalClientError("faults_unreachable") from exc


WAITING_MAX = 8  # threads of this process that wait for the result of a form that was sent twice
_waiting_duplicates = threading.BoundedSemaphore(WAITING_MAX)
# The number of PostgreSQL's advisory lock. With it, tests begin one after the other, over all processes.
BEGIN_LOCK = 7_266_101


class TestRunningError(Exception):
    """Another test of the onboarding is running."""

    __test__ = False  # pytest would take the class for a test


@dataclass(frozen=True)
class ConnectionTestOptions:
    """The options of a test, without the secrets. The form contains `pk`, so a form that is sent twice makes one test.

    With a `fault`, the test uses the practice gateway with this fault, and does not change the onboarding.
    """

    pk: uuid.UUID
    client_id: str
    try_anyway: bool = False
    send_password_anyway: bool = False
    fault: OpenedFault | None = None


@sensitive_variables("key", "password", "passphrase", "credentials")
def run_connection_test(
    issued: IssuedCertificate,
    actor: User,
    options: ConnectionTestOptions,
    key: RSAPrivateKey,
    password: str,
    passphrase: str = "",
    watch: Callable[[Stage], None] | None = None,
) -> ConnectionTest:
    """Make the request for the fleets and store its result, within TEST_SECONDS; return the finished test.

    `watch` is called at the end of each stage. `passphrase` is only compared with `password`, to detect a mix-up.
    Raise TransitionNotAllowedError if the onboarding has no certificate to test, and TestRunningError or
    LimitReachedError if the test has to wait.
    """
    onboarding = issued.request.onboarding
    test = _begin(issued, actor, options)
    if test is None:
        return _wait_for_duplicate(onboarding, options.pk)
    credentials = Credentials(
        identity=ClientIdentity(certificates=issued.presented, key=key),
        anchors=tuple(issued.trusted_anchors),
        login=onboarding.mzp_login,
        password=password,
        client_id=options.client_id,
        passphrase=passphrase,
        send_password_anyway=options.send_password_anyway,
    )
    release_connection()
    diagnosis = diagnose(
        _endpoint(onboarding, options),
        credentials,
        limits=Limits(total=settings.TEST_SECONDS),
        watch=watch,
        cancelled=lambda: _is_cancelled(options.pk),
        try_anyway=options.try_anyway,
        background=Background(environments=lambda: _known_environments(onboarding)),
    )
    return retry_while_unavailable(lambda: _finish(test, actor, diagnosis), RESULT_SECONDS)


def _endpoint(onboarding: Onboarding, options: ConnectionTestOptions) -> Endpoint:
    base_url = options.fault.base_url if options.fault else addresses_of(onboarding.environment).base_url
    endpoint = Endpoint(base_url, proxy=settings.FLEETS_PROXY or None)
    return replace(endpoint, unused_proxy=environment_proxy(os.environ, endpoint.host))


def _begin(issued: IssuedCertificate, actor: User, options: ConnectionTestOptions) -> ConnectionTest | None:
    """Return a new row for this test; None if the same form has started it already."""
    try:
        with locked(issued.request.onboarding, actor) as change:
            if change.onboarding.status not in {Status.CERTIFIED, Status.CONNECTED}:
                raise TransitionNotAllowedError(Action.TEST)
            _check_limits(change.onboarding, options)
            return ConnectionTest.objects.create(
                pk=options.pk,
                onboarding=change.onboarding,
                certificate=issued,
                client_id=options.client_id,
                fault=options.fault.name if options.fault else "",
            )
    except IntegrityError:
        return None


def _check_limits(onboarding: Onboarding, options: ConnectionTestOptions) -> None:
    """Raise TestRunningError if a test of the onboarding is running, and LimitReachedError if there are too many tests.

    The tests that are running are counted over all processes: until this transaction ends, no other test can begin.
    The tests of a killed process count until their time is over.
    """
    if connection.vendor == "postgresql":  # SQLite has one writer at a time
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BEGIN_LOCK])
    now = timezone.now()
    hour_ago = now - AN_HOUR
    counted = Q(onboarding=onboarding, started_at__gt=hour_ago) | Q(
        finished_at=None, started_at__gt=now - duration_limit()
    )
    recent = ConnectionTest.objects.exclude(pk=options.pk).filter(counted)
    tests = list(recent.only("onboarding", "started_at", "finished_at", "fault").order_by())
    own = [test for test in tests if test.onboarding_id == onboarding.pk]
    if any(test.running for test in own):
        raise TestRunningError
    if sum(test.running for test in tests) >= allowed_uses(TESTS_AT_ONCE, Scope.SITE):
        raise LimitReachedError(TESTS_AT_ONCE, Scope.SITE, settings.TEST_SECONDS)
    # A gateway with a fault locks nobody out, so its tests don't count.
    at_gateway = sorted(test.started_at for test in own if test.fault == "" and test.started_at > hour_ago)
    allowed = allowed_uses(ONBOARDING_TESTS, Scope.ONBOARDING)
    if not options.fault and len(at_gateway) >= allowed:
        free_at = at_gateway[-allowed] + AN_HOUR
        raise LimitReachedError(ONBOARDING_TESTS, Scope.ONBOARDING, (free_at - now).total_seconds())


def _wait_for_duplicate(onboarding: Onboarding, pk: uuid.UUID) -> ConnectionTest:
    """Return the test that the same form has started, once it is finished or was interrupted."""
    if not _waiting_duplicates.acquire(blocking=False):
        raise TestRunningError
    try:
        while True:
            test = ConnectionTest.objects.filter(pk=pk, onboarding=onboarding).first()
            if test is None:
                raise TransitionNotAllowedError("this id belongs to another onboarding")
            if not test.running:
                return test
            time.sleep(POLL_INTERVAL)
    finally:
        _waiting_duplicates.release()


def _known_environments(onboarding: Onboarding) -> KnownEnvironments:
    """Return what is known about every environment; nothing while the database is unavailable."""
    try:
        return known_environments(onboarding)
    except UNAVAILABLE:
        return KnownEnvironments()
    finally:
        release_connection()


def _is_cancelled(pk: uuid.UUID) -> bool:
    """Return whether the test was cancelled; False while the database is unavailable.

    The diagnosis calls this function in its own thread, which must not keep a connection of the pool.
    """
    try:
        return ConnectionTest.objects.filter(pk=pk, cancelled_at__isnull=False).exists()
    except UNAVAILABLE:
        return False
    finally:
        connection.close()


def _finish(test: ConnectionTest, actor: User, diagnosis: Diagnosis) -> ConnectionTest:
    test.finished_at = timezone.now()
    test.verdict = diagnosis.verdict.code
    test.result = diagnosis.to_dict()
    try:
        return _record(test, actor, succeeded=diagnosis.succeeded)
    except TransitionNotAllowedError:  # the onboarding was closed during the test: store the result, record no action
        _store(test)
        return test


def _store(test: ConnectionTest) -> bool:
    """Store the result; return False if it is stored already."""
    result = {"finished_at": test.finished_at, "verdict": test.verdict, "result": test.result}
    return bool(ConnectionTest.objects.filter(pk=test.pk, finished_at=None).update(**result))


def _record(test: ConnectionTest, actor: User, *, succeeded: bool) -> ConnectionTest:
    with locked(test.onboarding, actor) as change:
        if not _store(test):  # the database restarted before it confirmed this transaction
            return test
        if test.fault:
            # A test at a gateway with a fault proves nothing about the connection.
            change.record(Action.TRY_FAULT, f"{test.fault}: {test.verdict}")
            return test
        change.record(Action.TEST, test.verdict)
        if succeeded and change.onboarding.status == Status.CERTIFIED:
            current = change.onboarding.request
            # A newer certificate may have been stored during the test, and the test proves nothing about it.
            if current is not None and current.issued_certificate == test.certificate:
                change.move(Action.CONNECT)
                announce(change, Action.CONNECT)
    return test


def cancel_connection_test(onboarding: Onboarding, actor: User) -> None:
    """Ask the running test to stop. It stores its own result as cancelled, within a moment."""
    with locked(onboarding, actor) as change:
        if change.onboarding.tests.filter(finished_at=None, cancelled_at=None).update(cancelled_at=timezone.now()):
            change.record(Action.CANCEL_TEST)
