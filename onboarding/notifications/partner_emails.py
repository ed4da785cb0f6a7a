"""The emails of the review desk to partners: their texts, and sending them."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.languages import day, in_language_of
from onboarding.messages.durations import duration_in_words
from onboarding.models import Action, CertificateRequest, Onboarding, PartnerEmail
from onboarding.models.review import SENDING_MAX
from onboarding.return_reasons import return_reasons
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
    Action.ADD_CA: EmailTemplate(
        gettext_lazy("A CA certificate was added to your onboarding"),
        gettext_lazy(
            "Our desk added a CA certificate to your onboarding for %(login)s. A CA certificate decides which servers "
            "may get your password. We don’t use it until you confirm it on the page of the test. Compare its "
            "fingerprint with your contact at Stellantis."
        ),
    ),
    Action.CONFIRM_CA: EmailTemplate(
        gettext_lazy("You confirmed a CA certificate"),
        gettext_lazy(
            "You confirmed a CA certificate for Stellantis’ gateway in your onboarding for %(login)s. If this was not "
            "you, open your onboarding, remove the confirmation, and change the password of your account."
        ),
    ),
    Action.DISTRUST_CA: EmailTemplate(
        gettext_lazy("A CA certificate is no longer trusted"),
        gettext_lazy(
            "The confirmation of a CA certificate was removed from your onboarding for %(login)s. If this was not you, "
            "change the password of your account."
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


# What the owner did is announced to the owner as well: it may have been somebody with their session.
OWNER_NOTICES: dict[Action, EmailTemplate] = {
    Action.EXPORT_KEY: EmailTemplate(
        gettext_lazy("Your private key was downloaded"),
        gettext_lazy("The private key of %(login)s was downloaded from your account, encrypted with its passphrase."),
    ),
    Action.REPLACE_REQUEST: EmailTemplate(
        gettext_lazy("Your request was replaced"),
        gettext_lazy("The request of %(login)s was replaced from your account. The next step is a new key."),
    ),
    Action.DISCARD_REQUEST: EmailTemplate(
        gettext_lazy("An old key was deleted"),
        gettext_lazy(
            "The key of an earlier request of %(login)s was deleted from your account. A certificate for that request "
            "can no longer be used."
        ),
    ),
    Action.WITHDRAW: EmailTemplate(
        gettext_lazy("Your onboarding was withdrawn"),
        gettext_lazy("The onboarding of %(login)s was withdrawn from your account. It is closed."),
    ),
}


@dataclass(frozen=True)
class EmailText:
    """An email to the partner, in the partner's language."""

    to: str
    subject: str
    body: str


@in_language_of(lambda _action, onboarding, **_: onboarding.owner)
def partner_email(
    action: Action,
    onboarding: Onboarding,
    *,
    reasons: list[str] | None = None,
    note: str = "",
    usual: timedelta | None = None,
    facts: str = "",
) -> EmailText | None:
    """Return the email about `action`; None if the partner gets none.

    `reasons` are the codes of a return. `usual` is how long a signature usually takes, if that is known. `facts` is a
    paragraph of names and values.
    """
    if action == Action.REMIND:
        subject, text = _("A reminder about your onboarding"), _reminder(onboarding)
    elif template := EMAIL_TEMPLATES.get(action):
        subject, text = str(template.subject), str(template.text) % {"login": onboarding.mzp_login}
    else:
        return None
    paragraphs = [text, facts] if facts else [text]
    if usual:
        paragraphs.append(_("A signature usually takes %(duration)s.") % {"duration": _in_words(usual)})
    paragraphs += [f"{reason.text} {reason.fix}" for reason in return_reasons(reasons or [])]
    if action == Action.RETURN and _approval_follows(onboarding, reasons or []):
        paragraphs.append(_("Our desk checks the request before it is sent. You get an email when you can send it."))
    if note:
        paragraphs.append(_("Note from our desk: %(note)s") % {"note": note})
    paragraphs.append(settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]))
    return EmailText(onboarding.owner.email, subject, "\n\n".join(paragraphs) + "\n")


def _in_words(duration: timedelta) -> str:
    return duration_in_words(round(duration.total_seconds()))


@in_language_of(lambda _action, onboarding: onboarding.owner)
def owner_notice(action: Action, onboarding: Onboarding) -> EmailText:
    """Return the email that tells the owner what was done with their account."""
    template = OWNER_NOTICES[action]
    paragraphs = [
        str(template.text) % {"login": onboarding.mzp_login},
        _("If this was not you, change the password of your account now: %(address)s")
        % {"address": settings.SITE_URL + reverse("account_change_password")},
        settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]),
    ]
    return EmailText(onboarding.owner.email, str(template.subject), "\n\n".join(paragraphs) + "\n")


@in_language_of(lambda onboarding, _tries: onboarding.owner)
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
    expires = day(issued.not_after) if issued else ""
    return progress.next_action.reminder(onboarding.mzp_login, expires)


def _approval_follows(onboarding: Onboarding, reasons: list[str]) -> bool:
    """Return whether the request needs our desk's approval after a return for `reasons`.

    The confirmation page shows the email before the return, so the return is applied to a copy, which is not saved.
    """
    request = onboarding.request or CertificateRequest()
    request.apply_return(reasons)
    return request.needs_approval


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
