"""What staff add to a case: notes, the partner's certificate, and an email that is sent again."""

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.forms.base import StepForm, as_paragraph
from onboarding.forms.certificate import CertificateForm
from onboarding.languages import reading_as
from onboarding.limits import DESK_ADDITIONS, UPLOADS, Limit
from onboarding.models import Action, Onboarding, OutgoingEmail, User
from onboarding.models.certificates import certificate_fingerprint
from onboarding.notifications.partner_emails import partner_email
from onboarding.pki.validation.chain import certificate_name
from onboarding.review.formatting import proposed_text
from onboarding.review.refusals import Refusal, refusal_of_case
from onboarding.review.roles import ReadOnlyCaseAdmin, actor_of
from onboarding.workflow.certificates import known_requests, matched_request
from onboarding.workflow.limits import LimitReachedError, consume, record_refusal
from onboarding.workflow.review import (
    ReviewRefusedError,
    add_client_id_for,
    add_note,
    propose,
    resend_email,
    upload_certificate,
)
from onboarding.workflow.second_reviewer import has_open_proposal, needs_second_reviewer
from onboarding.workflow.transitions import TRANSITIONS, TransitionNotAllowedError

STAFF_NOTE_MAX = 5000  # characters
UPLOAD_FIELDS = ("text", "client_id", "client_id_label")  # of a proposed upload
ID_DIGITS_MAX = 18  # digits of a primary key: a longer number does not fit into the column

# The slugs in the addresses of these views.
NOTE = "note"
RESEND_EMAIL = Action.RESEND_EMAIL.value
UPLOAD_CERTIFICATE = "certificate"


class StaffNoteForm(forms.Form):
    """A note among staff."""

    text = forms.CharField(
        max_length=STAFF_NOTE_MAX,
        error_messages={"required": gettext_lazy("The note is empty, so it was not saved.")},
    )


def is_limited(request: HttpRequest, onboarding: Onboarding | None, limit: Limit, form: StepForm | None = None) -> bool:
    """Count one use for the account and the address; over the limit, record it, show it, and return True.

    It is shown in `form`, which is not read then, or else as a message.
    """
    try:
        consume(actor_of(request), limit)
    except LimitReachedError as error:
        record_refusal(error, actor_of(request), onboarding)
        if form is not None:
            form.refuse(error.text)
        else:
            messages.error(request, error.text)
        return True
    return False


def note_view(request: HttpRequest, onboarding: Onboarding) -> HttpResponseRedirect:
    """Save a note, and redirect to the case."""
    form = StaffNoteForm(request.POST)
    if request.method == "POST" and is_limited(request, onboarding, DESK_ADDITIONS):
        pass
    elif request.method == "POST" and form.is_valid():
        try:
            add_note(onboarding, actor_of(request), form.cleaned_data["text"])
            messages.success(request, _("The note is saved. Partners can’t see it."))
        except ReviewRefusedError:
            messages.error(request, Refusal.OWN_ONBOARDING.text(onboarding))
    elif request.method == "POST":
        messages.error(request, " ".join(str(error) for error in form.errors["text"]))
    return redirect("admin:onboarding_onboarding_change", onboarding.pk)


def resend_email_view(request: HttpRequest, onboarding: Onboarding) -> HttpResponseRedirect:
    """Try again to send the email that the form names, and redirect to the case."""
    if request.method == "POST" and not is_limited(request, onboarding, DESK_ADDITIONS):
        pk = request.POST.get("email", "")
        email = OutgoingEmail.objects.filter(pk=int(pk), onboarding=onboarding).first() if is_id(pk) else None
        if email is None:
            raise Http404
        _resend(request, onboarding, email)
    return redirect("admin:onboarding_onboarding_change", onboarding.pk)


def is_id(text: str) -> bool:
    """Return whether `text` can be the primary key of a row."""
    return text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX


def _resend(request: HttpRequest, onboarding: Onboarding, email: OutgoingEmail) -> None:
    try:
        resend_email(email, actor_of(request))
    except ReviewRefusedError:
        messages.error(request, Refusal.OWN_ONBOARDING.text(onboarding))
        return
    except TransitionNotAllowedError:
        messages.info(request, _("This email was already sent, or is being sent right now."))
        return
    messages.success(request, _("We are sending the email to %(address)s.") % {"address": email.recipient})


def upload_refusal(onboarding: Onboarding, actor: User) -> Refusal | None:
    """Return why `actor` can't upload a certificate to this case; None if it is possible."""
    if refused := refusal_of_case(onboarding, actor, TRANSITIONS[Action.ACCEPT_CERTIFICATE].sources):
        return refused
    is_open = needs_second_reviewer(Action.ACCEPT_CERTIFICATE) and has_open_proposal(onboarding)
    return Refusal.PROPOSAL_OPEN if is_open else None


def upload_certificate_view(
    model_admin: ReadOnlyCaseAdmin, request: HttpRequest, onboarding: Onboarding
) -> HttpResponse:
    """Show the partner's certificate form, and store what staff upload; a new certificate is announced by email."""
    actor = actor_of(request)
    if refused := upload_refusal(onboarding, actor):
        messages.error(request, refused.text(onboarding))
        return redirect("admin:onboarding_onboarding_change", onboarding.pk)
    proposes = needs_second_reviewer(Action.ACCEPT_CERTIFICATE)
    form = certificate_form(request.POST or None, request.FILES or None, onboarding)
    limited = request.method == "POST" and is_limited(request, onboarding, UPLOADS, form)
    if request.method == "POST" and not limited and form.is_valid():
        try:
            result = store_or_propose(onboarding, actor, form)
        except TransitionNotAllowedError:
            messages.error(request, Refusal.CASE_CHANGED.text(onboarding))
        else:
            for remark in form.remarks:
                messages.info(request, as_paragraph(remark))
            messages.success(request, result)
        return redirect("admin:onboarding_onboarding_change", onboarding.pk)
    with reading_as(onboarding.owner):
        preview = partner_email(Action.ACCEPT_CERTIFICATE, onboarding)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Upload certificate"),
        "is_proposal": proposes,
        "form": form,
        "onboarding": onboarding,
        "email": preview,
        "opts": model_admin.opts,
        "media": model_admin.media,
    }
    return TemplateResponse(request, "admin/onboarding/onboarding/upload_certificate.html", context)


def certificate_form(data: Any, files: Any, onboarding: Onboarding) -> CertificateForm:
    """Return the partner's form for an upload by the desk."""
    current = onboarding.request
    return CertificateForm(
        data,
        files,
        onboarding=onboarding,
        requests=known_requests(onboarding),
        now=timezone.now(),
        issued_certificate=current.issued_certificate if current else None,
        has_client_id=onboarding.client_ids.exists(),
    )


def store_or_propose(onboarding: Onboarding, actor: User, form: CertificateForm) -> str:
    """Store what the form accepted, or propose it if a second reviewer is needed; return the message about it.

    Raise TransitionNotAllowedError if the case has changed.
    """
    proposes = needs_second_reviewer(Action.ACCEPT_CERTIFICATE)
    return _propose(onboarding, actor, form) if proposes else _store(onboarding, actor, form)


def _propose(onboarding: Onboarding, actor: User, form: CertificateForm) -> str:
    """Propose what the form accepted. The certificates are checked again when the proposal is confirmed."""
    accepted = form.accepted
    result, client_id = accepted.certificates, accepted.client_id
    certificates = [result.leaf, *result.chain, *result.anchors] if result else []
    pem = "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates if each)
    entered = {
        "text": pem,
        "names": [_named(each) for each in certificates if each],
        "client_id": client_id.value if client_id else "",
        "client_id_label": client_id.label if client_id else "",
    }
    propose(onboarding, actor, Action.ACCEPT_CERTIFICATE, entered)
    return proposed_text(1)


def _named(certificate: x509.Certificate) -> str:
    return f"{certificate_name(certificate)}, SHA-256 {certificate_fingerprint(certificate)}"  # not shown: names


def store_proposed(onboarding: Onboarding, actor: User, entered: Mapping[str, Any]) -> None:
    """Store a proposed upload. Raise TransitionNotAllowedError if it is not accepted any more."""
    form = certificate_form({name: entered[name] for name in UPLOAD_FIELDS}, None, onboarding)
    if not form.is_valid():
        raise TransitionNotAllowedError("the upload is not accepted any more")
    _store(onboarding, actor, form)


def _store(onboarding: Onboarding, actor: User, form: CertificateForm) -> str:
    """Store what the form accepted, and return the message about it.

    Raise TransitionNotAllowedError if the case has changed.
    """
    accepted = form.accepted
    is_new = False
    if accepted.certificates:
        request = matched_request(onboarding, accepted.certificates)
        is_new = upload_certificate(onboarding, actor, request, accepted.certificates, form.remarks)
    if accepted.client_id:
        add_client_id_for(onboarding, actor, accepted.client_id.value, accepted.client_id.label)
    if is_new:
        return _("The certificate was added. We are emailing the partner.")
    if accepted.client_id:
        return _("The client ID was added. No email was sent.")
    if any(finding.code == "ca_added" for finding in form.remarks):
        return _("The CA certificate was added. No email was sent.")
    return _("Everything in the upload was already stored. No email was sent.")
