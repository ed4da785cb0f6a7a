"""Proposals at the review desk: a second reviewer confirms or refuses them, and the proposer can withdraw them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.limits import UPLOADS
from onboarding.models import Action, Onboarding, Proposal, ProposalOutcome, User
from onboarding.review.actions import REVIEW_ACTION_BY_SLUG, ActionInput
from onboarding.review.additions import is_id, is_limited, store_proposed
from onboarding.review.refusals import Refusal
from onboarding.review.roles import actor_of
from onboarding.workflow.review import ReviewRefusedError, decide_proposal
from onboarding.workflow.second_reviewer import SecondReviewerRequiredError, confirming
from onboarding.workflow.transitions import TransitionNotAllowedError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

OUTCOMES = {
    Action.CONFIRM_PROPOSAL.value: ProposalOutcome.CONFIRMED,
    Action.REFUSE_PROPOSAL.value: ProposalOutcome.REFUSED,
    Action.WITHDRAW_PROPOSAL.value: ProposalOutcome.WITHDRAWN,
}
PROPOSAL_SLUGS = frozenset(OUTCOMES)
DECISION_LABELS = {
    Action.CONFIRM_PROPOSAL.value: gettext_lazy("Confirm the proposal"),
    Action.REFUSE_PROPOSAL.value: gettext_lazy("Refuse the proposal"),
    Action.WITHDRAW_PROPOSAL.value: gettext_lazy("Withdraw the proposal"),
}
DONE_TEXTS = {
    ProposalOutcome.CONFIRMED: gettext_lazy("The proposal was confirmed and carried out."),
    ProposalOutcome.REFUSED: gettext_lazy("The proposal was refused. Nothing else has changed."),
    ProposalOutcome.WITHDRAWN: gettext_lazy("The proposal was withdrawn. Nothing else has changed."),
}


@dataclass(frozen=True)
class ShownProposal:
    """An open proposal, and what the user can do about it: pairs of a slug and the text of a button."""

    row: Proposal
    label: "StrOrPromise"
    decisions: "list[tuple[str, StrOrPromise]]"


def shown_proposal(onboarding: Onboarding, actor: User, *, may_act: bool) -> ShownProposal | None:
    """Return the open proposal for a case; None if there is none."""
    row = Proposal.objects.filter(onboarding=onboarding, decided_at=None).select_related("proposer").first()
    if row is None:
        return None
    review_action = REVIEW_ACTION_BY_SLUG.get(row.verb)
    label = review_action.label if review_action else _("Upload certificate")
    is_own = row.proposer_id == actor.pk
    slugs = [slug for slug, outcome in OUTCOMES.items() if is_own == (outcome == ProposalOutcome.WITHDRAWN)]
    return ShownProposal(row, label, [(slug, DECISION_LABELS[slug]) for slug in slugs] if may_act else [])


def decision_view(request: HttpRequest, onboarding: Onboarding, slug: str) -> HttpResponseRedirect:
    """Decide about the proposal that the form names, and redirect to the case."""
    if request.method == "POST":
        pk = request.POST.get("proposal", "")
        proposal = Proposal.objects.filter(pk=pk, onboarding=onboarding).first() if is_id(pk) else None
        if proposal is None:
            raise Http404
        if not is_limited(request, onboarding, UPLOADS):  # a confirmed upload is read again
            _decide(request, onboarding, proposal, OUTCOMES[slug])
    return redirect("admin:onboarding_onboarding_change", onboarding.pk)


def _decide(request: HttpRequest, onboarding: Onboarding, proposal: Proposal, outcome: ProposalOutcome) -> None:
    actor = actor_of(request)
    try:
        if outcome == ProposalOutcome.CONFIRMED:
            _carry_out(onboarding, actor, proposal)
        else:
            decide_proposal(proposal, actor, outcome)
    except ReviewRefusedError:
        messages.error(request, Refusal.OWN_ONBOARDING.text(onboarding))
    except SecondReviewerRequiredError:
        messages.error(request, Refusal.OWN_PROPOSAL.text(onboarding))
    except TransitionNotAllowedError:
        messages.error(request, Refusal.CASE_CHANGED.text(onboarding))
    else:
        messages.success(request, str(DONE_TEXTS[outcome]))


def _carry_out(onboarding: Onboarding, actor: User, proposal: Proposal) -> None:
    """Do what was proposed. The confirmation is stored in the transaction of its first change."""
    review_action = REVIEW_ACTION_BY_SLUG.get(proposal.verb)
    with confirming(proposal):
        if review_action:
            review_action.run(onboarding, actor, ActionInput(**proposal.entered))
        else:
            store_proposed(onboarding, actor, proposal.entered)
