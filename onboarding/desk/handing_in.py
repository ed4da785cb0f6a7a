"""Putting what came back in on the partner's behalf, through the same reading as the partner's own page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from onboarding import journey
from onboarding.desk.roles import CaseDesk
from onboarding.forms.answers import CertificateForm
from onboarding.forms.base import said
from onboarding.journey import NotNowError
from onboarding.journey.announcements import announcement
from onboarding.journey.desk import announce_certificate
from onboarding.journey.transitions import TRANSITIONS
from onboarding.matching import answered_request, known_requests
from onboarding.models import Onboarding, User

HANDING_IN = "certificate"


def takes_certificate(one: Onboarding) -> bool:
    """Whether a certificate can be put in now."""
    return one.status in TRANSITIONS["accept_certificate"][0]


def hand_in(desk: CaseDesk, request: HttpRequest, one: Onboarding, actor: User) -> HttpResponse:
    """The form, and what came of it; the partner is told once a certificate is kept."""
    if not takes_certificate(one):
        messages.error(request, f"No certificate can be put in: the status is {one.get_status_display().lower()}.")
        return redirect("admin:onboarding_onboarding_change", one.pk)
    current = one.request
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        onboarding=one,
        requests=known_requests(one),
        now=timezone.now(),
        has_certificate=bool(current and current.answer),
        has_client_id=one.client_ids.exists(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            _keep(one, actor, form)
        except NotNowError:
            messages.error(request, "The case has changed meanwhile; nothing was put in.")
        else:
            for remark in form.remarks:
                messages.info(request, said(remark))
            messages.success(request, "It is put in, and the partner is told.")
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


def _keep(one: Onboarding, actor: User, form: CertificateForm) -> None:
    if form.answer:
        journey.accept_certificate(answered_request(one, form.answer), actor, form.answer, form.remarks)
    if value := form.cleaned_data.get("client_id"):
        journey.add_client_id(one, actor, value, form.cleaned_data.get("client_id_label", ""))
    if form.answer:
        announce_certificate(one, actor)
