"""The help pages, and the pages about the site itself: privacy, accessibility, legal notice. Anybody may read them."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from onboarding.environments import Environment, addresses_of
from onboarding.guide.commands import CommandValues, commands_of
from onboarding.guide.failures import failures as failures_by_code
from onboarding.guide.glossary import TERMS
from onboarding.guide.steps import STEP_HELP
from onboarding.models import SUBJECT_COLUMNS, Onboarding
from onboarding.pki.subject import SUBJECT_FIELDS
from onboarding.views.page_frame import has_site_pages
from onboarding.workflow.next_step import Step


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the list of the help pages."""
    return render(request, "help/index.html", {"steps": list(Step)})


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Show all terms; the fragment of the address names one."""
    return render(request, "help/glossary.html", {"terms": TERMS})


@require_safe
@never_cache
def step_help(request: HttpRequest, step: str) -> HttpResponse:
    """Show how a step is done here and without this site. `?onboarding=` names one whose values the commands have."""
    try:
        chosen = Step(step)
    except ValueError as error:
        raise Http404 from error
    onboarding = _named_onboarding(request)
    values = _values_of(onboarding) if onboarding else CommandValues(base_url=settings.FLEETS_API_URL)
    context = {
        "step": chosen,
        "steps": list(Step),
        "help": STEP_HELP[chosen],
        "commands": commands_of(chosen, values),
        "onboarding": onboarding,
    }
    return render(request, "help/step.html", context)


def _named_onboarding(request: HttpRequest) -> Onboarding | None:
    """Return the onboarding that the address names, if the user may read it."""
    try:
        pk = uuid.UUID(request.GET.get("onboarding", ""))
    except ValueError:
        return None
    onboarding = Onboarding.objects.filter(pk=pk).first() if request.user.is_authenticated else None
    return onboarding if onboarding and onboarding.role_of(request.user) else None  # type: ignore[arg-type]  # a User


def _values_of(onboarding: Onboarding) -> CommandValues:
    """Return the partner's own values; an example for each that is not known yet."""
    example = CommandValues()
    short_names = {field.name: field.short_name for field in SUBJECT_FIELDS}
    own = {short_names[name]: getattr(onboarding, name) for name in SUBJECT_COLUMNS}
    client_id = onboarding.client_ids.order_by("pk").first()
    return CommandValues(
        login=onboarding.mzp_login,
        attributes=example.attributes | {name: value for name, value in own.items() if value},
        client_id=client_id.value if client_id else example.client_id,
        base_url=addresses_of(Environment(onboarding.environment)).base_url or settings.FLEETS_API_URL,
    )


@require_safe
def failures(request: HttpRequest) -> HttpResponse:
    """Show every finding and verdict, each with a link to its page."""
    rows = [failure for found in failures_by_code().values() for failure in found]
    verdicts = [failure for failure in rows if failure.is_verdict]
    findings = [failure for failure in rows if not failure.is_verdict]
    return render(request, "help/failures.html", {"verdicts": verdicts, "findings": findings})


@require_safe
def failure(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a code means, who must act, and what to do."""
    found = failures_by_code().get(code)
    if not found:
        raise Http404
    return render(request, "help/failure.html", {"code": code, "found": found, "main": found[0]})


@require_safe
def site_page(request: HttpRequest, page: str) -> HttpResponse:
    """Show a page about the site. Without the names of who runs the site, there is no such page."""
    if not has_site_pages():
        raise Http404
    context = {
        "operator": settings.SITE_OPERATOR,
        "address": settings.SITE_ADDRESS,
        "privacy_url": settings.SITE_PRIVACY_URL,
        "draft_days": settings.RETENTION_DAYS_DRAFT,
        "closed_days": settings.RETENTION_DAYS_CLOSED,
    }
    return render(request, f"help/{page}.html", context)
