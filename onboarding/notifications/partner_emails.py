"""The emails that tell partners what the review desk decided: their texts, and sending them."""

import logging
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from onboarding.models import Action, Onboarding, PartnerEmail
from onboarding.models.review import SENDING_MAX
from onboarding.return_reasons import needs_new_request, return_reasons
from onboarding.workflow.transitions import Change, TransitionNotAllowedError

APPROVED_ANEW = "Our desk looks at the request before it is sent. You get a mail as soon as you can send it."


@dataclass(frozen=True)
class Wording:
    """A verb's `subject` and `text` for the partner; an empty text is no mail, only a line in the history."""

    subject: str
    text: str


WORDINGS: dict[str, Wording] = {
    "take_over": Wording("", ""),
    "approve": Wording(
        "You can send your request now",
        "Your request for {login} was looked at and is in order. Send it to Stellantis now, and note it as sent.",
    ),
    "receive": Wording(
        "Stellantis has your request",
        "Your request for {login} has reached Stellantis and is being signed{usual}. You need to do nothing until the "
        "mail with your certificate comes.",
    ),
    "return": Wording(
        "Your request is back with you",
        "Your request for {login} was returned to you. Please do the following.",
    ),
    "reject": Wording(
        "Your request was rejected",
        "Your onboarding for {login} was rejected and has ended. The note says why; you can start another one.",
    ),
    "remind": Wording("A reminder about your onboarding", "{move}"),
    "accept_certificate": Wording(
        "Your certificate is here",
        "Your signed certificate for {login} was put into your onboarding. Test the connection now; you need the "
        "passphrase of your key, the key file if you made it yourself, and the password of the login.",
    ),
    "withdraw": Wording(
        "Your onboarding was ended",
        "Your onboarding for {login} was withdrawn by our desk, and has ended. The note says why.",
    ),
    "reopen": Wording(
        "Your onboarding is open again",
        "Your onboarding for {login} was opened again, and stands where it stood before.",
    ),
}
NEXT_STEP = {
    "draft": "Your onboarding for {login} waits for you: enter your company’s details and make the key.",
    "key_made": "Your request for {login} is ready, but not sent yet. Open your onboarding: it says what is next.",
    "sent": "We are waiting for the answer to your request for {login}. If Stellantis’ mail has come, hand in what it "
    "holds.",
    "received": "Your request for {login} is with Stellantis. If their mail has come, hand in what it holds.",
    "returned": "Your request for {login} was returned to you. Open your onboarding: it says what to do.",
    "certified": "Your certificate for {login} is here. Open your onboarding: add the client ID if it is missing, and "
    "test the connection.",
    "connected": "Your connection for {login} works. Its certificate expires on {expires}; ask your contact at "
    "Stellantis for a new one in time: signing can take weeks.",
}


@dataclass(frozen=True)
class Announcement:
    """A mail to the partner."""

    to: str
    subject: str
    body: str


def announcement(
    verb: str, onboarding: Onboarding, *, reasons: list[str] | None = None, note: str = "", usual: str = ""
) -> Announcement | None:
    """What the partner reads of `verb`; None where it is only a line in the history."""
    wording = WORDINGS[verb]
    if not wording.text:
        return None
    expires = f"{onboarding.expires_at:%Y-%m-%d}" if onboarding.expires_at else "an unknown day"
    facts = {
        "login": onboarding.mzp_login,
        "expires": expires,
        "usual": f", which usually takes {usual}" if usual else "",
    }
    move = NEXT_STEP.get(onboarding.status, "").format(**facts)
    paragraphs = [wording.text.format(move=move, **facts)]
    paragraphs += [f"{reason.text} {reason.fix}" for reason in return_reasons(reasons or [])]
    if verb == "return" and _approved_anew(onboarding, reasons or []):
        paragraphs.append(APPROVED_ANEW)
    if note:
        paragraphs.append(f"Note from our desk: {note}")
    paragraphs.append(settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]))
    return Announcement(onboarding.owner.email, wording.subject, "\n\n".join(paragraphs) + "\n")


def _approved_anew(onboarding: Onboarding, reasons: list[str]) -> bool:
    """Whether a request that is returned for these reasons can be sent again only after an approval."""
    request = onboarding.request
    approved = request is not None and request.approved_at is not None
    return settings.REVIEW_REQUIRED and (needs_new_request(reasons) or not approved)


logger = logging.getLogger(__name__)


def tell(change: Change, mail: Announcement | None) -> None:
    """Keep the mail with the change; None is no mail."""
    if mail is None:
        return
    notice = PartnerEmail.objects.create(
        onboarding=change.onboarding,
        actor=change.actor,
        to=mail.to,
        subject=mail.subject,
        body=mail.body,
        trying_since=timezone.now(),
    )
    transaction.on_commit(lambda: _send(notice))


def try_again(change: Change, pk: int) -> None:
    """Send a mail that could not be sent, to the partner's present address (NotNowError: it was, or is being sent)."""
    given_up = Q(trying_since=None) | Q(trying_since__lt=timezone.now() - SENDING_MAX)
    waiting = PartnerEmail.objects.filter(given_up, pk=pk, onboarding=change.onboarding, sent_at=None)
    if not waiting.update(trying_since=timezone.now(), to=change.onboarding.owner.email):
        raise TransitionNotAllowedError("this mail is sent, or being sent")
    notice = PartnerEmail.objects.get(pk=pk)
    change.record(Action.RESEND_EMAIL, notice.subject)
    transaction.on_commit(lambda: _send(notice))


def _send(notice: PartnerEmail) -> None:
    try:
        send_mail(notice.subject, notice.body, None, [notice.to])
    except (OSError, SMTPException) as error:
        # Neither the traceback nor the text: a mail server's refusal names the partner's address.
        logger.error("PartnerEmail %s could not be sent (%s); the case says so", notice.pk, type(error).__name__)  # noqa: TRY400
        PartnerEmail.objects.filter(pk=notice.pk).update(trying_since=None)
        return
    PartnerEmail.objects.filter(pk=notice.pk).update(sent_at=timezone.now())
