"""The confirmation pages of the desk's verbs: first what the partner will read, then the deed; one case or several."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from onboarding.desk.figures import grouped
from onboarding.desk.handing_in import HANDING_IN, hand_in
from onboarding.desk.mails import SEND_AGAIN, mail_again
from onboarding.desk.notes import note
from onboarding.desk.roles import CaseDesk, actor_of, require
from onboarding.desk.verbs import ALL, VERBS, Verb, refusal, usual_signing
from onboarding.journey import NotNowError
from onboarding.journey.announcements import Announcement, announcement
from onboarding.models import CertificateRequest, Onboarding

AT_ONCE = 200  # cases that one bulk action takes
MOVED_ON = "the case has changed meanwhile"
SILENT = "No mail goes out; the partner sees a line in the history of the onboarding."


def verb_page(desk: CaseDesk) -> Callable[..., HttpResponse]:
    """The page of one verb on one case."""

    def view(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
        require(desk.has_view_permission(request) and desk.has_review_permission(request))
        one = get_object_or_404(Onboarding.objects.select_related("owner"), pk=pk)
        if verb == "note":
            return note(request, one)
        if verb == SEND_AGAIN:
            return mail_again(request, one)
        if verb == HANDING_IN:
            return hand_in(desk, request, one, actor_of(request))
        if verb not in VERBS:
            raise Http404
        return _one(desk, request, one, VERBS[verb])

    return view


def _one(desk: CaseDesk, request: HttpRequest, one: Onboarding, verb: Verb) -> HttpResponse:
    why_not = refusal(verb, one, actor_of(request))
    looked_at = request.GET.get("request")
    if verb.of_request and not why_not and looked_at and looked_at != _fingerprints([one]).get(one.pk):
        why_not = MOVED_ON
    if why_not:
        messages.error(request, f"{verb.label} can’t be done: {why_not}.")
        return redirect("admin:onboarding_onboarding_change", one.pk)
    form = verb.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and "confirmed" in request.POST:
        _tell(request, verb, *_do(request, verb, [one], form.cleaned_data))
        return redirect("admin:onboarding_onboarding_change", one.pk)
    return _confirm(desk, request, verb, form, [one])


def _fingerprints(cases: Sequence[Onboarding]) -> dict[uuid.UUID, str]:
    """By case, which request stands there now."""
    current = CertificateRequest.objects.filter(onboarding__in=cases, replaced_at=None)
    return dict(current.values_list("onboarding_id", "fingerprint"))


def _do(
    request: HttpRequest, verb: Verb, cases: Sequence[Onboarding], said: dict[str, Any]
) -> tuple[int, Counter[str]]:
    """How many were done, and how many were not, by reason; the form says which request of each case was shown."""
    actor = actor_of(request)
    done, refused = 0, Counter[str]()
    for one in cases:
        why_not = refusal(verb, one, actor)
        if not why_not:
            try:
                verb.run(one, actor, said | {"fingerprint": request.POST.get(f"request-{one.pk}", "")})
                done += 1
                continue
            except NotNowError:
                why_not = MOVED_ON
        refused[why_not] += 1
    return done, refused


def _tell(request: HttpRequest, verb: Verb, done: int, refused: Counter[str]) -> None:
    if done:
        messages.success(request, f"{verb.label}: done for {_cases(done)}.")
    for why_not, n in refused.items():
        messages.warning(request, f"{verb.label}: not done for {_cases(n)}, because {why_not}.")


def _cases(n: int) -> str:
    return f"{n} case" if n == 1 else f"{n} cases"


def _preview(verb: Verb, one: Onboarding, form: Form) -> Announcement | None:
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    return announcement(
        verb.name,
        one,
        reasons=said.get("reasons"),
        note=said.get("note", ""),
        usual=usual_signing() if verb.name == "receive" else "",
    )


def _confirm(
    desk: CaseDesk, request: HttpRequest, verb: Verb, form: Form, cases: Sequence[Onboarding], action: str = ""
) -> HttpResponse:
    """What is about to be done, and what the partner will read; a form is previewed before it is confirmed."""
    actor = actor_of(request)
    doable = [one for one in cases if not refusal(verb, one, actor)]
    shown = _fingerprints(doable) if verb.of_request else {}
    left = Counter(why_not for one in cases if (why_not := refusal(verb, one, actor)))
    mail = _preview(verb, doable[0], form) if doable else None
    context = desk.admin_site.each_context(request) | {
        "title": verb.label,
        "verb": verb,
        "form": form,
        "cases": cases,
        "one": cases[0] if not action else None,
        "doable": doable,
        "rows": [(one, shown.get(one.pk, ""), grouped(shown.get(one.pk, ""))) for one in doable],
        "with_review": verb.with_review if settings.REVIEW_REQUIRED else "",
        "left": left.items(),
        "mail": mail,
        "silent": SILENT,
        "ready": not form.fields or (form.is_bound and form.is_valid()),
        "action": action,
        "checkbox": ACTION_CHECKBOX_NAME,
        "opts": desk.opts,
        "media": desk.media,
    }
    return TemplateResponse(request, "admin/onboarding/onboarding/confirm.html", context)


def _bulk(verb: Verb) -> Callable[[CaseDesk, HttpRequest, QuerySet[Onboarding]], HttpResponse | None]:
    @admin.action(description=verb.label, permissions=["review"])
    def act(desk: CaseDesk, request: HttpRequest, queryset: QuerySet[Onboarding]) -> HttpResponse | None:
        cases = list(queryset.select_related("owner")[: AT_ONCE + 1])
        if len(cases) > AT_ONCE:
            messages.error(request, f"At most {AT_ONCE} cases at once; narrow the list first.")
            return None
        posted = request.POST if "previewed" in request.POST else None
        form = verb.form(posted)
        if posted is not None and "confirmed" in request.POST and form.is_valid():
            _tell(request, verb, *_do(request, verb, cases, form.cleaned_data))
            return None
        return _confirm(desk, request, verb, form, cases, action=act.__name__)

    act.__name__ = f"bulk_{verb.name}"
    return act


def bulk_actions() -> list[Callable[..., HttpResponse | None]]:
    """The verbs that make sense for several cases at once, as actions of the list."""
    return [_bulk(verb) for verb in ALL if verb.bulk]
