"""Makes the message of an email that waits in the outbox: its text, the same as HTML, and its headers."""

from collections.abc import Callable
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from onboarding.languages import reading_as
from onboarding.models import NoticeGroup, OutgoingEmail, User
from onboarding.notifications import account_emails, colleague_emails, digest, gateway_emails, notices, partner_emails
from onboarding.notifications.email_text import EmailText

UNSUBSCRIBE_SALT = "onboarding.unsubscribe"

# What makes the text of each kind of email; None if what it tells about is over.
TEXTS_BY_KIND: dict[str, Callable[[OutgoingEmail], EmailText | None]] = (
    partner_emails.PARTNER_TEXTS
    | account_emails.ACCOUNT_TEXTS
    | colleague_emails.COLLEAGUE_TEXTS
    | gateway_emails.GATEWAY_TEXTS
    | notices.NOTICE_TEXTS
    | digest.DIGEST_TEXTS
)


def text_of(email: OutgoingEmail) -> EmailText | None:
    """Return the text of `email` in the active language; None if what it tells about is over."""
    return TEXTS_BY_KIND[email.kind](email)


def message_of(email: OutgoingEmail, connection: BaseEmailBackend) -> EmailMultiAlternatives | None:
    """Return the message, in its reader's language; None if it is not to be sent any more.

    Every call gives the same Message-ID and date, so a copy is recognised.
    """
    if not email.recipient:
        return None
    with reading_as(email.user, email.params.get("language", "")):
        text = text_of(email)
        if text is None:
            return None
        body = "\n\n".join([text.body.strip(), *_footer(email)]) + "\n"
        context = {"subject": text.subject, "body": body, "language": translation.get_language()}
        html = render_to_string("email/message.html", context)
    message = EmailMultiAlternatives(
        text.subject, body, None, [email.recipient], connection=connection, headers=_headers(email)
    )
    message.attach_alternative(html, "text/html")
    return message


def _footer(email: OutgoingEmail) -> list[str]:
    """Return the last paragraphs: the site's name, and where its reader chooses which emails to get."""
    if email.kind == account_emails.ALLAUTH:  # its template has the name
        return []
    paragraphs = [f"{site_name()}\n{settings.SITE_URL}/"]
    if email.user is not None and email.group != NoticeGroup.SECURITY:
        address = settings.SITE_URL + reverse("account_notices")
        paragraphs.append(_("Choose which emails you get: %(address)s") % {"address": address})
    return paragraphs


def site_name() -> str:
    """Return the name of the site."""
    return _("Fleet API onboarding")


def _headers(email: OutgoingEmail) -> dict[str, str]:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{email.uid}@{host}>",
        "Date": format_datetime(email.at),
        "Auto-Submitted": "auto-generated",  # RFC 3834: no automatic answers, please
    }
    if email.user is not None and email.group != NoticeGroup.SECURITY:
        address = settings.SITE_URL + reverse("account_unsubscribe", args=[unsubscribe_token(email.user, email.group)])
        # RFC 8058: the mail program sends the form itself, so that one click is enough.
        headers |= {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def unsubscribe_token(user: User, group: str) -> str:
    """Return the signed part of the link that ends the emails of `group` to `user`. It opens nothing else."""
    return signing.dumps([user.pk, group], salt=UNSUBSCRIBE_SALT)


def unsubscribed(token: str) -> tuple[int, str]:
    """Return the id of the account and the group of a link. Raise BadSignature if it is forged."""
    pk, group = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    return int(pk), str(group)
