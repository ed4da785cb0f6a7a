"""What the desk can do to a case: its words, what it asks for, when it is possible, and the verb behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings

from onboarding.desk.figures import in_words, usual
from onboarding.journey import desk
from onboarding.journey.transitions import TRANSITIONS
from onboarding.models import Onboarding, Status, User
from onboarding.reasons import CHOICES
from onboarding.statuses import ALIVE, ENDED

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
        choices=CHOICES,
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
class Verb:
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
    desk.receive(one, actor, usual_signing())


def usual_signing() -> str:
    """How long the operator usually takes to sign, in words; empty while nothing is known."""
    length = usual().get(Status.RECEIVED)
    return in_words(length) if length else ""


ALL = (
    Verb(
        "take_over",
        "Take over",
        "You look after this case from now on.",
        ALIVE,
        lambda one, actor, _: desk.take_over(one, actor),
        bulk=True,
    ),
    Verb(
        "approve",
        "Approve",
        "The partner can send the request.",
        frozenset({Status.KEY_MADE, Status.RETURNED}),
        lambda one, actor, said: desk.approve(one, actor, said["fingerprint"]),
        bulk=True,
        of_request=True,
    ),
    Verb(
        "receive",
        "Received by Stellantis",
        "The next move becomes Stellantis’.",
        TRANSITIONS["receive"][0],
        _receive,
        bulk=True,
    ),
    Verb(
        "return",
        "Return with a reason",
        "The request counts as not sent until the partner has sent it again, mended where that is needed.",
        TRANSITIONS["return"][0],
        lambda one, actor, said: desk.return_with_reason(one, actor, said["reasons"], said["note"]),
        ReturnForm,
        with_review="If something in it has to change, the new one has to be approved anew; else its approval holds.",
    ),
    Verb(
        "remind",
        "Remind",
        "A mail goes to the partner; nothing else changes.",
        ALIVE,
        lambda one, actor, said: desk.remind(one, actor, said["note"]),
        NoteForm,
        bulk=True,
    ),
    Verb(
        "reject",
        "Reject",
        "The onboarding ends. It can be opened again.",
        TRANSITIONS["reject"][0],
        lambda one, actor, said: desk.reject(one, actor, said["note"]),
        WhyForm,
        ends=True,
    ),
    Verb(
        "withdraw",
        "Withdraw",
        "The onboarding ends on the partner’s behalf. It can be opened again.",
        TRANSITIONS["withdraw"][0],
        lambda one, actor, said: desk.withdraw_for(one, actor, said["note"]),
        WhyForm,
        ends=True,
    ),
    Verb(
        "reopen",
        "Open again",
        "The onboarding goes on where it stood.",
        ENDED,
        lambda one, actor, said: desk.reopen(one, actor, said["note"]),
        NoteForm,
    ),
)
VERBS = {verb.name: verb for verb in ALL}


def refusal(verb: Verb, one: Onboarding, actor: User) -> str:
    """Why `verb` can't be done to this case by this person now; empty where it can."""
    if one.owner_id == actor.pk:
        return desk.OWN
    if one.status not in verb.sources:
        return f"the status is {one.get_status_display().lower()}"
    if verb.name == "take_over" and one.reviewer_id == actor.pk:
        return "the reviewer is you already"
    if verb.name == "approve" and not settings.REVIEW_REQUIRED:
        return "no approval is needed here"
    return ""


def possible(one: Onboarding, actor: User) -> list[Verb]:
    """What can be done to this case now."""
    return [verb for verb in ALL if not refusal(verb, one, actor)]
