"""Putting what came back in on the partner's behalf, through the same reading as the partner's own page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from onboarding.desk.roles import CaseDesk
from onboarding.forms.answers import CertificateForm
from onboarding.forms.base import said
from onboarding.journey import NotNowError
from onboarding.journey.announcements import announcement
from onboarding.journey.desk import OWN, put_certificate_in, put_client_id_in
from onboarding.journey.transitions import TRANSITIONS
from onboarding.matching import answered_request, known_requests
from onboarding.models import Onboarding, User

HANDING_IN = "certificate"
TOLD = "The certificate is put in, and the partner is told."


def takes_certificate(one: Onboarding) -> bool:
    """Whether a certificate can be put in now."""
    return one.status in TRANSITIONS["accept_certificate"][0]


def hand_in(desk: CaseDesk, request: HttpRequest, one: Onboarding, actor: User) -> HttpResponse:
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
        kept=current.answer if current else None,
        has_client_id=one.client_ids.exists(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            kept = _keep(one, actor, form)
        except NotNowError:
            messages.error(request, "The case has changed meanwhile; nothing was put in.")
        else:
            for remark in form.remarks:
                messages.info(request, said(remark))
            messages.success(request, kept)
        return redirect("admin:onboarding_onboarding_change", one.pk)
    context = desk.admin_site.each_context(request) | {
        "title": "Put the certificate in",
        "form": form,
        "one": one,
        "mail": announcement("accept_certificate", one),
        "opts": desk.opts,
        "media": desk.media,
    }
    return TemplateResponse(request, "admin/onboarding/onboarding/hand_in.html", context)


def _refusal(one: Onboarding, actor: User) -> str:
    if one.owner_id == actor.pk:
        return OWN
    return "" if takes_certificate(one) else f"the status is {one.get_status_display().lower()}"


def _keep(one: Onboarding, actor: User, form: CertificateForm) -> str:
    """Keep what was handed in, and say what became of it."""
    new = False
    if form.answer:
        new = put_certificate_in(one, actor, answered_request(one, form.answer), form.answer, form.remarks)
    if value := form.cleaned_data.get("client_id"):
        put_client_id_in(one, actor, value, form.cleaned_data.get("client_id_label", ""))
        return TOLD if new else "The client ID is put in; no mail goes out."
    if any(one.code == "ca_added" for one in form.remarks) and not new:
        return "The CA certificate is put in; no mail goes out."
    return TOLD if new else "Nothing new was in it; no mail goes out."
