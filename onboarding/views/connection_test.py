"""The test step: run a connection test, stream its stages to the page, and try the faults of a rehearsal."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
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
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from onboarding.environments import addresses_of, practice_password
from onboarding.fleets.connecting.timing import StageName, stage_label
from onboarding.fleets.report import report_json, report_text
from onboarding.forms.connection_test import ConnectionTestForm
from onboarding.guide.failures import help_address
from onboarding.limits import PASSPHRASES, TESTS
from onboarding.models import ConnectionTest, Onboarding, Role
from onboarding.notifications.drafts import operator_language
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.key_files import open_key_file
from onboarding.rehearsal_client import OfferedFault, RehearsalClientError
from onboarding.views.access import (
    PartnerRequest,
    limit_reached,
    redirect_to_step,
    render_step,
    show_limit,
    step_page,
)
from onboarding.workflow import connection_tests, requests, transitions
from onboarding.workflow.certificates import confirm_cas
from onboarding.workflow.connection_tests import FIX_AT, FixAt, last_test
from onboarding.workflow.limits import LimitReachedError, record_refusal
from onboarding.workflow.next_step import Progress, Step

FAULT_NAME_MAX = 64  # characters shown of a fault's name that does not exist
STREAM = "application/x-ndjson"  # what the page's script accepts


@step_page(Step.TEST)
@sensitive_variables("form", "key")
def test_step(request: PartnerRequest, progress: Progress) -> HttpResponseBase:
    """Show the form and the last result. POST tests the gateway, or a practice gateway with a fault."""
    if progress.issued_certificate is None:
        raise Http404
    name = (request.POST if request.method == "POST" else request.GET).get("fault", "")
    try:
        fault = _offered_fault(progress, name)
    except RehearsalClientError as error:
        messages.error(request, error.text)
        return redirect_to_step(progress.onboarding, Step.TEST)
    last = last_test(progress.onboarding, fault=fault.name if fault else "")
    form = _form(request, progress, fault, last)
    subject = progress.onboarding
    if (
        request.method == "POST"
        and form.is_valid()
        and not limit_reached(request, form, PASSPHRASES, TESTS, subject=subject, field="passphrase")
    ):
        response = _run_with_key(request, progress, form)
        if response is not None:
            return response
    if last:
        form.continue_from(last)
    return render_step(
        request, Step.TEST, progress, form=form, last_test=last, fault=fault, **_page_context(progress, last)
    )


def _offered_fault(progress: Progress, name: str) -> OfferedFault | None:
    """Return the fault called `name`; None for "".

    Raise RehearsalClientError if there is no such fault, or if the rehearsal does not respond.
    """
    if not name:
        return None
    if not addresses_of(progress.onboarding.environment).has_faults:
        raise Http404
    for fault in connection_tests.offered_faults(progress.onboarding):
        if fault.name == name:
            return fault
    raise RehearsalClientError("fault_unknown", name[:FAULT_NAME_MAX])


def _form(
    request: PartnerRequest, progress: Progress, fault: OfferedFault | None, last: ConnectionTest | None
) -> ConnectionTestForm:
    issued = progress.issued_certificate
    # A practice gateway with a fault has a CA that the settings name.
    unconfirmed = issued.unconfirmed_cas if issued and not fault else []
    onboarding = progress.onboarding
    return ConnectionTestForm(
        request.POST or None,
        request.FILES or None,
        client_ids=progress.client_ids,
        externally_generated=bool(progress.request and progress.request.externally_generated),
        unconfirmed_cas=unconfirmed,
        has_trusted_ca=bool(issued and issued.trusted_anchors),
        password_withheld=bool(last and last.result.get("password_withheld")),
        initial={"fault": fault.name if fault else ""},
        filled_password=practice_password(onboarding.environment, onboarding.mzp_login) if fault else "",
    )


def _page_context(progress: Progress, last: ConnectionTest | None) -> dict[str, Any]:
    """Return the context of the page, without the form and the last result."""
    newest = progress.onboarding.tests.first()
    fix_at = FIX_AT.get(last.verdict) if last and not last.fault else None  # the partner can't fix a practice fault
    return {
        "fix_link": _fix_link(progress.onboarding, fix_at) if fix_at else None,
        "running_test": newest if newest and newest.running else None,
        "interrupted_test": newest if newest and newest.interrupted else None,
        "test_seconds": settings.TEST_SECONDS,
        "stages": _stage_labels(),
        "practice_password": practice_password(progress.onboarding.environment, progress.onboarding.mzp_login),
        "has_faults": addresses_of(progress.onboarding.environment).has_faults,
    }


def _stage_labels() -> list[tuple[str, str]]:
    """Return the name and the label of each stage, in order; that of a proxy only where there is one."""
    names = [name for name in StageName if name != StageName.PROXY or settings.FLEETS_PROXY]
    return [(name.value, stage_label(name)) for name in names]


def _fix_link(onboarding: Onboarding, fix_at: FixAt) -> dict[str, Any]:
    return {"href": reverse(fix_at.url_name, args=[onboarding.pk]), "label": fix_at.label}


@sensitive_variables("form", "key")
def _run_with_key(request: PartnerRequest, progress: Progress, form: ConnectionTestForm) -> HttpResponseBase | None:
    """Open the key and run the test. If either is not possible, add an error to `form` and return None."""
    try:
        key = _private_key(request, progress, form)
    except LimitReachedError as error:
        show_limit(request, form, error, subject=progress.onboarding, field="passphrase")
        return None
    except PkiError as error:
        form.add_finding(error.finding, "passphrase" if isinstance(error, PassphraseError) else form.key_field)
        return None
    try:
        return _run(request, progress, form, key)
    except RehearsalClientError as error:
        form.add_error(None, error.text)
        return None


@sensitive_variables()
def _private_key(request: PartnerRequest, progress: Progress, form: ConnectionTestForm) -> RSAPrivateKey:
    """Return the private key, which is only used during this request. Raise PkiError if it can't be opened."""
    if progress.request is None:
        raise Http404
    passphrase = form.cleaned_data["passphrase"]
    if progress.request.externally_generated:
        return open_key_file(form.cleaned_data["key_file"].read(), passphrase, progress.request.spki)
    return requests.open_private_key(progress.request, request.user, passphrase)


@sensitive_variables("form", "key", "run")
def _run(
    request: PartnerRequest, progress: Progress, form: ConnectionTestForm, key: RSAPrivateKey
) -> HttpResponseBase | None:
    """Run the test. Return a redirect, or a stream of its stages; None, with an error in `form`, if it must wait.

    Raise RehearsalClientError if the rehearsal can't open a gateway with the fault.
    """
    cleaned = form.cleaned_data
    fault = connection_tests.open_faulty_gateway(progress.onboarding, cleaned["fault"]) if cleaned["fault"] else None
    options = connection_tests.ConnectionTestOptions(
        cleaned["test"],
        form.chosen_client_id(),
        try_anyway=cleaned["try_anyway"],
        send_password_anyway=cleaned.get("send_password_anyway", False),
        fault=fault,
    )
    if progress.issued_certificate is None:
        raise Http404
    if cleaned.get("trusted"):
        confirm_cas(progress.issued_certificate, request.user, cleaned["trusted"])
    run = partial(
        connection_tests.run_connection_test,
        progress.issued_certificate,
        request.user,
        options,
        key,
        cleaned["password"],
        cleaned["passphrase"],
    )
    if STREAM in request.headers.get("Accept", ""):
        # The test runs in another thread, and needs the client's address from this thread's context.
        context = copy_context()
        record = partial(record_refusal, actor=request.user, subject=progress.onboarding)
        stages = _stages(partial(context.run, run), partial(context.run, record), progress.onboarding)
        # nginx would keep the lines back until the test has ended.
        return StreamingHttpResponse(stages, content_type=STREAM, headers={"X-Accel-Buffering": "no"})
    try:
        finished = run()
    except connection_tests.TestRunningError:
        form.add_error(None, _already_running())
        return None
    except LimitReachedError as error:
        show_limit(request, form, error, subject=progress.onboarding)
        return None
    return redirect(_result_url(finished))


def _already_running() -> str:
    return _("A test of this onboarding is running already. Wait until it has ended, or cancel it.")


def _result_url(test: ConnectionTest) -> str:
    """Return the URL of the result: the fleets after a success, else the test step, with the fault if there is one."""
    if test.fault:
        return f"{reverse(Step.TEST.url_name, args=[test.onboarding_id])}?{urlencode({'fault': test.fault})}"
    step = Step.DONE if test.result.get("succeeded") else Step.TEST
    return reverse(step.url_name, args=[test.onboarding_id])


def _stages(
    run: partial[ConnectionTest], record: Callable[[LimitReachedError], None], onboarding: Onboarding
) -> Iterator[str]:
    """Yield lines of JSON: {"stage": …} for each stage, then {"go": url}, or {"wait": message} if it must wait.

    A stream that ends without one of the last two was interrupted. The test continues if the browser stops reading.
    """
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def work() -> None:
        try:
            finished = run(watch=lambda stage: lines.put({"stage": stage.to_dict()}))
            lines.put({"go": _result_url(finished)})
        except connection_tests.TestRunningError:
            lines.put({"wait": _already_running()})
        except LimitReachedError as error:
            record(error)
            lines.put({"wait": error.text})
        except transitions.TransitionNotAllowedError:
            lines.put({"go": reverse("onboarding:hub", args=[onboarding.pk])})
        finally:
            lines.put(None)
            connection.close()

    # The sentences for the page are in the language of this thread.
    threading.Thread(target=copy_context().run, args=(work,), name="test", daemon=True).start()
    while (line := lines.get()) is not None:
        yield json.dumps(line) + "\n"


@step_page(Step.TEST, "POST")
def cancel_test(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Cancel the test that is running."""
    connection_tests.cancel_connection_test(progress.onboarding, request.user)
    return redirect_to_step(progress.onboarding, Step.TEST)


@step_page(Step.TEST, "GET", "HEAD", needs=Role.MEMBER)
def faults(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """List the faults of the rehearsal by group, each with a link to a test with this fault."""
    if not addresses_of(progress.onboarding.environment).has_faults:
        raise Http404
    try:
        offered, problem = connection_tests.offered_faults(progress.onboarding), ""
    except RehearsalClientError as error:
        offered, problem = (), error.text
    return render_step(request, Step.TEST, progress, template="onboarding/faults.html", faults=offered, problem=problem)


@step_page(Step.TEST, "GET", "HEAD")
def report(request: PartnerRequest, progress: Progress, kind: str) -> HttpResponse:
    """Download the last test's report for Stellantis' support, as text or JSON. Contains no secret.

    With `?fault=`, the report is about the last test with this fault.
    """
    fault = request.GET.get("fault", "")
    last = last_test(progress.onboarding, fault=fault) if fault.isprintable() else None
    if last is None:
        raise Http404
    with operator_language():
        if kind == "json":
            return HttpResponse(report_json(last.result), content_type="application/json")
        address = help_address(last.verdict)
        help_url = settings.SITE_URL + address if address else ""
        return HttpResponse(report_text(last.result, help_url=help_url), content_type="text/plain; charset=utf-8")
