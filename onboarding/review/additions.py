"""What staff add to a case: notes, the partner's certificate, and an email that is sent again."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from onboarding.forms.base import as_paragraph
from onboarding.forms.certificate import CertificateForm
from onboarding.models import Action, Onboarding, PartnerEmail, User
from onboarding.notifications.partner_emails import announcement
from onboarding.review.roles import CaseDesk, actor_of
from onboarding.workflow.certificates import known_requests, matched_request
from onboarding.workflow.review import (
    OWN_ONBOARDING,
    ReviewRefusedError,
    add_client_id_for,
    add_note,
    send_again,
    upload_certificate,
)
from onboarding.workflow.transitions import TRANSITIONS, TransitionNotAllowedError

STAFF_NOTE_MAX = 5000  # characters


class StaffNoteForm(forms.Form):
    """The text of a note."""

    text = forms.CharField(
        max_length=STAFF_NOTE_MAX, error_messages={"required": "The note was empty; nothing is kept."}
    )


def note_view(request: HttpRequest, one: Onboarding) -> HttpResponseRedirect:
    """Keep a note, and go back to the case."""
    form = StaffNoteForm(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            add_note(one, actor_of(request), form.cleaned_data["text"])
            messages.success(request, "The note is kept. Partners don’t see it.")
        except ReviewRefusedError as error:
            messages.error(request, f"The note can’t be kept: {error}.")
    elif request.method == "POST":
        messages.error(request, " ".join(str(error) for error in form.errors["text"]))
    return redirect("admin:onboarding_onboarding_change", one.pk)


SEND_AGAIN = "send_again"


def resend_email_view(request: HttpRequest, one: Onboarding) -> HttpResponseRedirect:
    """Try the mail that the form names, and go back to the case."""
    if request.method == "POST":
        named = request.POST.get("notice", "")
        notice = PartnerEmail.objects.filter(pk=int(named), onboarding=one).first() if _is_number(named) else None
        if notice is None:
            raise Http404
        _try(request, notice)
    return redirect("admin:onboarding_onboarding_change", one.pk)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # a longer one is in no column


def _try(request: HttpRequest, notice: PartnerEmail) -> None:
    try:
        send_again(notice, actor_of(request))
    except ReviewRefusedError as error:
        messages.error(request, f"The mail can’t be sent: {error}.")
        return
    except TransitionNotAllowedError:
        messages.info(request, "This mail is sent already, or is being sent right now.")
        return
    notice.refresh_from_db()
    if notice.sent_at:
        messages.success(request, f"The mail is sent to {notice.to}.")
    else:
        messages.error(request, "The mail server refused it again; the server’s log says how.")


UPLOAD_CERTIFICATE = "certificate"
TOLD = "The certificate is put in, and the partner is told."


def takes_certificate(one: Onboarding) -> bool:
    """Whether a certificate can be put in now."""
    return one.status in TRANSITIONS[Action.ACCEPT_CERTIFICATE][0]


def upload_certificate_view(desk: CaseDesk, request: HttpRequest, one: Onboarding, actor: User) -> HttpResponse:
    """The form, and what came of it; the partner is told once a certificate is kept."""
    if why_not := _refusal(one, actor):
        messages.error(request, f"No certificate can be put in: {why_not}.")
        return redirect("admin:onboarding_onboarding_change", one.pk)
    current = one.request
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        onboarding=one,
        requests=known_requests(one),
        now=timezone.now(),
        kept=current.issued_certificate if current else None,
        has_client_id=one.client_ids.exists(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            kept = _keep(one, actor, form)
        except TransitionNotAllowedError:
            messages.error(request, "The case has changed meanwhile; nothing was put in.")
        else:
            for remark in form.remarks:
                messages.info(request, as_paragraph(remark))
            messages.success(request, kept)
        return redirect("admin:onboarding_onboarding_change", one.pk)
    context = desk.admin_site.each_context(request) | {
        "title": "Put the certificate in",
        "form": form,
        "one": one,
        "mail": announcement(Action.ACCEPT_CERTIFICATE, one),
        "opts": desk.opts,
        "media": desk.media,
    }
    return TemplateResponse(request, "admin/onboarding/onboarding/hand_in.html", context)


def _refusal(one: Onboarding, actor: User) -> str:
    if one.owner_id == actor.pk:
        return OWN_ONBOARDING
    return "" if takes_certificate(one) else f"the status is {one.get_status_display().lower()}"


def _keep(one: Onboarding, actor: User, form: CertificateForm) -> str:
    """Keep what was handed in, and say what became of it."""
    new = False
    if form.answer:
        new = upload_certificate(one, actor, matched_request(one, form.answer), form.answer, form.remarks)
    if value := form.cleaned_data.get("client_id"):
        add_client_id_for(one, actor, value, form.cleaned_data.get("client_id_label", ""))
        return TOLD if new else "The client ID is put in; no mail goes out."
    if any(one.code == "ca_added" for one in form.remarks) and not new:
        return "The CA certificate is put in; no mail goes out."
    return TOLD if new else "Nothing new was in it; no mail goes out."
