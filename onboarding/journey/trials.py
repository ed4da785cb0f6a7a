"""The real request for the fleets, with the sealed key, and what came of it."""

import time
import uuid

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import counterpart
from onboarding.fleets.examination import Credentials, Endpoint, Examination, examine
from onboarding.fleets.tls import ClientIdentity
from onboarding.journey.requests import opened
from onboarding.journey.transitions import NotNowError, turn
from onboarding.models import FleetsTest, IssuedCertificate, Onboarding, Status, User

TWIN_PATIENCE = 20.0  # seconds that a form sent twice waits for the test that its twin started


@sensitive_variables("passphrase", "password", "key", "credentials")
def run_test(
    answer: IssuedCertificate, actor: User, pk: uuid.UUID, client_id: str, *, passphrase: str, password: str
) -> FleetsTest:
    """Make the request and keep its result; the id comes with the form, so a form sent twice makes one request.

    PkiError: the passphrase does not open the key, and nothing was sent.
    """
    onboarding = answer.request.onboarding
    key = opened(answer.request, passphrase)
    test = _begin(answer, actor, pk, client_id)
    if test is None:
        return _wait_for_twin(onboarding, pk)
    credentials = Credentials(
        identity=ClientIdentity(certificates=(answer.certificate, *answer.chain), key=key),
        anchors=tuple(answer.anchors),
        login=onboarding.mzp_login,
        password=password,
        client_id=client_id,
    )
    endpoint = Endpoint(counterpart(onboarding.environment).base_url, proxy=settings.FLEETS_PROXY or None)
    return _finish(test, actor, examine(endpoint, credentials))


def _begin(answer: IssuedCertificate, actor: User, pk: uuid.UUID, client_id: str) -> FleetsTest | None:
    """A new row for this test, or None where the same form has started it already."""
    with turn(answer.request.onboarding, actor) as now:
        if now.onboarding.status not in {Status.CERTIFIED, Status.CONNECTED}:
            raise NotNowError("test")
        try:
            with transaction.atomic():
                return FleetsTest.objects.create(
                    pk=pk, onboarding=now.onboarding, certificate=answer, client_id=client_id
                )
        except IntegrityError:
            return None


def _wait_for_twin(onboarding: Onboarding, pk: uuid.UUID) -> FleetsTest:
    deadline = time.monotonic() + TWIN_PATIENCE
    while True:
        test = FleetsTest.objects.filter(pk=pk, onboarding=onboarding).first()
        if test is None:
            raise NotNowError("this id is another onboarding's")
        if test.finished_at or time.monotonic() > deadline:
            return test
        time.sleep(0.1)


def _finish(test: FleetsTest, actor: User, examination: Examination) -> FleetsTest:
    with turn(test.onboarding, actor) as now:
        test.finished_at = timezone.now()
        test.verdict = examination.verdict.code
        test.result = examination.to_dict()
        test.save(update_fields=["finished_at", "verdict", "result"])
        now.record("test", test.verdict)
        if examination.succeeded and now.onboarding.status == Status.CERTIFIED:
            now.move("connect")
    return test
