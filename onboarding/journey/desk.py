"""The verbs of the review desk; whatever is decided here reaches the partner in words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.utils import timezone

from onboarding.journey.announcements import announcement
from onboarding.journey.answers import accept_certificate, add_client_id
from onboarding.journey.notices import tell, try_again
from onboarding.journey.transitions import NotNowError, Turn, turn
from onboarding.models import (
    CertificateRequest,
    Handover,
    IssuedCertificate,
    Notice,
    Onboarding,
    Return,
    StaffNote,
    Status,
    User,
)
from onboarding.pki.answer import Answer
from onboarding.pki.findings import Finding
from onboarding.reasons import reasons_of, something_to_change
from onboarding.statuses import ENDED

WHY_MAX = 500  # characters that the history keeps of a reason
OWN = "nobody acts on their own onboarding at the desk"


class RefusedError(NotNowError):
    """The desk may not do this here; `str()` says why, for staff."""


def refuse_own(onboarding: Onboarding, actor: User) -> None:
    """Staff can be partners, too, but never on both sides of one onboarding (RefusedError)."""
    if onboarding.owner_id == actor.pk:
        raise RefusedError(OWN)


@contextmanager
def desk_turn(onboarding: Onboarding, actor: User, *, ended: bool = False) -> Iterator[Turn]:
    """A turn that is the desk's (RefusedError: the onboarding is the actor's own)."""
    with turn(onboarding, actor, ended=ended) as now:
        refuse_own(now.onboarding, actor)
        yield now


def take_over(onboarding: Onboarding, actor: User) -> None:
    """Look after the case from now on; taking it over twice changes nothing."""
    with desk_turn(onboarding, actor) as now:
        if now.onboarding.reviewer_id != actor.pk:
            now.onboarding.reviewer = actor
            now.onboarding.save(update_fields=["reviewer"])
            now.record("take_over")


def approve(onboarding: Onboarding, actor: User, fingerprint: str) -> None:
    """Let the partner send the request with this `fingerprint` (NotNowError: another one stands there by now).

    A returned request that is approved after all goes back to where it can be sent: nothing has to be mended in it.
    """
    with desk_turn(onboarding, actor) as now:
        current = now.onboarding.request
        if current is None or current.fingerprint != fingerprint or current.sent_at or current.approved_at:
            raise NotNowError("the case has changed meanwhile")
        current.approved_at, current.approved_by = timezone.now(), actor
        current.save(update_fields=["approved_at", "approved_by"])
        now.onboarding.returns.filter(answered_at=None).update(answered_at=timezone.now())
        if now.onboarding.status == Status.RETURNED:
            now.move("approve")
        else:
            now.record("approve")
        tell(now, announcement("approve", now.onboarding))


def receive(onboarding: Onboarding, actor: User, usual: str = "") -> None:
    """The operator has the request; `usual` is how long signing usually takes, in words."""
    with desk_turn(onboarding, actor) as now:
        now.move("receive")
        tell(now, announcement("receive", now.onboarding, usual=usual))


def return_with_reason(onboarding: Onboarding, actor: User, reasons: list[str], note: str = "") -> None:
    """Give the request back: it counts as not sent, and what came back for it at once counts no more.

    Where something in it has to change, it is not approved any more; else its approval holds, and it can be sent again.
    """
    with desk_turn(onboarding, actor) as now:
        request = now.onboarding.request
        if request is None:
            raise NotNowError("return")
        now.move("return", "; ".join(reason.label for reason in reasons_of(reasons))[:WHY_MAX])
        request.sent_at = None
        if something_to_change(reasons):
            request.approved_at = request.approved_by = None
        request.save(update_fields=["sent_at", "approved_at", "approved_by"])
        Handover.objects.filter(request=request).delete()
        Return.objects.create(onboarding=now.onboarding, request=request, actor=actor, reasons=reasons, note=note)
        tell(now, announcement("return", now.onboarding, reasons=reasons, note=note))


def reject(onboarding: Onboarding, actor: User, note: str) -> None:
    """End the onboarding because it can't be signed; the note says why."""
    _end(onboarding, actor, "reject", note)


def withdraw_for(onboarding: Onboarding, actor: User, note: str) -> None:
    """End the onboarding on the partner's behalf."""
    _end(onboarding, actor, "withdraw", note)


def _end(onboarding: Onboarding, actor: User, verb: str, note: str) -> None:
    with desk_turn(onboarding, actor) as now:
        now.move(verb, note[:WHY_MAX])
        tell(now, announcement(verb, now.onboarding, note=note))


def reopen(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Open an ended onboarding again, where it stood."""
    with desk_turn(onboarding, actor, ended=True) as now:
        now.move("reopen", note[:WHY_MAX])
        tell(now, announcement("reopen", now.onboarding, note=note))


def remind(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Mail the partner what their next step is."""
    with desk_turn(onboarding, actor) as now:
        now.record("remind", note[:WHY_MAX])
        tell(now, announcement("remind", now.onboarding, note=note))


def put_certificate_in(
    onboarding: Onboarding, actor: User, request: CertificateRequest, answer: Answer, remarks: Sequence[Finding]
) -> bool:
    """Keep an accepted answer to `request` on the partner's behalf, and tell them; whether it is a new one."""
    with desk_turn(onboarding, actor) as now:
        kept = IssuedCertificate.objects.filter(request__onboarding=onboarding)
        before = kept.count()
        accept_certificate(request, actor, answer, remarks)
        if kept.count() == before:
            return False
        tell(now, announcement("accept_certificate", now.onboarding))
        return True


def put_client_id_in(onboarding: Onboarding, actor: User, value: str, label: str) -> None:
    """Keep a client ID on the partner's behalf; no mail goes out."""
    with desk_turn(onboarding, actor):
        add_client_id(onboarding, actor, value, label)


def take_note(onboarding: Onboarding, actor: User, text: str) -> StaffNote:
    """Keep a note that only staff read; also for an onboarding that has ended (RefusedError: it is their own)."""
    refuse_own(onboarding, actor)
    return StaffNote.objects.create(onboarding=onboarding, author=actor, text=text)


def send_again(notice: Notice, actor: User) -> None:
    """Send a mail that could not be sent, also of an onboarding that has ended (NotNowError: it is on its way)."""
    onboarding = Onboarding.objects.get(pk=notice.onboarding_id)
    with desk_turn(onboarding, actor, ended=onboarding.status in ENDED) as now:
        try_again(now, notice.pk)
