"""The key step: check the details, then create a key and a request, or continue with a request made elsewhere."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from onboarding.forms.base import as_paragraph
from onboarding.forms.guessing import words_of_partner
from onboarding.forms.key import ImportRequestForm, KeyForm, ReuseKeyForm, passphrase_refusal
from onboarding.limits import CHECKS, PASSPHRASES
from onboarding.messages.finding import Finding
from onboarding.pki.errors import PkiError
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


@step_page(Step.KEY)
def key_step(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show what the request will contain, or the key. POST creates the key, uses the earlier one, or imports a CSR."""
    if request.method != "POST":
        return _render_key_step(request, progress, form=None)
    if progress.request is None and "csr_text" in request.POST:
        form, response = import_own_request(request, progress)
        return response or _render_key_step(request, progress, form=form, import_form=form)
    if progress.request is None and "reuse" in request.POST:
        return _reuse_key(request, progress)
    return _make_key(request, progress)


@never_cache
@step_page(Step.KEY)
def passphrase(request: PartnerRequest, progress: Progress) -> HttpResponse:
    """Show the form for the passphrase of a new key. POST creates the key and the CSR."""
    return _make_key(request, progress)


@sensitive_variables("form", "passphrase", "context")
def _make_key(request: PartnerRequest, progress: Progress) -> HttpResponse:
    if progress.request is not None:
        return redirect_to_next(progress.onboarding)  # the form was sent twice
    form = KeyForm(_typed(request), onboarding=progress.onboarding)
    if request.method == "POST" and form.is_valid():
        passphrase, key_size = form.cleaned_data["passphrase"], form.cleaned_data["key_size"]
        try:
            requests.make_key(progress.onboarding, request.user, passphrase, key_size)
            return redirect_to_next(progress.onboarding)
        except LimitReachedError as error:
            show_limit(request, form, error, subject=progress.onboarding)
        except PkiError as failed:  # the keyring can't be read, or a key-management service does not respond
            form.add_finding(failed.finding, "passphrase")
    # The offer is only in this response, and stored nowhere.
    context = {"form": form, "generated_passphrase": _offered_passphrase(progress)}
    return render_step(request, Step.KEY, progress, template="onboarding/passphrase.html", **context)


@sensitive_variables()
def _typed(request: PartnerRequest) -> dict[str, Any] | None:
    """Return the form's data; the passphrase that the page offered counts as typed, with the usual size of key."""
    if request.method != "POST":
        return None
    typed = request.POST.dict()
    if "generated" in typed:
        typed |= {"passphrase": typed["generated"], "key_size": str(KEY_SIZES[0])}
    return typed


def _render_key_step(request: PartnerRequest, progress: Progress, **forms: Any) -> HttpResponse:
    """Show the page. The forms that are not in `forms` are shown empty; that for the earlier key only if it is here."""
    onboarding = progress.onboarding
    reusable = progress.request is None and requests.reusable_request(onboarding, request.user) is not None
    shown: dict[str, Any] = {
        "subject": onboardings.requested_subject(onboarding),
        "import_form": ImportRequestForm(),
        "reuse_form": ReuseKeyForm(prefix="earlier"),
        "reusable": reusable,
    }
    return render_step(request, Step.KEY, progress, **(shown | forms))


@sensitive_variables()
def _offered_passphrase(progress: Progress) -> str:
    """Return a generated passphrase that the form accepts, which nearly every one is."""
    known = words_of_partner(progress.onboarding)
    return next(made for made in iter(generate_passphrase, "") if passphrase_refusal(made, known) is None)


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


def import_own_request(
    request: PartnerRequest, progress: Progress
) -> tuple[ImportRequestForm, HttpResponseRedirect | None]:
    """Store the request that the partner uploads, with the company's details in it.

    Return the form, and a redirect to the next step; None where the form has errors.
    """
    subject = onboardings.requested_subject(progress.onboarding)
    form = ImportRequestForm(request.POST, request.FILES, login=progress.onboarding.mzp_login, known=subject)
    limited = limit_reached(request, form, CHECKS, subject=progress.onboarding)
    if not limited and form.is_valid() and form.checked:
        imported = requests.import_request(progress.onboarding, request.user, form.checked)
        if key_used_elsewhere(progress.onboarding, imported.spki):
            messages.warning(request, as_paragraph(Finding("key_reused", found=_("another onboarding"))))
        return form, redirect_to_next(progress.onboarding)
    return form, None
