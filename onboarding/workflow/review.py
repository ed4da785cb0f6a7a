"""The verbs of the review desk; whatever is decided here reaches the partner in words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.models import (
    CLOSED,
    Action,
    CertificateRequest,
    IssuedCertificate,
    Onboarding,
    PartnerEmail,
    Return,
    SigningResponse,
    StaffNote,
    Status,
    User,
)
from onboarding.notifications.partner_emails import announcement, tell, try_again
from onboarding.pki.validation.certificates import ValidationResult
from onboarding.return_reasons import needs_new_request, return_reasons
from onboarding.workflow.certificates import accept_certificate, add_client_id
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked

WHY_MAX = 500  # characters that the history keeps of a reason
OWN_ONBOARDING = "nobody acts on their own onboarding at the desk"


class ReviewRefusedError(TransitionNotAllowedError):
    """The desk may not do this here; `str()` says why, for staff."""


def refuse_own(onboarding: Onboarding, actor: User) -> None:
    """Staff can be partners, too, but never on both sides of one onboarding (RefusedError)."""
    if onboarding.owner_id == actor.pk:
        raise ReviewRefusedError(OWN_ONBOARDING)


@contextmanager
def locked_for_review(onboarding: Onboarding, actor: User, *, ended: bool = False) -> Iterator[Change]:
    """A turn that is the desk's (RefusedError: the onboarding is the actor's own)."""
    with locked(onboarding, actor, ended=ended) as change:
        refuse_own(change.onboarding, actor)
        yield change


def take_over(onboarding: Onboarding, actor: User) -> None:
    """Look after the case from now on; taking it over twice changes nothing."""
    with locked_for_review(onboarding, actor) as change:
        if change.onboarding.reviewer_id != actor.pk:
            change.onboarding.reviewer = actor
            change.onboarding.save(update_fields=["reviewer"])
            change.record(Action.TAKE_OVER)


def approve(onboarding: Onboarding, actor: User, fingerprint: str) -> None:
    """Let the partner send the request with this `fingerprint` (NotNowError: another one stands there by now).

    A returned request that is approved after all goes back to where it can be sent: nothing has to be mended in it.
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
        tell(change, announcement(Action.APPROVE, change.onboarding))


def receive(onboarding: Onboarding, actor: User, usual: str = "") -> None:
    """The operator has the request; `usual` is how long signing usually takes, in words."""
    with locked_for_review(onboarding, actor) as change:
        change.move(Action.RECEIVE)
        tell(change, announcement(Action.RECEIVE, change.onboarding, usual=usual))


def return_with_reason(onboarding: Onboarding, actor: User, reasons: list[str], note: str = "") -> None:
    """Give the request back: it counts as not sent, and what came back for it at once counts no more.

    Where something in it has to change, it is not approved any more; else its approval holds, and it can be sent again.
    """
    with locked_for_review(onboarding, actor) as change:
        request = change.onboarding.request
        if request is None:
            raise TransitionNotAllowedError("return")
        change.move(Action.RETURN, "; ".join(reason.label for reason in return_reasons(reasons))[:WHY_MAX])
        request.sent_at = None
        if needs_new_request(reasons):
            request.approved_at = request.approved_by = None
        request.save(update_fields=["sent_at", "approved_at", "approved_by"])
        SigningResponse.objects.filter(request=request).delete()
        Return.objects.create(onboarding=change.onboarding, request=request, actor=actor, reasons=reasons, note=note)
        tell(change, announcement(Action.RETURN, change.onboarding, reasons=reasons, note=note))


def reject(onboarding: Onboarding, actor: User, note: str) -> None:
    """End the onboarding because it can't be signed; the note says why."""
    _close(onboarding, actor, Action.REJECT, note)


def withdraw_for(onboarding: Onboarding, actor: User, note: str) -> None:
    """End the onboarding on the partner's behalf."""
    _close(onboarding, actor, Action.WITHDRAW, note)


def _close(onboarding: Onboarding, actor: User, verb: Action, note: str) -> None:
    with locked_for_review(onboarding, actor) as change:
        change.move(verb, note[:WHY_MAX])
        tell(change, announcement(verb, change.onboarding, note=note))


def reopen(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Open an ended onboarding again, where it stood."""
    with locked_for_review(onboarding, actor, ended=True) as change:
        change.move(Action.REOPEN, note[:WHY_MAX])
        tell(change, announcement(Action.REOPEN, change.onboarding, note=note))


def remind(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Mail the partner what their next step is."""
    with locked_for_review(onboarding, actor) as change:
        change.record(Action.REMIND, note[:WHY_MAX])
        tell(change, announcement(Action.REMIND, change.onboarding, note=note))


def upload_certificate(
    onboarding: Onboarding,
    actor: User,
    request: CertificateRequest,
    answer: ValidationResult,
    remarks: Sequence[Finding],
) -> bool:
    """Keep an accepted answer to `request` on the partner's behalf, and tell them; whether it is a new one."""
    with locked_for_review(onboarding, actor) as change:
        kept = IssuedCertificate.objects.filter(request__onboarding=onboarding)
        before = kept.count()
        accept_certificate(request, actor, answer, remarks)
        if kept.count() == before:
            return False
        tell(change, announcement(Action.ACCEPT_CERTIFICATE, change.onboarding))
        return True


def add_client_id_for(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Keep a client ID on the partner's behalf; no mail goes out."""
    with locked_for_review(onboarding, actor):
        add_client_id(onboarding, actor, value, label)


def add_note(onboarding: Onboarding, actor: User, text: str) -> StaffNote:
    """Keep a note that only staff read; also for an onboarding that has ended (RefusedError: it is their own)."""
    refuse_own(onboarding, actor)
    return StaffNote.objects.create(onboarding=onboarding, author=actor, text=text)


def send_again(notice: PartnerEmail, actor: User) -> None:
    """Send a mail that could not be sent, also of an onboarding that has ended (NotNowError: it is on its way)."""
    onboarding = Onboarding.objects.get(pk=notice.onboarding_id)
    with locked_for_review(onboarding, actor, ended=onboarding.status in CLOSED) as change:
        try_again(change, notice.pk)
