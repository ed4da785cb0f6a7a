"""Access control, redirects and rendering for the views of the steps, and the pages for refused requests."""

import sys
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from onboarding.authentication import missing_confirmation, redirect_to_confirmation
from onboarding.forms.base import StepForm
from onboarding.limits import Limit
from onboarding.models import AuditKind, Onboarding, Role, User
from onboarding.workflow.audit import record_audit
from onboarding.workflow.database import UNAVAILABLE
from onboarding.workflow.limits import LimitReachedError, consume, record_refusal, record_sign_in_limit
from onboarding.workflow.next_step import Progress, Step, progress_of, step_states
from onboarding.workflow.transitions import TransitionNotAllowedError


class PartnerRequest(HttpRequest):
    """A request whose user is signed in. `role` is their role in the onboarding of the address."""

    user: User
    role: Role


Page = Callable[..., HttpResponseBase]  # takes a PartnerRequest, a Progress, and the other parts of the address
View = Callable[..., HttpResponseBase]
DISCARDED_MAX, DISCARDED_CHUNK = 16 * 1024 * 1024, 64 * 1024  # bytes of a body that is too large
PATH_MAX = 200  # characters of a refused address that are recorded
RETRY_AFTER = 60  # seconds; all of allauth's limits that lead to this page count per minute
UNAVAILABLE_RETRY_AFTER = 10  # seconds


def owned_onboarding(*methods: str, needs: Role | None = None) -> Callable[[Page], View]:
    """Return a decorator for a page of an onboarding that the user may open; any other onboarding is a 404.

    `needs` is the role that the page needs. By default, a page that accepts POST needs a member, and others a reader.
    Somebody with a lesser role is redirected to the hub, which says so.

    The page gets the onboarding's `Progress`. The view redirects to the hub if the page requests a transition that the
    status does not allow, or if a page that accepts only POST is opened with GET. A limit that the page does not show
    beside its form is a 429.
    """

    needed = needs or (Role.MEMBER if "POST" in methods else Role.READER)

    def decorate(page: Page) -> View:
        @login_required
        @never_cache
        @sensitive_post_parameters()
        @wraps(page)
        def view(request: PartnerRequest, pk: uuid.UUID, **named: str) -> HttpResponseBase:
            found = find_own_onboarding(request.user, pk)
            if found is None:
                raise Http404
            onboarding, request.role = found
            if not request.role.includes(needed):
                return _refuse_role(request, onboarding, needed)
            if request.method not in methods:
                # Signing in again, or reloading by hand, turns a POST into a GET.
                return (
                    redirect("onboarding:hub", pk)
                    if request.method in {"GET", "HEAD"}
                    else HttpResponseNotAllowed(methods)
                )
            try:
                return page(request, progress_of(onboarding), **named)
            except LimitReachedError as error:
                return limit_page(request, error, onboarding)
            except TransitionNotAllowedError:
                messages.info(request, _("This was done already, or something has changed. Here is the current state."))
                return redirect("onboarding:hub", pk)

        return view

    return decorate


def find_own_onboarding(user: User, pk: uuid.UUID) -> tuple[Onboarding, Role] | None:
    """Return the onboarding and the role of `user` in it; None, with a record, if it is somebody else's."""
    onboarding = Onboarding.objects.filter(pk=pk).first()
    role = onboarding.role_of(user) if onboarding else None
    if onboarding is None or role is None:
        _record_foreign(onboarding)
        return None
    return onboarding, role


def _record_foreign(foreign: Onboarding | None) -> None:
    """Record that somebody asked for another account's onboarding; an id that does not exist is not recorded."""
    if foreign is not None:
        record_audit(AuditKind.REFUSED, subject=foreign, details={"reason": "another_account"})


def _refuse_role(request: PartnerRequest, onboarding: Onboarding, needed: Role) -> HttpResponseRedirect:
    """Redirect to the hub, which says who may do this. A form that was sent is recorded as refused."""
    if request.method == "POST":
        record_role_refusal(onboarding, needed)
    is_for_owner = needed == Role.OWNER
    messages.info(
        request, _("Only the owner can do this.") if is_for_owner else _("You can only read this onboarding.")
    )
    return redirect("onboarding:hub", onboarding.pk)


def record_role_refusal(onboarding: Onboarding, needed: Role) -> None:
    """Record that somebody with a lesser role than `needed` tried to change an onboarding."""
    record_audit(AuditKind.REFUSED, subject=onboarding, details={"reason": "role", "needs": needed.value})


def step_page(step: Step, *methods: str, needs: Role | None = None) -> Callable[[Page], View]:
    """Return a decorator for a page of `step`, which redirects to the next step if `step` can't be reached yet."""

    def decorate(page: Page) -> View:
        @owned_onboarding(*(methods or ("GET", "HEAD", "POST")), needs=needs)
        @wraps(page)
        def view(request: PartnerRequest, progress: Progress, **named: str) -> HttpResponseBase:
            if progress.closed:
                return redirect("onboarding:hub", progress.onboarding.pk)
            if not progress.reachable(step):
                return redirect_to_step(progress.onboarding, progress.next_step)
            return page(request, progress, **named)

        return view

    return decorate


def confirmed(back: str) -> Callable[[Page], View]:
    """Return a decorator for a page that asks the user to confirm the session first, if they did not do so recently.

    `back` is the URL name of the page to continue at. A form that was sent is not kept: it may contain a passphrase.
    """

    def decorate(page: Page) -> View:
        @wraps(page)
        def view(request: PartnerRequest, progress: Progress, **named: str) -> HttpResponseBase:
            if confirmation := missing_confirmation(request):
                then = reverse(f"onboarding:{back}", args=[progress.onboarding.pk])
                return redirect_to_confirmation(confirmation, then)
            return page(request, progress, **named)

        return view

    return decorate


def render_step(
    request: PartnerRequest, step: Step, progress: Progress | None, *, template: str = "", **context: Any
) -> HttpResponse:
    """Render the step's own template, or another page of the step; `progress` is None before the onboarding starts."""
    shared = {"step": step, "steps": step_states(progress), "progress": progress}
    return render(request, template or f"onboarding/{step.value}.html", shared | context)


def posted_value(request: PartnerRequest, name: str) -> str:
    """Return the value of a field without a form class; "" if the value has a NUL, which PostgreSQL does not accept."""
    value = request.POST.get(name, "")
    return "" if "\x00" in value else value


def limit_reached(
    request: PartnerRequest, form: StepForm, *limits: Limit, subject: Onboarding | None = None, field: str | None = None
) -> bool:
    """Count one use of each limit. If one is exceeded, show it in `form` as `show_limit` does, and return True."""
    try:
        consume(request.user, *limits)
    except LimitReachedError as error:
        show_limit(request, form, error, subject=subject, field=field)
        return True
    return False


def show_limit(
    request: PartnerRequest,
    form: StepForm,
    error: LimitReachedError,
    *,
    subject: Onboarding | None = None,
    field: str | None = None,
) -> None:
    """Record the refusal, and make it the only error of `form`, which keeps what was typed."""
    record_refusal(error, request.user, subject)
    form.refuse(error.text, field)


def limit_page(request: PartnerRequest, error: LimitReachedError, subject: Onboarding | None = None) -> HttpResponse:
    """Record the refusal, and return a page (429) that says when to try again."""
    record_refusal(error, request.user, subject)
    response = render(request, "429.html", {"sentences": error.sentences}, status=429)
    if error.seconds is not None:
        response["Retry-After"] = str(ceil(error.seconds))
    return response


def redirect_to_step(onboarding: Onboarding, step: Step) -> HttpResponseRedirect:
    """Redirect to a step's page."""
    return redirect(step.url_name, onboarding.pk)


def redirect_to_next(onboarding: Onboarding) -> HttpResponseRedirect:
    """Read the onboarding again, and redirect to its next step."""
    return redirect_to_step(onboarding, progress_of(Onboarding.objects.get(pk=onboarding.pk)).next_step)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request that can't be parsed (400) or exceeds a size limit (413)."""
    if isinstance(exception, RequestDataTooBig):
        discard_body(request)
        limits = {
            "files_mb": settings.FILE_UPLOAD_MAX_MEMORY_SIZE // 1024**2,
            "text_mb": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2,
        }
        return render(request, "413.html", limits, status=413)
    return render(request, "400.html", status=400)


def discard_body(request: HttpRequest) -> None:
    """Read what is left of a body, up to a limit. If it stays unread, a proxy can lose the response and show a 502."""
    left = DISCARDED_MAX
    with suppress(OSError):  # the client may be gone
        while left > 0 and (chunk := request.read(min(left, DISCARDED_CHUNK))):
            left -= len(chunk)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request that the account may not make (403), and record it."""
    record_audit(AuditKind.REFUSED, details={"reason": "forbidden", "path": request.path[:PATH_MAX]})
    return render(request, "403.html", status=403)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the page for a request that exceeds one of allauth's rate limits (429), and record it."""
    record_sign_in_limit()
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an unexpected error (500), or for a database that is unavailable (503).

    Django calls this while it handles the exception. The page is rendered without the request: its context needs the
    database, and no transaction was committed, so nothing is half done.
    """
    if not isinstance(sys.exception(), UNAVAILABLE):
        return HttpResponse(render_to_string("500.html"), status=500)
    headers = {"Retry-After": str(UNAVAILABLE_RETRY_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
