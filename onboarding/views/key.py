"""The key step: create a key and a request, or continue with a request that was generated elsewhere."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from onboarding.forms.base import as_paragraph
from onboarding.forms.key import ImportRequestForm, KeyForm, ReuseKeyForm
from onboarding.limits import CHECKS, PASSPHRASES
from onboarding.messages.finding import Finding
from onboarding.pki.errors import PkiError
from onboarding.views.access import (
    PartnerRequest,
    limit_reached,
    redirect_to_next,
    render_step,
    show_limit,
    step_page,
)
from onboarding.workflow import onboardings, requests
from onboarding.workflow.certificates import key_used_elsewhere
from onboarding.workflow.limits import LimitReachedError
from onboarding.workflow.next_step import Progress, Step


@step_page(Step.KEY)
@sensitive_variables("form", "passphrase")
def key_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the subject and the forms. POST creates a key and a CSR, uses the earlier key again, or imports a CSR."""
    if request.method == "POST" and progress.request is not None:
        return redirect_to_next(progress.onboarding)  # the form was sent twice
    if "csr_text" in request.POST:
        return _import_request(request, progress)
    if "reuse" in request.POST:
        return _reuse_key(request, progress)
    form = KeyForm(request.POST or None, onboarding=progress.onboarding)
    if request.method == "POST" and form.is_valid():
        passphrase, key_size = form.cleaned_data["passphrase"], form.cleaned_data["key_size"]
        try:
            requests.make_key(progress.onboarding, request.user, passphrase, key_size)
            return redirect_to_next(progress.onboarding)
        except LimitReachedError as error:
            show_limit(request, form, error, subject=progress.onboarding)
        except PkiError as failed:  # the keyring can't be read, or a key-management service does not respond
            form.add_finding(failed.finding, "passphrase")
    return _render_key_step(request, progress, form=form, key_form=form)


def _render_key_step(request: PartnerRequest, progress: Progress, **forms: Any) -> HttpResponse:
    """Show the page. The forms that are not in `forms` are shown empty; that for the earlier key only if it is here."""
    onboarding = progress.onboarding
    shown: dict[str, Any] = {
        "subject": onboardings.requested_subject(onboarding),
        "key_form": KeyForm(onboarding=onboarding),
        "import_form": ImportRequestForm(),
        "reuse_form": ReuseKeyForm(prefix="earlier"),
        "reusable": progress.request is None and requests.reusable_request(onboarding) is not None,
    }
    return render_step(request, Step.KEY, progress, **(shown | forms))


@sensitive_variables("form", "passphrase")
def _reuse_key(request: PartnerRequest, progress: Progress) -> HttpResponse:
    form = ReuseKeyForm(request.POST, prefix="earlier")
    subject = progress.onboarding
    if form.is_valid() and not limit_reached(request, form, PASSPHRASES, subject=subject, field="passphrase"):
        passphrase = form.cleaned_data["passphrase"]
        try:
            requests.reuse_key(progress.onboarding, request.user, passphrase)
            return redirect_to_next(progress.onboarding)
        except PkiError as error:
            form.add_finding(error.finding, "passphrase")
        except LimitReachedError as error:
            show_limit(request, form, error, subject=subject, field="passphrase")
    return _render_key_step(request, progress, form=form, reuse_form=form)


def _import_request(request: PartnerRequest, progress: Progress) -> HttpResponse:
    subject = onboardings.requested_subject(progress.onboarding)
    form = ImportRequestForm(request.POST, request.FILES, login=progress.onboarding.mzp_login, known=subject)
    limited = limit_reached(request, form, CHECKS, subject=progress.onboarding)
    if not limited and form.is_valid() and form.checked:
        imported = requests.import_request(progress.onboarding, request.user, form.checked)
        if key_used_elsewhere(progress.onboarding, imported.spki):
            messages.warning(request, as_paragraph(Finding("key_reused", found=_("another onboarding"))))
        return redirect_to_next(progress.onboarding)
    return _render_key_step(request, progress, form=form, import_form=form)
