"""The test step: the real request, its stages as they happen, and faults to try."""

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
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import counterpart
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.report import report_json, report_text
from onboarding.forms.connection_test import ConnectionTestForm
from onboarding.models import ConnectionTest, Onboarding
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.key_files import open_key_file
from onboarding.rehearsal_client import OfferedFault
from onboarding.views.access import PartnerRequest, step_page, to_step, tried_too_often
from onboarding.views.steps import show
from onboarding.workflow import connection_tests, requests, transitions
from onboarding.workflow.downloads import WAYS, last_test
from onboarding.workflow.next_step import Progress, Step, step_states

NAME_SHOWN = 64  # characters of a name that does not exist


@step_page(Step.TEST, "GET", "HEAD")
def faults(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """The faults in their groups, each with a link to the test that meets it."""
    if not counterpart(progress.onboarding.environment).has_faults:
        raise Http404
    try:
        listed, problem = connection_tests.offered_faults(progress.onboarding), ""
    except FleetsError as error:
        listed, problem = (), error.text
    context = {"step": Step.TEST, "steps": step_states(progress), "progress": progress}
    return render(request, "onboarding/faults.html", {**context, "faults": listed, "problem": problem})


def named_fault(progress: Progress, name: str) -> OfferedFault | None:
    """The fault of that name; None for "" (FleetsError: there is none, or the rehearsal does not answer)."""
    if not name:
        return None
    if not counterpart(progress.onboarding.environment).has_faults:
        raise Http404
    for one in connection_tests.offered_faults(progress.onboarding):
        if one.name == name:
            return one
    raise FleetsError("fault_unknown", name[:NAME_SHOWN])


STREAM = "application/x-ndjson"  # what the page's script asks for
WAIT = {
    "busy": "Many tests are running just now. Wait a moment, then try again.",
    "running": "A test of this onboarding is running already. Wait until it has ended, or cancel it.",
    "hourly": f"An onboarding can be tested {settings.TESTS_AN_HOUR} times an hour, so as not to be locked out by the "
    "gateway. Try again later.",
}


@step_page(Step.TEST)
@sensitive_variables("form", "key")
def test(request: PartnerRequest, progress: Progress) -> HttpResponseBase:
    """Make the real request, or one to a gateway with a fault, and show what came of the last one."""
    if progress.issued_certificate is None:
        raise Http404
    try:
        fault = named_fault(progress, (request.POST if request.method == "POST" else request.GET).get("fault", ""))
    except FleetsError as error:
        messages.error(request, error.text)
        return to_step(progress.onboarding, Step.TEST)
    last = last_test(progress.onboarding, fault=fault.name if fault else "")
    form = _form(request, progress, last, fault)
    if request.method == "POST" and form.is_valid() and not tried_too_often(request, form):
        answer = _try(request, progress, form)
        if answer is not None:
            return answer
    return show(request, Step.TEST, progress, form=form, last=last, fault=fault, **_beside(progress, last))


def _beside(progress: Progress, last: ConnectionTest | None) -> dict[str, Any]:
    """What the page says beside the form and the last result."""
    newest = progress.onboarding.tests.first()
    way = WAYS.get(last.verdict) if last and not last.fault else None  # a fault is not mended on this side
    return {
        "way": _link(progress.onboarding, *way) if way else None,
        "running": newest if newest and newest.running else None,
        "interrupted": newest if newest and newest.interrupted else None,
        "test_seconds": settings.TEST_SECONDS,
        "has_faults": counterpart(progress.onboarding.environment).has_faults,
    }


def _link(onboarding: Onboarding, name: str, label: str) -> dict[str, str]:
    return {"href": reverse(f"onboarding:{name}", args=[onboarding.pk]), "label": label}


@sensitive_variables("form", "key")
def _try(request: PartnerRequest, progress: Progress, form: ConnectionTestForm) -> HttpResponseBase | None:
    """Open the key, and make the test with it; None progress that can't be done, which the form then says."""
    try:
        key = _key(progress, form)
    except PkiError as error:
        form.add_finding(error.finding, "passphrase" if isinstance(error, PassphraseError) else form.key_field)
        return None
    try:
        return _run(request, progress, form, key)
    except FleetsError as error:
        form.add_error(None, error.text)
        return None


def _form(
    request: PartnerRequest, progress: Progress, last: ConnectionTest | None, fault: OfferedFault | None
) -> ConnectionTestForm:
    return ConnectionTestForm(
        request.POST or None,
        request.FILES or None,
        client_ids=list(progress.onboarding.client_ids.all()),
        externally_generated=bool(progress.request and progress.request.externally_generated),
        offers_anyway=bool(last and last.result.get("can_try_anyway")),
        initial={"client_id": last.client_id if last else None, "fault": fault.name if fault else ""},
    )


@sensitive_variables()
def _key(progress: Progress, form: ConnectionTestForm) -> RSAPrivateKey:
    """The private key, for this request only (PkiError)."""
    if progress.request is None:
        raise Http404
    passphrase = form.cleaned_data["passphrase"]
    if progress.request.externally_generated:
        return open_key_file(form.cleaned_data["key_file"].read(), passphrase, progress.request.spki)
    return requests.open_private_key(progress.request, passphrase)


@sensitive_variables("form", "key", "run")
def _run(
    request: PartnerRequest, progress: Progress, form: ConnectionTestForm, key: RSAPrivateKey
) -> HttpResponseBase | None:
    """The test's outcome: a redirect, or its stages as they happen; None progress it must wait (said in the form).

    FleetsError: the rehearsal does not open the fault.
    """
    asked = form.cleaned_data
    fault = connection_tests.open_faulty_gateway(progress.onboarding, asked["fault"]) if asked["fault"] else None
    trial = connection_tests.ConnectionTestOptions(
        asked["test"], form.chosen_client_id(), try_anyway=asked["try_anyway"], fault=fault
    )
    if progress.issued_certificate is None:
        raise Http404
    run = partial(
        connection_tests.run_connection_test,
        progress.issued_certificate,
        request.user,
        trial,
        key,
        asked["password"],
        asked["passphrase"],
    )
    if STREAM in request.headers.get("Accept", ""):
        # Where the request came from is known to its context alone, and the test runs in a thread of its own.
        run = partial(copy_context().run, run)
        return StreamingHttpResponse(_stages(run, progress.onboarding), content_type=STREAM)
    try:
        made = run()
    except connection_tests.TooManyTestsError as error:
        form.add_error(None, WAIT[error.reason])
        return None
    return redirect(after(made))


def after(made: ConnectionTest) -> str:
    """Where a test leads: to the fleets, or back to what went wrong; one of a fault, back to what came of it."""
    if made.fault:
        return f"{reverse(Step.TEST.url_name, args=[made.onboarding_id])}?{urlencode({'fault': made.fault})}"
    step = Step.DONE if made.result.get("succeeded") else Step.TEST
    return reverse(step.url_name, args=[made.onboarding_id])


def _stages(run: partial[ConnectionTest], onboarding: Onboarding) -> Iterator[str]:
    """A line of JSON a stage, then one with where to go. The test goes on if nobody listens any more."""
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def work() -> None:
        try:
            made = run(watch=lambda stage: lines.put({"stage": asdict(stage)}))
            lines.put({"go": after(made)})
        except connection_tests.TooManyTestsError as error:
            lines.put({"wait": WAIT[error.reason]})
        except transitions.TransitionNotAllowedError:
            lines.put({"go": reverse("onboarding:hub", args=[onboarding.pk])})
        finally:
            lines.put(None)
            connection.close()

    threading.Thread(target=work, name="test", daemon=True).start()
    while (line := lines.get()) is not None:
        yield json.dumps(line) + "\n"


@step_page(Step.TEST, "POST")
def cancel_test(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Stop the test that is running."""
    connection_tests.cancel_connection_test(progress.onboarding, request.user)
    return to_step(progress.onboarding, Step.TEST)


@step_page(Step.TEST, "GET", "HEAD")
def report(request: PartnerRequest, progress: Progress, kind: str) -> HttpResponse:
    """The last test for the operator's support, as text or JSON; it holds no secret. `?fault=` is that of a fault."""
    fault = request.GET.get("fault", "")
    last = last_test(progress.onboarding, fault=fault) if fault.isprintable() else None
    if last is None:
        raise Http404
    if kind == "json":
        return HttpResponse(report_json(last.result), content_type="application/json")
    return HttpResponse(report_text(last.result), content_type="text/plain; charset=utf-8")
