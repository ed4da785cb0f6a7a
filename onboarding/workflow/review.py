"""The actions of the review desk. The partner learns about each decision by email or in the history."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_noop as _

from onboarding.messages.finding import Finding
from onboarding.models import (
    CLOSED,
    Action,
    CertificateRequest,
    Onboarding,
    OutgoingEmail,
    Proposal,
    ProposalOutcome,
    Return,
    SigningResponse,
    StaffNote,
    Status,
    User,
)
from onboarding.models.events import REASON_SEPARATOR, WHY_MAX
from onboarding.notifications.partner_emails import partner_email, queue_email, retry_email
from onboarding.pki.validation.certificates import ValidationResult
from onboarding.return_reasons import return_reasons
from onboarding.workflow import second_reviewer
from onboarding.workflow.accounts import has_verified_address
from onboarding.workflow.certificates import store_certificate, store_client_id
from onboarding.workflow.colleagues import set_owner
from onboarding.workflow.renewals import refuse_second_renewal
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked

OWN_ONBOARDING = _("nobody acts on their own onboarding at the desk")


class ReviewRefusedError(TransitionNotAllowedError):
    """The reviewer may not do this to this onboarding; `str()` is the reason, for staff."""


def refuse_own(onboarding: Onboarding, actor: User) -> None:
    """Raise ReviewRefusedError if `onboarding` belongs to `actor`: staff can be partners, but not review themselves."""
    if onboarding.is_owned_by(actor):
        raise ReviewRefusedError(OWN_ONBOARDING)


@contextmanager
def locked_for_review(onboarding: Onboarding, actor: User, *, closed: bool = False) -> Iterator[Change]:
    """Lock `onboarding` for a change by the review desk, as `transitions.locked` does.

    Raise ReviewRefusedError if the onboarding belongs to `actor`. An action that needs a second reviewer raises
    TransitionNotAllowedError, unless this change confirms a proposal.
    """
    with locked(onboarding, actor, closed=closed) as change:
        refuse_own(change.onboarding, actor)
        yield second_reviewer.watched(change)


def propose(onboarding: Onboarding, actor: User, verb: Action, entered: Mapping[str, Any]) -> Proposal:
    """Store a proposal, which another reviewer confirms or refuses. Nothing else changes, and no email is sent."""
    with locked_for_review(onboarding, actor) as change:
        return second_reviewer.propose(change, verb, entered)


def decide_proposal(proposal: Proposal, actor: User, outcome: ProposalOutcome) -> None:
    """Refuse the proposal of somebody else, or withdraw one's own, also if the onboarding was closed meanwhile.

    To confirm it, do the action within `second_reviewer.confirming`.
    """
    onboarding = Onboarding.objects.get(pk=proposal.onboarding_id)
    with locked_for_review(onboarding, actor, closed=onboarding.status in CLOSED) as change:
        second_reviewer.decide(change, proposal, outcome)


def take_over(onboarding: Onboarding, actor: User) -> None:
    """Make `actor` the reviewer of the onboarding. Doing this twice changes nothing."""
    with locked_for_review(onboarding, actor) as change:
        if change.onboarding.reviewer_id != actor.pk:
            change.onboarding.reviewer = actor
            change.onboarding.save(update_fields=["reviewer"])
            change.record(Action.TAKE_OVER)


def approve(onboarding: Onboarding, actor: User, fingerprint: str) -> None:
    """Allow the partner to send the request with this `fingerprint`.

    A returned request becomes sendable without a correction. Raise TransitionNotAllowedError if another request is
    current now, or if this request was sent or approved already.
    """
    with locked_for_review(onboarding, actor) as change:
        current = change.onboarding.request
        if current is None or current.fingerprint != fingerprint or current.sent_at or current.approved_at:
            raise TransitionNotAllowedError("the case has changed meanwhile")
        current.approved_at, current.approved_by = timezone.now(), actor
        current.save(update_fields=["approved_at", "approved_by"])
        change.onboarding.returns.filter(answered_at=None).update(answered_at=timezone.now())
        if change.onboarding.status == Status.RETURNED:
            change.move(Action.APPROVE)
        else:
            change.record(Action.APPROVE)
        queue_email(change, partner_email(Action.APPROVE, change.onboarding))


def receive(onboarding: Onboarding, actor: User, usual: timedelta | None = None) -> None:
    """Record that the operator has the request. `usual` is how long a signature usually takes, if that is known."""
    with locked_for_review(onboarding, actor) as change:
        change.move(Action.RECEIVE)
        queue_email(change, partner_email(Action.RECEIVE, change.onboarding, usual=usual))


def return_with_reason(onboarding: Onboarding, actor: User, reasons: list[str], note: str = "") -> None:
    """Return the request to the partner, for `reasons`, codes of `return_reasons`.

    For what this changes in the request, see `CertificateRequest.apply_return`. The response of a practice authority is
    deleted.
    """
    with locked_for_review(onboarding, actor) as change:
        request = change.onboarding.request
        if request is None:
            raise TransitionNotAllowedError(Action.RETURN)
        change.move(Action.RETURN, _joined_labels(reasons))
        request.apply_return(reasons)
        request.save(update_fields=["sent_at", "approved_at", "approved_by"])
        SigningResponse.objects.filter(request=request).delete()
        Return.objects.create(onboarding=change.onboarding, request=request, actor=actor, reasons=reasons, note=note)
        queue_email(change, partner_email(Action.RETURN, change.onboarding, reasons=reasons, note=note))


def _joined_labels(reasons: list[str]) -> str:
    """Return the labels of `reasons` in English. `Event.staff_detail` translates them."""
    with translation.override(None):
        return REASON_SEPARATOR.join(str(reason.label) for reason in return_reasons(reasons))[:WHY_MAX]


def reject(onboarding: Onboarding, actor: User, note: str) -> None:
    """Close the onboarding because the request can't be signed. `note` says why."""
    _close(onboarding, actor, Action.REJECT, note)


def withdraw_for(onboarding: Onboarding, actor: User, note: str) -> None:
    """Close the onboarding on the partner's behalf. `note` says why."""
    _close(onboarding, actor, Action.WITHDRAW, note)


def _close(onboarding: Onboarding, actor: User, action: Action, note: str) -> None:
    with locked_for_review(onboarding, actor) as change:
        change.move(action, note[:WHY_MAX])
        queue_email(change, partner_email(action, change.onboarding, note=note))


def reopen(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Reopen a closed onboarding in the status that it had before.

    Raise TransitionNotAllowedError if another renewal has taken its place.
    """
    with locked_for_review(onboarding, actor, closed=True) as change:
        refuse_second_renewal(change.onboarding)
        change.move(Action.REOPEN, note[:WHY_MAX])
        queue_email(change, partner_email(Action.REOPEN, change.onboarding, note=note))


def reassign(onboarding: Onboarding, actor: User, email: str, note: str) -> None:
    """Move the onboarding to the account with the address `email`, because its owner has left. `note` says why.

    The former owner loses the access; the colleagues keep theirs. Both owners get an email. Raise ReviewRefusedError if
    the account is that of the actor or of who proposed this, and TransitionNotAllowedError if it is not open, owns the
    onboarding already, or has not confirmed its address: anybody can sign up with the address of somebody else.
    """
    with locked_for_review(onboarding, actor) as change:
        user = User.objects.filter(email=email.lower(), is_active=True).first()
        before = change.onboarding.owner
        if user is not None and user in {actor, second_reviewer.confirmed_proposer()}:
            raise ReviewRefusedError(OWN_ONBOARDING)
        if user is None or user == before or not has_verified_address(user):
            raise TransitionNotAllowedError(Action.REASSIGN)
        set_owner(change, user)
        change.details.update(before=before.pk, account=user.pk)
        change.record(Action.REASSIGN, note[:WHY_MAX])
        text = partner_email(Action.REASSIGN, change.onboarding, note=note)
        queue_email(change, text, [before, user])


def remind(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Email the partner what is next."""
    with locked_for_review(onboarding, actor) as change:
        change.record(Action.REMIND, note[:WHY_MAX])
        queue_email(change, partner_email(Action.REMIND, change.onboarding, note=note))


def upload_certificate(
    onboarding: Onboarding,
    actor: User,
    request: CertificateRequest,
    result: ValidationResult,
    findings: Sequence[Finding],
) -> bool:
    """Store an accepted certificate on the partner's behalf; return whether it is new.

    The partner gets an email about a new certificate. For the other arguments and errors, see
    `certificates.store_certificate`.
    """
    with locked_for_review(onboarding, actor) as change:
        created = store_certificate(change, request, result, findings)
        if created:
            queue_email(change, partner_email(Action.ACCEPT_CERTIFICATE, change.onboarding))
        return created


def add_client_id_for(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Store a client ID on the partner's behalf. No email is sent."""
    with locked_for_review(onboarding, actor) as change:
        store_client_id(change, value, label)


def add_note(onboarding: Onboarding, actor: User, text: str) -> StaffNote:
    """Store a note that only staff read, also for a closed onboarding.

    Raise ReviewRefusedError if the onboarding belongs to `actor`.
    """
    refuse_own(onboarding, actor)
    return StaffNote.objects.create(onboarding=onboarding, author=actor, text=text)


def resend_email(email: OutgoingEmail, actor: User) -> None:
    """Send an email that could not be sent, also of a closed onboarding.

    Raise TransitionNotAllowedError if it was sent meanwhile, or is being sent.
    """
    if email.onboarding is None:
        raise TransitionNotAllowedError("only an email about an onboarding is sent again here")
    onboarding = Onboarding.objects.get(pk=email.onboarding.pk)
    with locked_for_review(onboarding, actor, closed=onboarding.status in CLOSED) as change:
        retry_email(change, email.pk)
