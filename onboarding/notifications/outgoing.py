"""Send emails about accounts in the background, so that the time of a response does not tell whether one is sent."""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)
SENDERS = 2  # emails that are sent at the same time, in each process


@cache
def _senders() -> ThreadPoolExecutor:
    """Return the threads. They end with the process, after the emails that wait for them."""
    return ThreadPoolExecutor(SENDERS, thread_name_prefix="email")


def send_later(message: EmailMessage) -> None:
    """Send `message` soon. If the email server refuses it, only the log says so."""
    if settings.EMAIL_IN_BACKGROUND:
        _senders().submit(_send, message)
    else:
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except (OSError, SMTPException) as error:
        # Neither the traceback nor the text: a mail server's refusal contains the address.
        logger.error("Could not send an email about an account: %s", type(error).__name__)  # noqa: TRY400
