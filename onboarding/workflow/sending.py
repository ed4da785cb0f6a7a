"""Sends the emails of the outbox.

A worker takes one email at a time, with a lease. When a worker is killed, its lease ends, and another sends the email.
One gap can't be closed: if a worker is killed after the email server has accepted an email, and before this is stored,
the email is sent again. Both have the same Message-ID, by which mailboxes recognise a copy.
"""

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any, TypeVar

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from onboarding.models import EmailState, OutgoingEmail, WebhookDelivery
from onboarding.notifications.recipients import wants
from onboarding.notifications.rendering import message_of

logger = logging.getLogger(__name__)
Row = TypeVar("Row", OutgoingEmail, WebhookDelivery)

# Longer than an attempt takes: EMAIL_TIMEOUT for each of the about eight answers of an email server.
SENDING_LEASE = timedelta(minutes=4)
# The delays grow from the first to the longest, so an email server that comes back gets everything in five minutes.
SHORTEST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(minutes=4)
PATIENT_AFTER, PATIENT_DELAY = 800, timedelta(hours=1)  # attempts, about two days
ATTEMPTS_MAX = 920  # about a week


class SendingOutcome(Enum):
    """How an attempt ended."""

    SENT = "sent"
    DROPPED = "dropped"  # nobody wants it any more, or what it tells about is over
    REFUSED = "refused"  # the address is refused for good
    DELAYED = "delayed"  # this email failed
    SERVER_DOWN = "server_down"  # the email server failed, so others would fail as well


def send_due(stopped: Callable[[], bool] = lambda: False) -> bool:
    """Send the emails that are due, until there is none or `stopped()`; return whether the email server works."""
    if not _due().exists():
        return True
    connection = get_connection()
    try:
        while not stopped() and (email := take(_due())):
            outcome, error = _attempt(email, connection)
            _store(email, outcome, error)
            if outcome is SendingOutcome.SERVER_DOWN:
                return False
    finally:
        with suppress(OSError, SMTPException):
            connection.close()
    return True


def _due() -> QuerySet[OutgoingEmail]:
    return OutgoingEmail.objects.filter(state=EmailState.WAITING, due_at__lte=timezone.now())


def take(due: QuerySet[Row]) -> Row | None:
    """Return the row that has waited longest, with a lease; None if none is due. No two workers get the same."""
    with transaction.atomic():
        row = due.select_for_update(skip_locked=True).order_by("due_at", "pk").first()
        if row is not None:
            row.lease, row.due_at = uuid.uuid4(), timezone.now() + SENDING_LEASE
            row.attempts += 1
            row.save(update_fields=["lease", "due_at", "attempts"])
    return row


def _attempt(email: OutgoingEmail, connection: BaseEmailBackend) -> tuple[SendingOutcome, str]:
    """Try to send `email`; return the outcome, and the error without any address."""
    try:
        wanted = email.user is None or (email.user.is_active and wants(email.user, email.group))
        message = message_of(email, connection) if wanted else None
    except Exception as error:
        # One email that can't be written must not keep the others from being sent.
        logger.exception("Could not write OutgoingEmail %s", email.pk)
        return SendingOutcome.DELAYED, type(error).__name__
    if message is None:
        return SendingOutcome.DROPPED, ""
    try:
        connection.open()
        connection.send_messages([message])
    except (OSError, SMTPException) as error:
        return _outcome_of(error)
    return SendingOutcome.SENT, ""


def _outcome_of(error: Exception) -> tuple[SendingOutcome, str]:
    """Return the outcome of an error of the email server. Its text is dropped: it contains the address."""
    name = type(error).__name__
    match error:
        case SMTPRecipientsRefused():
            codes = [code for code, _text in error.recipients.values()]
        case SMTPSenderRefused() | SMTPDataError():
            codes = [error.smtp_code]
        case _:
            return SendingOutcome.SERVER_DOWN, name
    text = f"{name} {codes[0]}"
    if 421 in codes:  # the server says that it shuts down (RFC 5321, 3.8)
        return SendingOutcome.SERVER_DOWN, text
    if isinstance(error, SMTPRecipientsRefused) and min(codes) >= 500:
        return SendingOutcome.REFUSED, text
    return SendingOutcome.DELAYED, text


def _store(email: OutgoingEmail, outcome: SendingOutcome, error: str) -> None:
    """Store the outcome, unless another worker has taken the email meanwhile."""
    now = timezone.now()
    changes: dict[str, Any] = {"lease": None, "error": error}
    if outcome in {SendingOutcome.SENT, SendingOutcome.DROPPED}:
        state = EmailState.SENT if outcome is SendingOutcome.SENT else EmailState.DROPPED
        changes |= {"state": state, "ended_at": now, "private": {}, "to": ""}
    elif outcome is SendingOutcome.REFUSED or email.attempts >= ATTEMPTS_MAX:
        changes |= {"state": EmailState.FAILED, "ended_at": now}
        logger.error("Gave up OutgoingEmail %s: %s. Staff can send it again.", email.pk, error)
    else:
        changes["due_at"] = now + delay_after(email.attempts)
        logger.warning("Could not send OutgoingEmail %s yet: %s", email.pk, error)
    OutgoingEmail.objects.filter(pk=email.pk, lease=email.lease).update(**changes)


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    if attempts >= PATIENT_AFTER:
        return PATIENT_DELAY
    doubled: timedelta = SHORTEST_DELAY * 2 ** min(attempts - 1, 10)
    return min(doubled, LONGEST_DELAY)
