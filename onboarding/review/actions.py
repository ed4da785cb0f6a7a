"""The actions of the review desk: what each does, when it is possible, and its confirmation page."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from onboarding.models import CLOSED, OPEN, Action, CertificateRequest, Onboarding, Status, User
from onboarding.notifications.partner_emails import Announcement, announcement
from onboarding.return_reasons import RETURN_REASON_CHOICES
from onboarding.review.additions import (
    SEND_AGAIN,
    UPLOAD_CERTIFICATE,
    note_view,
    resend_email_view,
    upload_certificate_view,
)
from onboarding.review.formatting import group_fingerprint, humanize_duration, usual_durations
from onboarding.review.roles import CaseDesk, actor_of, require
from onboarding.workflow import review
from onboarding.workflow.transitions import TRANSITIONS, TransitionNotAllowedError

NOTE_MAX = 2000  # characters


class PlainForm(forms.Form):
    """Nothing to fill in."""


class NoteForm(forms.Form):
    """A note that the partner reads, if there is something to add."""

    note = forms.CharField(
        label="Note to the partner",
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The partner reads it, word for word.",
    )


class WhyForm(NoteForm):
    """A note that has to be there: an ending without a reason is a riddle."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
        self.fields["note"].error_messages["required"] = "Say why; the partner reads it."


class ReturnForm(NoteForm):
    """The reasons, from the list, and a note."""

    reasons = forms.MultipleChoiceField(
        label="Why it is returned",
        choices=RETURN_REASON_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one reason."},
    )
    field_order = ("reasons", "note")

    def clean(self) -> dict[str, Any]:
        """ "Something else" has to be said in the note."""
        cleaned = super().clean() or self.cleaned_data
        if "other" in cleaned.get("reasons", []) and not cleaned.get("note", "").strip():
            self.add_error("note", "Say in the note what has to be changed.")
        return cleaned


@dataclass(frozen=True)
class ReviewAction:
    """One thing to do: `label` stands on its button, `does` says to staff what it changes; `run` does it.

    `run` gets what the form said and, for a verb that is `of_request`, the `fingerprint` of the request that was shown.
    """

    name: str
    label: str
    does: str
    sources: frozenset[Status]
    run: Callable[[Onboarding, User, dict[str, Any]], None]
    form: type[forms.Form] = PlainForm
    bulk: bool = False
    ends: bool = False
    with_review: str = ""  # what it changes besides, where requests have to be approved
    of_request: bool = False  # about the request that was looked at: another one is not meant


def _receive(one: Onboarding, actor: User, said: dict[str, Any]) -> None:
    review.receive(one, actor, usual_signing())


def usual_signing() -> str:
    """How long the operator usually takes to sign, in words; empty while nothing is known."""
    length = usual_durations().get(Status.RECEIVED)
    return humanize_duration(length) if length else ""


ALL_ACTIONS = (
    ReviewAction(
        "take_over",
        "Take over",
        "You look after this case from now on.",
        OPEN,
        lambda one, actor, _: review.take_over(one, actor),
        bulk=True,
    ),
    ReviewAction(
        "approve",
        "Approve",
        "The partner can send the request.",
        frozenset({Status.KEY_MADE, Status.RETURNED}),
        lambda one, actor, said: review.approve(one, actor, said["fingerprint"]),
        bulk=True,
        of_request=True,
    ),
    ReviewAction(
        "receive",
        "Received by Stellantis",
        "The next move becomes Stellantis’.",
        TRANSITIONS[Action.RECEIVE][0],
        _receive,
        bulk=True,
    ),
    ReviewAction(
        "return",
        "Return with a reason",
        "The request counts as not sent until the partner has sent it again, mended where that is needed.",
        TRANSITIONS[Action.RETURN][0],
        lambda one, actor, said: review.return_with_reason(one, actor, said["reasons"], said["note"]),
        ReturnForm,
        with_review="If something in it has to change, the new one has to be approved anew; else its approval holds.",
    ),
    ReviewAction(
        "remind",
        "Remind",
        "A mail goes to the partner; nothing else changes.",
        OPEN,
        lambda one, actor, said: review.remind(one, actor, said["note"]),
        NoteForm,
        bulk=True,
    ),
    ReviewAction(
        "reject",
        "Reject",
        "The onboarding ends. It can be opened again.",
        TRANSITIONS[Action.REJECT][0],
        lambda one, actor, said: review.reject(one, actor, said["note"]),
        WhyForm,
        ends=True,
    ),
    ReviewAction(
        "withdraw",
        "Withdraw",
        "The onboarding ends on the partner’s behalf. It can be opened again.",
        TRANSITIONS[Action.WITHDRAW][0],
        lambda one, actor, said: review.withdraw_for(one, actor, said["note"]),
        WhyForm,
        ends=True,
    ),
    ReviewAction(
        "reopen",
        "Open again",
        "The onboarding goes on where it stood.",
        CLOSED,
        lambda one, actor, said: review.reopen(one, actor, said["note"]),
        NoteForm,
    ),
)
REVIEW_ACTIONS = {verb.name: verb for verb in ALL_ACTIONS}


def refusal(verb: ReviewAction, one: Onboarding, actor: User) -> str:
    """Why `verb` can't be done to this case by this person now; empty where it can."""
    if one.owner_id == actor.pk:
        return review.OWN_ONBOARDING
    if one.status not in verb.sources:
        return f"the status is {one.get_status_display().lower()}"
    if verb.name == "take_over" and one.reviewer_id == actor.pk:
        return "the reviewer is you already"
    if verb.name == "approve" and not settings.REVIEW_REQUIRED:
        return "no approval is needed here"
    return ""


def possible_actions(one: Onboarding, actor: User) -> list[ReviewAction]:
    """What can be done to this case now."""
    return [verb for verb in ALL_ACTIONS if not refusal(verb, one, actor)]


BULK_MAX = 200  # cases that one bulk action takes
MOVED_ON = "the case has changed meanwhile"
SILENT = "No mail goes out; the partner sees a line in the history of the onboarding."


def verb_page(desk: CaseDesk) -> Callable[..., HttpResponse]:
    """The page of one verb on one case."""

    def view(request: HttpRequest, pk: str, verb: str) -> HttpResponse:
        require(desk.has_view_permission(request) and desk.has_review_permission(request))
        one = get_object_or_404(Onboarding.objects.select_related("owner"), pk=pk)
        if verb == "note":
            return note_view(request, one)
        if verb == SEND_AGAIN:
            return resend_email_view(request, one)
        if verb == UPLOAD_CERTIFICATE:
            return upload_certificate_view(desk, request, one, actor_of(request))
        if verb not in REVIEW_ACTIONS:
            raise Http404
        return _one(desk, request, one, REVIEW_ACTIONS[verb])

    return view


def _one(desk: CaseDesk, request: HttpRequest, one: Onboarding, verb: ReviewAction) -> HttpResponse:
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
    request: HttpRequest, verb: ReviewAction, cases: Sequence[Onboarding], said: dict[str, Any]
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
            except TransitionNotAllowedError:
                why_not = MOVED_ON
        refused[why_not] += 1
    return done, refused


def _tell(request: HttpRequest, verb: ReviewAction, done: int, refused: Counter[str]) -> None:
    if done:
        messages.success(request, f"{verb.label}: done for {_cases(done)}.")
    for why_not, n in refused.items():
        messages.warning(request, f"{verb.label}: not done for {_cases(n)}, because {why_not}.")


def _cases(n: int) -> str:
    return f"{n} case" if n == 1 else f"{n} cases"


def _preview(verb: ReviewAction, one: Onboarding, form: Form) -> Announcement | None:
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    return announcement(
        verb.name,
        one,
        reasons=said.get("reasons"),
        note=said.get("note", ""),
        usual=usual_signing() if verb.name == "receive" else "",
    )


def _confirm(
    desk: CaseDesk, request: HttpRequest, verb: ReviewAction, form: Form, cases: Sequence[Onboarding], action: str = ""
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
        "rows": [(one, shown.get(one.pk, ""), group_fingerprint(shown.get(one.pk, ""))) for one in doable],
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


def _bulk(verb: ReviewAction) -> Callable[[CaseDesk, HttpRequest, QuerySet[Onboarding]], HttpResponse | None]:
    @admin.action(description=verb.label, permissions=["review"])
    def act(desk: CaseDesk, request: HttpRequest, queryset: QuerySet[Onboarding]) -> HttpResponse | None:
        cases = list(queryset.select_related("owner")[: BULK_MAX + 1])
        if len(cases) > BULK_MAX:
            messages.error(request, f"At most {BULK_MAX} cases at once; narrow the list first.")
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
    return [_bulk(verb) for verb in ALL_ACTIONS if verb.bulk]
