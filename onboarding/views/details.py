"""The login and company steps."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from onboarding.authentication import missing_confirmation, redirect_to_confirmation
from onboarding.forms.details import CompanyForm, LoginForm
from onboarding.forms.key import ImportRequestForm
from onboarding.models import SUBJECT_COLUMNS
from onboarding.notifications.drafts import login_draft
from onboarding.pki.subject import FIELDS_BY_NAME, Subject
from onboarding.views.access import PartnerRequest, redirect_to_next, render_step, show_limit, step_page
from onboarding.views.key import import_own_request
from onboarding.workflow import onboardings
from onboarding.workflow.limits import LimitReachedError
from onboarding.workflow.next_step import Progress, Step, other_onboardings


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PartnerRequest) -> HttpResponse:
    """Show the login step of a new onboarding; POST starts it."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        response = _start(request, form)
        if response is not None:
            return response
    return render_step(request, Step.LOGIN, None, form=form, draft=login_draft(settings.STELLANTIS_CONTACT))


def _start(request: PartnerRequest, form: LoginForm) -> HttpResponse | None:
    """Start an onboarding and return a redirect; None, with an error in `form`, if a limit is reached."""
    cleaned = form.cleaned_data
    try:
        onboarding = onboardings.start(
            request.user, cleaned["onboarding"], cleaned["mzp_login"], cleaned["environment"]
        )
    except PermissionError:
        raise Http404 from None
    except LimitReachedError as error:
        show_limit(request, form, error)
        return None
    if other_onboardings(onboarding, request.user).exists():
        text = _(
            "You have another onboarding for %(login)s. That is fine for a renewal or a second key. "
            "Each onboarding has its own certificate."
        )
        messages.info(request, text % {"login": onboarding.mzp_login})
    return redirect_to_next(onboarding)


@step_page(Step.LOGIN)
def login_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Change the login or the environment. Once there is a request, it must be replaced first.

    The environment can be changed only before the first request.
    """
    if progress.request is not None:
        messages.info(request, _("The login is part of the request. To change the login, create a new key first."))
        return redirect("onboarding:replace", progress.onboarding.pk)
    initial = {"mzp_login": progress.onboarding.mzp_login, "environment": progress.onboarding.environment}
    has_fixed_environment = onboardings.has_fixed_environment(progress.onboarding)
    form = LoginForm(request.POST or None, initial=initial, has_fixed_environment=has_fixed_environment)
    if request.method == "POST" and form.is_valid():
        onboardings.describe(progress.onboarding, request.user, {name: form.cleaned_data[name] for name in initial})
        return redirect_to_next(progress.onboarding)
    return render_step(request, Step.LOGIN, progress, form=form, draft=login_draft(settings.STELLANTIS_CONTACT))


@step_page(Step.COMPANY)
def company_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Enter the company's details, or upload a request that has them.

    Where there is a request, a change must be confirmed, because it replaces it. So must the session, as for `replace`.
    """
    onboarding = progress.onboarding
    initial = {name: getattr(onboarding, name) for name in SUBJECT_COLUMNS}
    initial["email"] = initial["email"] or request.user.email  # typed when the account was created
    requested = progress.request is not None
    confirmation = missing_confirmation(request) if requested else ""
    if request.method == "POST" and confirmation:
        return redirect_to_confirmation(confirmation, request.path)
    if "csr_text" in request.POST and not requested:
        import_form, response = import_own_request(request, progress)
        if response is not None:
            return response
        form = CompanyForm(None, initial=initial, onboarding=onboarding, requested=False)
        return _render_company_step(request, progress, form=import_form, company_form=form, import_form=import_form)
    form = CompanyForm(request.POST or None, initial=initial, onboarding=onboarding, requested=requested)
    if request.method == "POST" and form.is_valid():
        onboardings.describe(onboarding, request.user, form.subject_values)
        return redirect_to_next(onboarding)
    forms = {"form": form, "company_form": form, "import_form": ImportRequestForm()}
    return _render_company_step(request, progress, confirmation=confirmation, **forms)


def _render_company_step(request: PartnerRequest, progress: Progress, **context: Any) -> HttpResponse:
    common_name = FIELDS_BY_NAME["common_name"]
    return render_step(
        request, Step.COMPANY, progress, prescribed=Subject.prescribed(), common_name=common_name, **context
    )
