"""Dangerous actions of the review desk, which another reviewer has to confirm if SECOND_REVIEWER_REQUIRED is on.

`review.locked_for_review` asks `watch` about each change by the desk, so no way to an action can leave this out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from onboarding.models import Action, Onboarding, Proposal, ProposalOutcome, User
from onboarding.workflow.transitions import Change, TransitionNotAllowedError

# What the desk ends, moves to another account, or does in place of a partner. A new dangerous action needs a line here.
SECOND_REVIEWER_ACTIONS = frozenset(
    {
        Action.REJECT,
        Action.WITHDRAW,
        Action.ACCEPT_CERTIFICATE,
        Action.RESTORE_REQUEST,
        Action.ADD_CA,
        Action.ADD_CLIENT_ID,
        Action.REASSIGN,
    }
)
OUTCOME_ACTIONS = {
    ProposalOutcome.CONFIRMED: Action.CONFIRM_PROPOSAL,
    ProposalOutcome.REFUSED: Action.REFUSE_PROPOSAL,
    ProposalOutcome.WITHDRAWN: Action.WITHDRAW_PROPOSAL,
}


class SecondReviewerRequiredError(TransitionNotAllowedError):
    """The action needs a proposal that another reviewer confirms, or the decision needs another person."""


@dataclass
class _Confirmation:
    """The confirmation under way; `is_stored` once the first change of the action has stored it."""

    proposal: Proposal
    is_stored: bool = field(default=False)


_confirmation: ContextVar[_Confirmation | None] = ContextVar("confirmation", default=None)


def needs_second_reviewer(action: str) -> bool:
    """Return whether the desk can only propose `action`."""
    return bool(settings.SECOND_REVIEWER_REQUIRED) and action in SECOND_REVIEWER_ACTIONS


def has_open_proposal(onboarding: Onboarding) -> bool:
    """Return whether a proposal for the case waits for a second reviewer."""
    return Proposal.objects.filter(onboarding=onboarding, decided_at=None).exists()


def watched(change: Change) -> Change:
    """Return a change by the desk that refuses dangerous actions, or records the confirmation that allows them."""
    confirmation = _confirmation.get()
    if confirmation is not None and confirmation.proposal.onboarding_id == change.onboarding.pk:
        if not confirmation.is_stored:
            _decide(change, confirmation.proposal, ProposalOutcome.CONFIRMED)
            confirmation.is_stored = True
        return change
    refused = SECOND_REVIEWER_ACTIONS if settings.SECOND_REVIEWER_REQUIRED else frozenset[Action]()
    return Change(change.onboarding, change.actor, change.counts, change.events, change.details, refused)


@contextmanager
def confirming(proposal: Proposal) -> Iterator[None]:
    """Let the changes in this block do what `proposal` proposes, as a confirmation by the actor of the changes.

    The first of them stores the decision. It raises TransitionNotAllowedError if the proposal was decided, or the case
    has changed since, and SecondReviewerRequiredError if its actor is the proposer.
    """
    confirmation = _Confirmation(proposal)
    token = _confirmation.set(confirmation)
    try:
        yield
    finally:
        _confirmation.reset(token)
    if not confirmation.is_stored:
        raise TransitionNotAllowedError("the action made no change")


def confirmed_proposer() -> User | None:
    """Return who proposed what is being confirmed; None outside a confirmation, and if the account is erased."""
    confirmation = _confirmation.get()
    return confirmation.proposal.proposer if confirmation else None


def propose(change: Change, verb: Action, entered: Mapping[str, Any]) -> Proposal:
    """Store a proposal. Raise TransitionNotAllowedError if another one is open for this case."""
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(
                onboarding=change.onboarding,
                verb=verb,
                entered=dict(entered),
                case_state=_state(change.onboarding),
                proposer=change.actor,
            )
    except IntegrityError as error:
        raise TransitionNotAllowedError("another proposal is open") from error
    change.details["proposed"] = str(verb)
    change.record(Action.PROPOSE, str(verb))
    return proposal


def decide(change: Change, proposal: Proposal, outcome: ProposalOutcome) -> None:
    """Refuse or withdraw a proposal. Raises the errors of `confirming`; only the proposer withdraws."""
    _decide(change, proposal, outcome)


def _decide(change: Change, proposal: Proposal, outcome: ProposalOutcome) -> None:
    if (proposal.proposer_id == change.actor.pk) != (outcome == ProposalOutcome.WITHDRAWN):
        raise SecondReviewerRequiredError(outcome)
    if outcome == ProposalOutcome.CONFIRMED and proposal.case_state != _state(change.onboarding):
        raise TransitionNotAllowedError("the case has changed meanwhile")
    open_rows = Proposal.objects.filter(pk=proposal.pk, onboarding=change.onboarding, decided_at=None)
    if not open_rows.update(outcome=outcome, decided_by=change.actor, decided_at=timezone.now()):
        raise TransitionNotAllowedError("the proposal was decided meanwhile")
    change.details["proposed"] = proposal.verb
    change.record(OUTCOME_ACTIONS[outcome], proposal.verb)


def _state(onboarding: Onboarding) -> str:
    """Return what must not change between a proposal and its confirmation: the status and the current request."""
    current = onboarding.request
    return f"{onboarding.status} {current.fingerprint if current else ''}".strip()
