"""The test step: the real request, its stages as they happen, and how it is stopped."""

import json
import queue
import threading
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from onboarding import journey
from onboarding.environments import counterpart
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.faults import OfferedFault
from onboarding.fleets.report import report_json, report_text
from onboarding.forms.trials import FleetsTestForm
from onboarding.models import FleetsTest, Onboarding
from onboarding.pki.errors import PkiError
from onboarding.pki.key_files import open_key_file
from onboarding.results import WAYS, last_test
from onboarding.steps import Standing, Step
from onboarding.views.access import PartnerRequest, step_page, to_step, tried_too_often
from onboarding.views.faults import named_fault
from onboarding.views.steps import show

STREAM = "application/x-ndjson"  # what the page's script asks for
WAIT = {
    "busy": "Many tests are running just now. Wait a moment, then try again.",
    "running": "A test of this onboarding is running already. Wait until it has ended, or cancel it.",
    "hourly": f"An onboarding can be tested {settings.TESTS_AN_HOUR} times an hour, so as not to be locked out by the "
    "gateway. Try again later.",
}


@step_page(Step.TEST)
@sensitive_variables("form", "key")
def test(request: PartnerRequest, where: Standing) -> HttpResponseBase:
    """Make the real request, or one to a gateway with a fault, and show what came of the last one."""
    if where.answer is None:
        raise Http404
    try:
        fault = named_fault(where, (request.POST if request.method == "POST" else request.GET).get("fault", ""))
    except FleetsError as error:
        messages.error(request, error.text)
        return to_step(where.onboarding, Step.TEST)
    last = last_test(where.onboarding, fault=fault.name if fault else "")
    form = _form(request, where, last, fault)
    if request.method == "POST" and form.is_valid() and not tried_too_often(request, form):
        answer = _try(request, where, form)
        if answer is not None:
            return answer
    return show(request, Step.TEST, where, form=form, last=last, fault=fault, **_beside(where, last))


def _beside(where: Standing, last: FleetsTest | None) -> dict[str, Any]:
    """What the page says beside the form and the last result."""
    newest = where.onboarding.tests.first()
    way = WAYS.get(last.verdict) if last and not last.fault else None  # a fault is not mended on this side
    return {
        "way": {"href": reverse(way[0], args=[where.onboarding.pk]), "label": way[1]} if way else None,
        "running": newest if newest and newest.running else None,
        "interrupted": newest if newest and newest.interrupted else None,
        "test_seconds": settings.TEST_SECONDS,
        "has_faults": counterpart(where.onboarding.environment).has_faults,
    }


@sensitive_variables("form", "key")
def _try(request: PartnerRequest, where: Standing, form: FleetsTestForm) -> HttpResponseBase | None:
    """Open the key, and make the test with it; None where that can't be done, which the form then says."""
    try:
        key = _key(where, form)
    except PkiError as error:
        form.add_finding(error.finding, "passphrase" if error.code.startswith("passphrase") else form.key_field)
        return None
    try:
        return _run(request, where, form, key)
    except FleetsError as error:
        form.add_error(None, error.text)
        return None


def _form(
    request: PartnerRequest, where: Standing, last: FleetsTest | None, fault: OfferedFault | None
) -> FleetsTestForm:
    return FleetsTestForm(
        request.POST or None,
        request.FILES or None,
        client_ids=list(where.onboarding.client_ids.all()),
        brought=bool(where.request and where.request.brought),
        offers_anyway=bool(last and last.result.get("can_try_anyway")),
        initial={"client_id": last.client_id if last else None, "fault": fault.name if fault else ""},
    )


@sensitive_variables()
def _key(where: Standing, form: FleetsTestForm) -> RSAPrivateKey:
    """The private key, for this request only (PkiError)."""
    if where.request is None:
        raise Http404
    passphrase = form.cleaned_data["passphrase"]
    if where.request.brought:
        return open_key_file(form.cleaned_data["key_file"].read(), passphrase, where.request.spki)
    return journey.opened(where.request, passphrase)


@sensitive_variables("form", "key", "run")
def _run(request: PartnerRequest, where: Standing, form: FleetsTestForm, key: RSAPrivateKey) -> HttpResponseBase | None:
    """The test's outcome: a redirect, or its stages as they happen; None where it must wait (said in the form).

    FleetsError: the rehearsal does not open the fault.
    """
    asked = form.cleaned_data
    fault = journey.opened_fault(where.onboarding, asked["fault"]) if asked["fault"] else None
    trial = journey.Trial(asked["test"], form.chosen_client_id(), try_anyway=asked["try_anyway"], fault=fault)
    if where.answer is None:
        raise Http404
    run = partial(journey.run_test, where.answer, request.user, trial, key, asked["password"], asked["passphrase"])
    if STREAM in request.headers.get("Accept", ""):
        # Where the request came from is known to its context alone, and the test runs in a thread of its own.
        run = partial(copy_context().run, run)
        return StreamingHttpResponse(_stages(run, where.onboarding), content_type=STREAM)
    try:
        made = run()
    except journey.TooManyTestsError as error:
        form.add_error(None, WAIT[error.reason])
        return None
    return redirect(after(made))


def after(made: FleetsTest) -> str:
    """Where a test leads: to the fleets, or back to what went wrong; one of a fault, back to what came of it."""
    if made.fault:
        return f"{reverse(Step.TEST.value, args=[made.onboarding_id])}?{urlencode({'fault': made.fault})}"
    step = Step.DONE if made.result.get("succeeded") else Step.TEST
    return reverse(step.value, args=[made.onboarding_id])


def _stages(run: partial[FleetsTest], onboarding: Onboarding) -> Iterator[str]:
    """A line of JSON a stage, then one with where to go. The test goes on in its thread if nobody listens any more."""
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def work() -> None:
        try:
            made = run(watch=lambda stage: lines.put({"stage": asdict(stage)}))
            lines.put({"go": after(made)})
        except journey.TooManyTestsError as error:
            lines.put({"wait": WAIT[error.reason]})
        except journey.NotNowError:
            lines.put({"go": reverse("hub", args=[onboarding.pk])})
        finally:
            lines.put(None)
            connection.close()

    threading.Thread(target=work, name="test", daemon=True).start()
    while (line := lines.get()) is not None:
        yield json.dumps(line) + "\n"


@step_page(Step.TEST, "POST")
def cancel_test(request: PartnerRequest, where: Standing) -> HttpResponse:
    """Stop the test that is running."""
    journey.cancel_test(where.onboarding, request.user)
    return to_step(where.onboarding, Step.TEST)


@step_page(Step.TEST, "GET", "HEAD")
def report(request: PartnerRequest, where: Standing, kind: str) -> HttpResponse:
    """The last test for the operator's support, as text or JSON; it holds no secret. `?fault=` is that of a fault."""
    fault = request.GET.get("fault", "")
    last = last_test(where.onboarding, fault=fault) if fault.isprintable() else None
    if last is None:
        raise Http404
    if kind == "json":
        return HttpResponse(report_json(last.result), content_type="application/json")
    return HttpResponse(report_text(last.result), content_type="text/plain; charset=utf-8")
