"""The actions of the review desk: what each does, when it is possible, and what staff read about it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from onboarding.messages.message import Owner
from onboarding.models import CLOSED, OPEN, Action, Onboarding, Status, User
from onboarding.return_reasons import RETURN_REASON_CHOICES
from onboarding.review.lateness import usual_signing_time
from onboarding.review.refusals import Refusal, refusal_of_case
from onboarding.workflow import review
from onboarding.workflow.accounts import has_verified_address
from onboarding.workflow.second_reviewer import has_open_proposal, needs_second_reviewer
from onboarding.workflow.transitions import TRANSITIONS, TransitionNotAllowedError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise, StrPromise

NOTE_MAX = 2000  # characters


class EmptyForm(forms.Form):
    """A form without fields."""


class NoteForm(forms.Form):
    """An optional note to the partner."""

    note = forms.CharField(
        label=_("Note to the partner"),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The email contains your note word for word."),
    )


class RequiredNoteForm(NoteForm):
    """A required note to the partner, for an action that closes the onboarding."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
        self.fields["note"].error_messages["required"] = _("Enter the reason. The partner reads it.")


class ReassignForm(RequiredNoteForm):
    """The account that gets the onboarding, and why."""

    email = forms.EmailField(
        label=_("Email address of the new owner’s account"),
        error_messages={"required": _("Enter the email address of an account.")},
    )
    field_order = ("email", "note")

    def clean_email(self) -> str:
        """Refuse an address that no open account has confirmed as its own."""
        email: str = self.cleaned_data["email"].lower()
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None or not has_verified_address(user):
            raise forms.ValidationError(_("No open account has this address."))
        return email


class ReturnForm(NoteForm):
    """Reasons from the list, and a note."""

    reasons = forms.MultipleChoiceField(
        label=_("Why you return the request"),
        choices=RETURN_REASON_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Select at least one reason.")},
    )
    field_order = ("reasons", "note")

    def clean(self) -> dict[str, Any]:
        """Require a note for the reason "something else"."""
        cleaned = super().clean() or self.cleaned_data
        if "other" in cleaned.get("reasons", []) and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say in the note what has to be changed."))
        return cleaned


@dataclass(frozen=True)
class ActionInput:
    """What staff entered, and the fingerprint of the request that the confirmation page showed to them."""

    note: str = ""
    reasons: list[str] = field(default_factory=list)
    fingerprint: str = ""
    email: str = ""

    @classmethod
    def from_form(cls, form: forms.Form, fingerprint: str = "") -> "ActionInput":
        """Return what was entered in `form`; nothing if it is not bound or not valid."""
        entered = form.cleaned_data if form.is_bound and form.is_valid() else {}
        return cls(entered.get("note", ""), entered.get("reasons", []), fingerprint, entered.get("email", ""))


@dataclass(frozen=True)
class ReviewAction:
    """An action of the desk: `label` is its button, `effect` tells staff what it changes, and `done` what was done.

    `done` is a plural text with the parameter `count`. `run` raises TransitionNotAllowedError.
    """

    action: Action
    label: "StrOrPromise"
    effect: "StrOrPromise"
    done: "StrPromise"
    sources: frozenset[Status]
    run: Callable[[Onboarding, User, ActionInput], None]
    form: type[forms.Form] = EmptyForm
    is_bulk: bool = False
    closes: bool = False
    approval_effect: "StrOrPromise" = ""  # an additional effect, if requests have to be approved
    needs_fingerprint: bool = False  # the action applies only to the request that staff have seen


REVIEW_ACTIONS = (
    ReviewAction(
        Action.TAKE_OVER,
        _("Take over"),
        _("You become the reviewer of this case."),
        ngettext_lazy(
            "You are now the reviewer of this case.", "You are now the reviewer of %(count)d cases.", "count"
        ),
        OPEN,
        lambda onboarding, actor, _entered: review.take_over(onboarding, actor),
        is_bulk=True,
    ),
    ReviewAction(
        Action.APPROVE,
        _("Approve"),
        _("The partner can send the request."),
        ngettext_lazy("Approved.", "Approved %(count)d requests.", "count"),
        frozenset({Status.KEY_MADE, Status.RETURNED}),
        lambda onboarding, actor, entered: review.approve(onboarding, actor, entered.fingerprint),
        is_bulk=True,
        needs_fingerprint=True,
    ),
    ReviewAction(
        Action.RECEIVE,
        _("Mark as received"),
        _("Stellantis has the request. The next move is Stellantis’."),
        ngettext_lazy("Marked as received.", "Marked %(count)d requests as received.", "count"),
        TRANSITIONS[Action.RECEIVE].sources,
        lambda onboarding, actor, _entered: review.receive(onboarding, actor, usual_signing_time()),
        is_bulk=True,
    ),
    ReviewAction(
        Action.RETURN,
        _("Return with a reason"),
        _("The request counts as not sent. The partner corrects it if necessary, and sends it again."),
        ngettext_lazy("Returned.", "Returned %(count)d requests.", "count"),
        TRANSITIONS[Action.RETURN].sources,
        lambda onboarding, actor, entered: review.return_with_reason(onboarding, actor, entered.reasons, entered.note),
        ReturnForm,
        approval_effect=_(
            "If the partner has to change the request, you approve the new one again. Otherwise the approval stays."
        ),
    ),
    ReviewAction(
        Action.REMIND,
        _("Remind"),
        _("We email the partner. Nothing else changes."),
        ngettext_lazy("Reminder created.", "Created %(count)d reminders.", "count"),
        OPEN,
        lambda onboarding, actor, entered: review.remind(onboarding, actor, entered.note),
        NoteForm,
        is_bulk=True,
    ),
    ReviewAction(
        Action.REASSIGN,
        _("Move to another account"),
        _("The present owner can’t open the onboarding any more. Both owners get an email with your note."),
        ngettext_lazy("Moved.", "Moved %(count)d onboardings.", "count"),
        OPEN,
        lambda onboarding, actor, entered: review.reassign(onboarding, actor, entered.email, entered.note),
        ReassignForm,
        closes=True,
    ),
    ReviewAction(
        Action.REJECT,
        _("Reject"),
        _("The onboarding is closed. You can reopen it."),
        ngettext_lazy("Rejected.", "Rejected %(count)d onboardings.", "count"),
        TRANSITIONS[Action.REJECT].sources,
        lambda onboarding, actor, entered: review.reject(onboarding, actor, entered.note),
        RequiredNoteForm,
        closes=True,
    ),
    ReviewAction(
        Action.WITHDRAW,
        _("Withdraw"),
        _("You close the onboarding for the partner. You can reopen it."),
        ngettext_lazy("Withdrawn.", "Withdrew %(count)d onboardings.", "count"),
        TRANSITIONS[Action.WITHDRAW].sources,
        lambda onboarding, actor, entered: review.withdraw_for(onboarding, actor, entered.note),
        RequiredNoteForm,
        closes=True,
    ),
    ReviewAction(
        Action.REOPEN,
        _("Reopen"),
        _("The onboarding continues with the status that it had before."),
        ngettext_lazy("Reopened.", "Reopened %(count)d onboardings.", "count"),
        CLOSED,
        lambda onboarding, actor, entered: review.reopen(onboarding, actor, entered.note),
        NoteForm,
    ),
)
REVIEW_ACTION_BY_SLUG: dict[str, ReviewAction] = {action.action.value: action for action in REVIEW_ACTIONS}


def refusal(review_action: ReviewAction, onboarding: Onboarding, actor: User) -> Refusal | None:
    """Return why `actor` can't do this to this case; None if it is possible."""
    if refused := refusal_of_case(onboarding, actor, review_action.sources):
        return refused
    if needs_second_reviewer(review_action.action) and has_open_proposal(onboarding):
        return Refusal.PROPOSAL_OPEN
    if review_action.action is Action.TAKE_OVER and onboarding.reviewer_id == actor.pk:
        return Refusal.ALREADY_REVIEWER
    if review_action.action is Action.APPROVE and not settings.REVIEW_REQUIRED:
        return Refusal.NO_APPROVAL_NEEDED
    return None


def perform(review_action: ReviewAction, onboarding: Onboarding, actor: User, entered: ActionInput) -> Refusal | None:
    """Do the action to one case, or propose it if a second reviewer is needed; return why it was not done, or None."""
    if refused := refusal(review_action, onboarding, actor):
        return refused
    try:
        if needs_second_reviewer(review_action.action):
            review.propose(onboarding, actor, review_action.action, asdict(entered))
        else:
            review_action.run(onboarding, actor, entered)
    except TransitionNotAllowedError:
        return Refusal.CASE_CHANGED
    return None


def likely_action(onboarding: Onboarding, possible: list[ReviewAction]) -> Action | None:
    """Return which of the `possible` actions moves this case on; None if it waits for somebody else."""
    wanted = {
        Status.KEY_MADE: Action.APPROVE if onboarding.next_owner == Owner.US else Action.REMIND,
        Status.SENT: Action.RECEIVE,
        Status.RETURNED: Action.APPROVE if onboarding.next_owner == Owner.US else Action.REMIND,
        Status.WITHDRAWN: Action.REOPEN,
        Status.REJECTED: Action.REOPEN,
    }.get(Status(onboarding.status), Action.REMIND)
    return wanted if any(candidate.action == wanted for candidate in possible) else None


def possible_actions(onboarding: Onboarding, actor: User) -> list[ReviewAction]:
    """Return the actions that `actor` can do to this case."""
    return [action for action in REVIEW_ACTIONS if refusal(action, onboarding, actor) is None]
