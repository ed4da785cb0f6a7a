"""The mails that tell partners what the desk decided: kept with the change, and sent once it is certain."""

import logging
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from onboarding.casework import ONE_TRY
from onboarding.journey.announcements import Announcement
from onboarding.journey.transitions import NotNowError, Turn
from onboarding.models import Notice

logger = logging.getLogger(__name__)


def tell(now: Turn, mail: Announcement | None) -> None:
    """Keep the mail with the change; None is no mail."""
    if mail is None:
        return
    notice = Notice.objects.create(
        onboarding=now.onboarding,
        actor=now.actor,
        to=mail.to,
        subject=mail.subject,
        body=mail.body,
        trying_since=timezone.now(),
    )
    transaction.on_commit(lambda: _send(notice))


def try_again(now: Turn, pk: int) -> None:
    """Send a mail that could not be sent, to the partner's present address (NotNowError: it was, or is being sent)."""
    given_up = Q(trying_since=None) | Q(trying_since__lt=timezone.now() - ONE_TRY)
    waiting = Notice.objects.filter(given_up, pk=pk, onboarding=now.onboarding, sent_at=None)
    if not waiting.update(trying_since=timezone.now(), to=now.onboarding.owner.email):
        raise NotNowError("this mail is sent, or being sent")
    notice = Notice.objects.get(pk=pk)
    now.record("send_again", notice.subject)
    transaction.on_commit(lambda: _send(notice))


def _send(notice: Notice) -> None:
    try:
        send_mail(notice.subject, notice.body, None, [notice.to])
    except (OSError, SMTPException) as error:
        # Neither the traceback nor the text: a mail server's refusal names the partner's address.
        logger.error("Notice %s could not be sent (%s); the case says so", notice.pk, type(error).__name__)  # noqa: TRY400
        Notice.objects.filter(pk=notice.pk).update(trying_since=None)
        return
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now())
