"""The verbs of the review desk; whatever is decided here reaches the partner in words."""

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from onboarding.journey.announcements import Announcement, announcement
from onboarding.journey.transitions import NotNowError, Turn, turn
from onboarding.models import CertificateRequest, Notice, Onboarding, Return, StaffNote, User
from onboarding.reasons import reasons_of

logger = logging.getLogger(__name__)
WHY_MAX = 500  # characters that the history keeps of a reason


class RefusedError(NotNowError):
    """The desk may not do this here; `str()` says why, for staff."""


def take_over(onboarding: Onboarding, actor: User) -> None:
    """Look after the case from now on; taking over one's own changes nothing."""
    with turn(onboarding, actor) as now:
        if now.onboarding.reviewer_id != actor.pk:
            now.onboarding.reviewer = actor
            now.onboarding.save(update_fields=["reviewer"])
            now.record("take_over")


def approve(onboarding: Onboarding, actor: User) -> None:
    """Let the partner send the request (RefusedError: it is the actor's own; NotNowError: nothing to approve)."""
    with turn(onboarding, actor) as now:
        if now.onboarding.owner_id == actor.pk:
            raise RefusedError("nobody approves their own request")
        waiting = CertificateRequest.objects.filter(
            onboarding=now.onboarding, replaced_at=None, sent_at=None, approved_at=None
        )
        if not waiting.update(approved_at=timezone.now(), approved_by=actor):
            raise NotNowError("approve")
        now.record("approve")
        _tell(now, announcement("approve", now.onboarding))


def receive(onboarding: Onboarding, actor: User, usual: str = "") -> None:
    """The operator has the request; `usual` is how long signing usually takes, in words."""
    with turn(onboarding, actor) as now:
        now.move("receive")
        _tell(now, announcement("receive", now.onboarding, usual=usual))


def return_with_reason(onboarding: Onboarding, actor: User, reasons: list[str], note: str = "") -> None:
    """Give the request back to be mended: it counts as not sent, and not approved, until the partner sends it again."""
    with turn(onboarding, actor) as now:
        request = now.onboarding.request
        if request is None:
            raise NotNowError("return")
        now.move("return", "; ".join(reason.label for reason in reasons_of(reasons))[:WHY_MAX])
        CertificateRequest.objects.filter(pk=request.pk).update(sent_at=None, approved_at=None, approved_by=None)
        Return.objects.create(onboarding=now.onboarding, request=request, actor=actor, reasons=reasons, note=note)
        _tell(now, announcement("return", now.onboarding, reasons=reasons, note=note))


def reject(onboarding: Onboarding, actor: User, note: str) -> None:
    """End the onboarding because it can't be signed; the note says why."""
    _end(onboarding, actor, "reject", note)


def withdraw_for(onboarding: Onboarding, actor: User, note: str) -> None:
    """End the onboarding on the partner's behalf."""
    _end(onboarding, actor, "withdraw", note)


def _end(onboarding: Onboarding, actor: User, verb: str, note: str) -> None:
    with turn(onboarding, actor) as now:
        now.move(verb, note[:WHY_MAX])
        _tell(now, announcement(verb, now.onboarding, note=note))


def reopen(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Open an ended onboarding again, where it stood."""
    with turn(onboarding, actor, ended=True) as now:
        now.move("reopen", note[:WHY_MAX])
        _tell(now, announcement("reopen", now.onboarding, note=note))


def remind(onboarding: Onboarding, actor: User, note: str = "") -> None:
    """Mail the partner what their next step is."""
    with turn(onboarding, actor) as now:
        now.record("remind", note[:WHY_MAX])
        _tell(now, announcement("remind", now.onboarding, note=note))


def announce_certificate(onboarding: Onboarding, actor: User) -> None:
    """Tell the partner that the desk put the certificate in."""
    with turn(onboarding, actor) as now:
        _tell(now, announcement("accept_certificate", now.onboarding))


def take_note(onboarding: Onboarding, actor: User, text: str) -> StaffNote:
    """Keep a note that only staff read; also for an onboarding that has ended."""
    return StaffNote.objects.create(onboarding=onboarding, author=actor, text=text)


def _tell(now: Turn, mail: Announcement | None) -> None:
    """Keep the mail with the change, and send it once the change is certain."""
    if mail is None:
        return
    notice = Notice.objects.create(
        onboarding=now.onboarding, actor=now.actor, to=mail.to, subject=mail.subject, body=mail.body
    )
    transaction.on_commit(lambda: _send(notice))


def _send(notice: Notice) -> None:
    try:
        send_mail(notice.subject, notice.body, None, [notice.to])
    except (OSError, SMTPException):
        logger.exception("Notice %s could not be sent; the case says so", notice.pk)
        return
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now())
