"""The emails of the review desk to partners: their texts, and storing them in the outbox."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.languages import day
from onboarding.messages.durations import duration_in_words
from onboarding.models import Action, CertificateRequest, NoticeGroup, Onboarding, OutgoingEmail, User
from onboarding.notifications.email_text import EmailRecipe, EmailText, joined
from onboarding.notifications.recipients import recipients_of, wanting
from onboarding.return_reasons import return_reasons
from onboarding.workflow import outbox
from onboarding.workflow.next_step import progress_of
from onboarding.workflow.transitions import Change, TransitionNotAllowedError
from onboarding.workflow.webhooks import tell_webhooks


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
    Action.REASSIGN: EmailTemplate(
        gettext_lazy("An onboarding was moved to another account"),
        gettext_lazy(
            "Our desk moved the onboarding for %(login)s to another account. Both accounts get this email. Only the "
            "new owner can open the onboarding now."
        ),
    ),
    Action.REOPEN: EmailTemplate(
        gettext_lazy("Your onboarding is open again"),
        gettext_lazy("We reopened your onboarding for %(login)s. It continues where it was."),
    ),
}


# What somebody did is announced to that person as well: it may have been somebody else with their session.
OWNER_NOTICES: dict[Action, EmailTemplate] = {
    Action.EXPORT_KEY: EmailTemplate(
        gettext_lazy("Your private key was downloaded"),
        gettext_lazy("The private key of %(login)s was downloaded, encrypted with its passphrase."),
    ),
    Action.REPLACE_REQUEST: EmailTemplate(
        gettext_lazy("Your request was replaced"),
        gettext_lazy("The request of %(login)s was replaced. The next step is a new key."),
    ),
    Action.DISCARD_REQUEST: EmailTemplate(
        gettext_lazy("An old key was deleted"),
        gettext_lazy(
            "The key of an earlier request of %(login)s was deleted. A certificate for that request can no longer be "
            "used."
        ),
    ),
    Action.WITHDRAW: EmailTemplate(
        gettext_lazy("Your onboarding was withdrawn"),
        gettext_lazy("The onboarding of %(login)s was withdrawn. It is closed."),
    ),
    Action.CLOSE_RENEWED: EmailTemplate(
        gettext_lazy("The old onboarding is closed"),
        gettext_lazy("The old onboarding of %(login)s is closed, because its certificate was renewed."),
    ),
}


PARTNER, OWNER, KEY_PAUSED, STORED = "partner", "owner", "pause", "text"  # the kinds of these emails
SECURITY_ACTIONS = frozenset({Action.ADD_CA, Action.CONFIRM_CA, Action.DISTRUST_CA})


def _group_of(action: Action) -> NoticeGroup:
    if action in SECURITY_ACTIONS:
        return NoticeGroup.SECURITY
    return NoticeGroup.REMINDERS if action == Action.REMIND else NoticeGroup.PROGRESS


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
    private = {"note": note, "usual": usual.total_seconds() if usual else 0, "facts": facts}
    recipe = EmailRecipe(PARTNER, _group_of(action), {"action": action.value, "reasons": reasons or []}, private)
    return EmailText(onboarding.owner.email, subject, joined(*paragraphs), recipe)


def _in_words(duration: timedelta) -> str:
    return duration_in_words(round(duration.total_seconds()))


def owner_notice(action: Action, onboarding: Onboarding, actor: User | None) -> EmailText:
    """Return the email that tells the owner and the members what `actor` did; None is an account that is erased."""
    template = OWNER_NOTICES[action]
    paragraphs = [
        str(template.text) % {"login": onboarding.mzp_login},
        *_done_by(actor),
        settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]),
    ]
    recipe = EmailRecipe(OWNER, NoticeGroup.SECURITY, {"action": action.value})
    return EmailText(onboarding.owner.email, str(template.subject), joined(*paragraphs), recipe)


def pause_email(onboarding: Onboarding, tries: int, actor: User | None) -> EmailText:
    """Return the email that says that `tries` wrong passphrases after each other, the last by `actor`, paused a key."""
    values = {"login": onboarding.mzp_login, "tries": tries}
    paragraphs = [
        ngettext(
            "Somebody tried %(tries)s wrong passphrase for the key of %(login)s. The key can’t be used for an hour.",
            "Somebody tried %(tries)s wrong passphrases for the key of %(login)s. The key can’t be used for an hour.",
            tries,
        )
        % values,
        *_done_by(actor),
        settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]),
    ]
    recipe = EmailRecipe(KEY_PAUSED, NoticeGroup.SECURITY, {"tries": tries})
    return EmailText(onboarding.owner.email, _("Wrong passphrases for your key"), joined(*paragraphs), recipe)


def _done_by(actor: User | None) -> list[str]:
    """Return who did something, and what to do if this was somebody else."""
    if actor is None:
        return []
    return [
        _("This was done from the account %(account)s.") % {"account": actor.email},
        _("If this is your account and it was not you, change your password now: %(address)s")
        % {"address": settings.SITE_URL + reverse("account_change_password")},
    ]


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


def queue_email(change: Change, text: EmailText | None, to: Iterable[User] | None = None) -> None:
    """Store the email for the accounts `to`, else for everybody in `recipients_of`. None is no email."""
    if text is None:
        return
    recipe = text.recipe or EmailRecipe(STORED, NoticeGroup.PROGRESS, {}, {"subject": text.subject, "body": text.body})
    tell_webhooks(change.onboarding, recipe.params.get("action", recipe.kind))
    for user in wanting(recipients_of(change.onboarding) if to is None else to, recipe.group):
        outbox.put(
            recipe.kind,
            recipe.group,
            user=user,
            onboarding=change.onboarding,
            actor=change.actor,
            params=recipe.params,
            private=recipe.private,
        )


def retry_email(change: Change, pk: int) -> None:
    """Let a worker send at once what could not be sent. Raise TransitionNotAllowedError if it was or is being sent."""
    emails = OutgoingEmail.objects.filter(pk=pk, onboarding=change.onboarding)
    if not outbox.retry(emails):
        raise TransitionNotAllowedError("this email was sent, or is being sent")
    with translation.override(None):  # the history is stored in English
        change.record(Action.RESEND_EMAIL, title_of(emails.get()))


def title_of(email: OutgoingEmail) -> str:
    """Return what the desk reads about an email: its subject if it is the desk's, else its group. This asks nothing."""
    action = email.params.get("action")
    if email.kind == PARTNER and action == Action.REMIND:
        return _("A reminder about your onboarding")
    if email.kind == PARTNER:
        return str(EMAIL_TEMPLATES[Action(action)].subject)
    if email.kind == OWNER:
        return str(OWNER_NOTICES[Action(action)].subject)
    return email.params.get("subject") or email.get_group_display()


def _onboarding_of(email: OutgoingEmail) -> Onboarding:
    if email.onboarding is None:
        raise TypeError("an email of this kind is about an onboarding")
    return email.onboarding


def _partner_text(email: OutgoingEmail) -> EmailText | None:
    params = email.params
    private = {**email.private, "usual": timedelta(seconds=email.private.get("usual") or 0)}
    return partner_email(Action(params["action"]), _onboarding_of(email), reasons=params["reasons"], **private)


def _stored_text(email: OutgoingEmail) -> EmailText:
    private = email.private
    return EmailText("", private.get("subject") or email.params.get("subject", ""), private.get("body", ""))


PARTNER_TEXTS: dict[str, Callable[[OutgoingEmail], EmailText | None]] = {
    PARTNER: _partner_text,
    OWNER: lambda email: owner_notice(Action(email.params["action"]), _onboarding_of(email), email.actor),
    KEY_PAUSED: lambda email: pause_email(_onboarding_of(email), email.params["tries"], email.actor),
    STORED: _stored_text,
}
