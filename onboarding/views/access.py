"""Who may open which page of an onboarding, and progress to go instead."""

import uuid
from collections.abc import Callable
from functools import wraps

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from onboarding.forms.base import StepForm
from onboarding.models import Onboarding, User
from onboarding.workflow.next_step import Progress, Step, progress_of
from onboarding.workflow.transitions import TransitionNotAllowedError


class PartnerRequest(HttpRequest):
    """A request whose user is signed in."""

    user: User


Page = Callable[..., HttpResponseBase]  # of a PartnerRequest, a Standing, and what else the address names
View = Callable[..., HttpResponseBase]
TOO_OFTEN = "That was tried very often in a short time. Wait ten minutes, then try again; nothing is lost."
MOVED_ON = "This was done already, or things have changed in the meantime. Here is progress it stands now."


def owned_onboarding(*methods: str) -> Callable[[Page], View]:
    """A page of the partner's own onboarding (another's is a 404); what can't be done now leads to the hub."""

    def decorate(page: Page) -> View:
        @login_required
        @never_cache
        @sensitive_post_parameters()
        @wraps(page)
        def view(request: PartnerRequest, pk: uuid.UUID, **named: str) -> HttpResponseBase:
            onboarding = get_object_or_404(Onboarding, pk=pk, owner=request.user)
            if request.method not in methods:
                # Whoever had to sign in anew, or reloads by hand, asks with GET for what takes only a POST.
                return (
                    redirect("onboarding:hub", pk)
                    if request.method in {"GET", "HEAD"}
                    else HttpResponseNotAllowed(methods)
                )
            try:
                return page(request, progress_of(onboarding), **named)
            except TransitionNotAllowedError:
                messages.info(request, MOVED_ON)
                return redirect("onboarding:hub", pk)

        return view

    return decorate


def step_page(step: Step, *methods: str) -> Callable[[Page], View]:
    """The page of a step; one that can't be reached yet redirects to the one that is next."""

    def decorate(page: Page) -> View:
        @owned_onboarding(*(methods or ("GET", "HEAD", "POST")))
        @wraps(page)
        def view(request: PartnerRequest, progress: Progress, **named: str) -> HttpResponseBase:
            if progress.closed:
                return redirect("onboarding:hub", progress.onboarding.pk)
            if not progress.reachable(step):
                return to_step(progress.onboarding, progress.next_step)
            return page(request, progress, **named)

        return view

    return decorate


def posted(request: PartnerRequest, name: str) -> str:
    """What a form without a form class names; nothing is named with a NUL, which PostgreSQL does not take."""
    value = request.POST.get(name, "")
    return "" if "\x00" in value else value


def tried_too_often(request: PartnerRequest, form: StepForm) -> bool:
    """Count one costly try with a passphrase; over the account's limit, say so in `form`."""
    if ratelimit.consume(request, action="passphrase", user=request.user):
        return False
    form.add_error("passphrase" if "passphrase" in form.fields else None, TOO_OFTEN)
    return True


def to_step(onboarding: Onboarding, step: Step) -> HttpResponseRedirect:
    """Go to a step's page."""
    return redirect(step.url_name, onboarding.pk)


def to_next(onboarding: Onboarding) -> HttpResponseRedirect:
    """Go to the step that is next now."""
    return to_step(onboarding, progress_of(Onboarding.objects.get(pk=onboarding.pk)).next_step)
