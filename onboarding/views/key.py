"""The key step: create a key and a request, or continue with a request that was generated elsewhere."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from onboarding.forms.base import as_paragraph
from onboarding.forms.guessing import words_of_partner
from onboarding.forms.key import ImportRequestForm, KeyForm, passphrase_refusal
from onboarding.limits import CHECKS
from onboarding.messages.finding import Finding
from onboarding.pki.keys import KEY_SIZES
from onboarding.pki.passphrases import generate_passphrase
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


@never_cache
@step_page(Step.KEY)
@sensitive_variables("form", "passphrase")
def key_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the subject and both forms. POST creates the key and the CSR, or imports a CSR."""
    if request.method == "POST" and progress.request is not None:
        return redirect_to_next(progress.onboarding)  # the form was sent twice
    if "csr_text" in request.POST:
        return _import_request(request, progress)
    form = KeyForm(_typed(request), onboarding=progress.onboarding)
    if request.method == "POST" and form.is_valid():
        passphrase, key_size = form.cleaned_data["passphrase"], form.cleaned_data["key_size"]
        try:
            requests.make_key(progress.onboarding, request.user, passphrase, key_size)
            return redirect_to_next(progress.onboarding)
        except LimitReachedError as error:
            show_limit(request, form, error, subject=progress.onboarding)
    return _render_key_step(request, progress, form=form, key_form=form, import_form=ImportRequestForm())


@sensitive_variables()
def _typed(request: PartnerRequest) -> dict[str, Any] | None:
    """Return the form's data; the passphrase that the page offered counts as typed, with the usual size of key."""
    if request.method != "POST":
        return None
    typed = request.POST.dict()
    if "generated" in typed:
        typed |= {"passphrase": typed["generated"], "key_size": str(KEY_SIZES[0])}
    return typed


@sensitive_variables("context")
def _render_key_step(request: PartnerRequest, progress: Progress, **forms: Any) -> HttpResponse:
    subject = onboardings.requested_subject(progress.onboarding)
    context = {"subject": subject, **forms}
    if progress.request is None:
        context["generated_passphrase"] = _offered_passphrase(progress)  # only in this response, and stored nowhere
    return render_step(request, Step.KEY, progress, **context)


@sensitive_variables()
def _offered_passphrase(progress: Progress) -> str:
    """Return a generated passphrase that the form accepts, which nearly every one is."""
    known = words_of_partner(progress.onboarding)
    return next(made for made in iter(generate_passphrase, "") if passphrase_refusal(made, known) is None)


def _import_request(request: PartnerRequest, progress: Progress) -> HttpResponse:
    subject = onboardings.requested_subject(progress.onboarding)
    form = ImportRequestForm(request.POST, request.FILES, login=progress.onboarding.mzp_login, known=subject)
    limited = limit_reached(request, form, CHECKS, subject=progress.onboarding)
    if not limited and form.is_valid() and form.checked:
        imported = requests.import_request(progress.onboarding, request.user, form.checked)
        if key_used_elsewhere(progress.onboarding, imported.spki):
            messages.warning(request, as_paragraph(Finding("key_reused", found=_("another onboarding"))))
        return redirect_to_next(progress.onboarding)
    key_form = KeyForm(onboarding=progress.onboarding)
    return _render_key_step(request, progress, form=form, key_form=key_form, import_form=form)
