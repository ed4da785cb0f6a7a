"""The confirmation pages of the desk's verbs: first what the partner will read, then the deed; one case or several."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from onboarding.desk.handing_in import HANDING_IN, hand_in
from onboarding.desk.roles import CaseDesk, actor_of, require
from onboarding.desk.verbs import ALL, VERBS, Verb, refusal, usual_signing
from onboarding.journey import NotNowError
from onboarding.journey.announcements import Announcement, announcement
from onboarding.journey.desk import take_note
from onboarding.models import Onboarding, User

AT_ONCE = 200  # cases that one bulk action takes
MOVED_ON = "it has changed meanwhile"
SILENT = "No mail goes out; the partner sees a line in the history of the onboarding."


def verb_page(desk: CaseDesk) -> Callable[..., HttpResponse]:
    """The page of one verb on one case."""

    def view(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
        require(desk.has_view_permission(request) and desk.has_review_permission(request))
        one = get_object_or_404(Onboarding.objects.select_related("owner"), pk=pk)
        if verb == "note":
            return _note(request, one)
        if verb == HANDING_IN:
            return hand_in(desk, request, one, actor_of(request))
        if verb not in VERBS:
            raise Http404
        return _one(desk, request, one, VERBS[verb])

    return view


def _note(request: HttpRequest, one: Onboarding) -> HttpResponseRedirect:
    text = request.POST.get("text", "").strip()
    if request.method == "POST" and text:
        take_note(one, actor_of(request), text[:5000])
        messages.success(request, "The note is kept. Partners don’t see it.")
    return redirect("admin:onboarding_onboarding_change", one.pk)


def _one(desk: CaseDesk, request: HttpRequest, one: Onboarding, verb: Verb) -> HttpResponse:
    why_not = refusal(verb, one, actor_of(request))
    if why_not:
        messages.error(request, f"{verb.label} can’t be done: {why_not}.")
        return redirect("admin:onboarding_onboarding_change", one.pk)
    form = verb.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and "confirmed" in request.POST:
        _tell(request, verb, *_do(verb, [one], actor_of(request), form.cleaned_data))
        return redirect("admin:onboarding_onboarding_change", one.pk)
    return _confirm(desk, request, verb, form, [one])


def _do(verb: Verb, cases: Sequence[Onboarding], actor: User, said: dict[str, Any]) -> tuple[int, Counter[str]]:
    """How many were done, and how many were not, by reason."""
    done, refused = 0, Counter[str]()
    for one in cases:
        why_not = refusal(verb, one, actor)
        if not why_not:
            try:
                verb.run(one, actor, said)
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
    left = Counter(why_not for one in cases if (why_not := refusal(verb, one, actor)))
    mail = _preview(verb, doable[0], form) if doable else None
    context = desk.admin_site.each_context(request) | {
        "title": verb.label,
        "verb": verb,
        "form": form,
        "cases": cases,
        "one": cases[0] if not action else None,
        "doable": doable,
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
            _tell(request, verb, *_do(verb, cases, actor_of(request), form.cleaned_data))
            return None
        return _confirm(desk, request, verb, form, cases, action=act.__name__)

    act.__name__ = f"bulk_{verb.name}"
    return act


def bulk_actions() -> list[Callable[..., HttpResponse | None]]:
    """The verbs that make sense for several cases at once, as actions of the list."""
    return [_bulk(verb) for verb in ALL if verb.bulk]
