"""The emails of the review desk to partners: their texts, and sending them."""

import logging
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.models import Action, Onboarding, PartnerEmail
from onboarding.models.review import SENDING_MAX
from onboarding.return_reasons import needs_new_request, return_reasons
from onboarding.workflow.next_step import progress_of
from onboarding.workflow.transitions import Change, TransitionNotAllowedError


@dataclass(frozen=True)
class EmailTemplate:
    """The subject and the first paragraph of an email. The parameter of the paragraph is `login`."""

    subject: str | Promise
    text: str | Promise


# The partner gets an email for these actions and for REMIND. The other actions are only lines in the history.
EMAIL_TEMPLATES: dict[Action, EmailTemplate] = {
    Action.APPROVE: EmailTemplate(
        gettext_lazy("You can send your request now"),
        gettext_lazy(
            "We checked your request for %(login)s: all correct. Send it to Stellantis now, then confirm that you "
            "sent it."
        ),
    ),
    Action.RECEIVE: EmailTemplate(
        gettext_lazy("Stellantis has your request"),
        gettext_lazy(
            "Stellantis has your request for %(login)s and is signing it. You have nothing to do until you get the "
            "email with your certificate."
        ),
    ),
    Action.RETURN: EmailTemplate(
        gettext_lazy("Your request was returned"),
        gettext_lazy("Your request for %(login)s was returned to you. Please do the following."),
    ),
    Action.REJECT: EmailTemplate(
        gettext_lazy("Your request was rejected"),
        gettext_lazy(
            "Your onboarding for %(login)s was rejected and is closed. The note says why. You can start a new "
            "onboarding."
        ),
    ),
    Action.ACCEPT_CERTIFICATE: EmailTemplate(
        gettext_lazy("Your certificate is here"),
        gettext_lazy(
            "We uploaded the signed certificate for %(login)s to your onboarding. Test the connection now. You need "
            "the passphrase of your key and the password of the login. If you made the key yourself, you also need the "
            "key file."
        ),
    ),
    Action.WITHDRAW: EmailTemplate(
        gettext_lazy("Your onboarding was withdrawn"),
        gettext_lazy("Our desk withdrew your onboarding for %(login)s. It is closed, and the note says why."),
    ),
    Action.REOPEN: EmailTemplate(
        gettext_lazy("Your onboarding is open again"),
        gettext_lazy("We reopened your onboarding for %(login)s. It continues where it was."),
    ),
}


@dataclass(frozen=True)
class EmailText:
    """An email to the partner, in the language that was active when it was made."""

    to: str
    subject: str
    body: str


def partner_email(
    action: Action, onboarding: Onboarding, *, reasons: list[str] | None = None, note: str = "", usual: str = ""
) -> EmailText | None:
    """Return the email about `action`; None if the partner gets none.

    `reasons` are the codes of a return. `usual` is how long a signature usually takes, as text.
    """
    if action == Action.REMIND:
        subject, text = _("A reminder about your onboarding"), _reminder(onboarding)
    elif template := EMAIL_TEMPLATES.get(action):
        subject, text = str(template.subject), str(template.text) % {"login": onboarding.mzp_login}
    else:
        return None
    paragraphs = [text]
    if usual:
        paragraphs.append(_("A signature usually takes %(duration)s.") % {"duration": usual})
    paragraphs += [f"{reason.text} {reason.fix}" for reason in return_reasons(reasons or [])]
    if action == Action.RETURN and _needs_approval(onboarding, reasons or []):
        paragraphs.append(_("Our desk checks the request before it is sent. You get an email when you can send it."))
    if note:
        paragraphs.append(_("Note from our desk: %(note)s") % {"note": note})
    paragraphs.append(settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]))
    return EmailText(onboarding.owner.email, subject, "\n\n".join(paragraphs) + "\n")


def pause_email(onboarding: Onboarding, tries: int) -> EmailText:
    """Return the email that tells the owner that `tries` wrong passphrases after each other have paused a key."""
    values = {"login": onboarding.mzp_login, "tries": tries}
    paragraphs = [
        ngettext(
            "Somebody signed in to your account tried %(tries)s wrong passphrase for the key of %(login)s. "
            "The key can’t be used for an hour.",
            "Somebody signed in to your account tried %(tries)s wrong passphrases for the key of %(login)s. "
            "The key can’t be used for an hour.",
            tries,
        )
        % values,
        _("If this was not you, change the password of your account now."),
        settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]),
    ]
    return EmailText(onboarding.owner.email, _("Wrong passphrases for your key"), "\n\n".join(paragraphs) + "\n")


def _reminder(onboarding: Onboarding) -> str:
    """Return the text of a reminder: the next action, from `NEXT_ACTIONS`."""
    progress = progress_of(onboarding)
    issued = progress.issued_certificate
    expires = date_format(issued.not_after, "j F Y") if issued else ""
    return progress.next_action.reminder(onboarding.mzp_login, expires)


def _needs_approval(onboarding: Onboarding, reasons: list[str]) -> bool:
    """Return whether the request needs our desk's approval after it was returned for `reasons`."""
    request = onboarding.request
    approved = request is not None and request.approved_at is not None
    return settings.REVIEW_REQUIRED and (needs_new_request(reasons) or not approved)


logger = logging.getLogger(__name__)


def queue_email(change: Change, text: EmailText | None) -> None:
    """Store the email, and send it after the transaction of `change`. None is no email."""
    if text is None:
        return
    email = PartnerEmail.objects.create(
        onboarding=change.onboarding,
        actor=change.actor,
        to=text.to,
        subject=text.subject,
        body=text.body,
        trying_since=timezone.now(),
    )
    transaction.on_commit(lambda: _send(email))


def retry_email(change: Change, pk: int) -> None:
    """Send an email that could not be sent to the partner's present address, after the transaction of `change`.

    Raise TransitionNotAllowedError if it was sent meanwhile, or is being sent.
    """
    idle = Q(trying_since=None) | Q(trying_since__lt=timezone.now() - SENDING_MAX)
    unsent = PartnerEmail.objects.filter(idle, pk=pk, onboarding=change.onboarding, sent_at=None)
    if not unsent.update(trying_since=timezone.now(), to=change.onboarding.owner.email):
        raise TransitionNotAllowedError("this email was sent, or is being sent")
    email = PartnerEmail.objects.get(pk=pk)
    change.record(Action.RESEND_EMAIL, email.subject)
    transaction.on_commit(lambda: _send(email))


def _send(email: PartnerEmail) -> None:
    try:
        send_mail(email.subject, email.body, None, [email.to])
    except (OSError, SMTPException) as error:
        # Log neither the traceback nor the text: a mail server's refusal contains the partner's address.
        reason = type(error).__name__
        logger.error("Could not send PartnerEmail %s: %s. Staff can send it again.", email.pk, reason)  # noqa: TRY400
        PartnerEmail.objects.filter(pk=email.pk).update(trying_since=None)
        return
    PartnerEmail.objects.filter(pk=email.pk).update(sent_at=timezone.now())
