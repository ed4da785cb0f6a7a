"""The emails about who shares an onboarding. They do not depend on whether an invited address has an account."""

from collections.abc import Callable

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from onboarding.models import Invitation, NoticeGroup, Onboarding, OutgoingEmail, Role, User
from onboarding.notifications.account_emails import site_address
from onboarding.notifications.email_text import EmailText, joined
from onboarding.workflow import outbox

COLLEAGUE_SALT = "onboarding.colleague"

# The kinds of these emails.
SHARE, JOINED, NEW_OWNER, NO_LONGER_SHARED = "share", "joined", "new_owner", "removed"


def send_invitation(invitation: Invitation) -> None:
    """Send the link of an invitation, or of the offer of an onboarding."""
    params = {"invitation": str(invitation.pk), "language": translation.get_language()}
    outbox.put(SHARE, NoticeGroup.SECURITY, to=invitation.email, onboarding=invitation.onboarding, params=params)


def _invitation_text(email: OutgoingEmail) -> EmailText | None:
    """Return the invitation with its link, which is made here and not stored; None if it was withdrawn."""
    invitation = Invitation.objects.pending().filter(pk=email.params["invitation"]).first()
    if invitation is None:
        return None
    token = signing.dumps(str(invitation.pk), salt=COLLEAGUE_SALT)
    values = {"sender": invitation.invited_by.email, "login": invitation.onboarding.mzp_login}
    if invitation.role == Role.OWNER:
        subject = _("You are offered an onboarding")
        text = _("%(sender)s wants to hand over the onboarding for %(login)s to you. You become its owner.")
    elif invitation.role == Role.MEMBER:
        subject = _("You are invited to an onboarding")
        text = _("%(sender)s invites you to work on the onboarding for %(login)s.")
    else:
        subject = _("You are invited to an onboarding")
        text = _("%(sender)s invites you to read the onboarding for %(login)s.")
    body = joined(
        text % values,
        _("Open this link within seven days. It works once, and only for this email address."),
        settings.SITE_URL + reverse("onboarding:invitation", args=[token]),
        _("If you don’t know the sender, ignore this email."),
    )
    return EmailText("", subject, body)


def announce_colleague(onboarding: Onboarding, colleague: User, role: Role) -> None:
    """Tell the owner that a colleague has accepted an invitation."""
    _put(JOINED, onboarding.owner, onboarding, actor=colleague, role=role.value)


def _joined_text(email: OutgoingEmail) -> EmailText | None:
    if email.onboarding is None or email.actor is None:
        return None
    text = (
        _("%(colleague)s can now work on your onboarding for %(login)s.")
        if email.params["role"] == Role.MEMBER
        else _("%(colleague)s can now read your onboarding for %(login)s.")
    )
    values = {"colleague": email.actor.email, "login": email.onboarding.mzp_login}
    return EmailText(
        "", _("A colleague has joined your onboarding"), joined(text % values, _colleagues_page(email.onboarding))
    )


def announce_owner(before: User, onboarding: Onboarding) -> None:
    """Tell the former owner that the onboarding was handed over."""
    _put(NEW_OWNER, before, onboarding, actor=onboarding.owner)


def _new_owner_text(email: OutgoingEmail) -> EmailText | None:
    if email.onboarding is None or email.actor is None:
        return None
    text = _("%(owner)s is now the owner of the onboarding for %(login)s. You are a member.")
    values = {"owner": email.actor.email, "login": email.onboarding.mzp_login}
    return EmailText(
        "", _("Your onboarding has a new owner"), joined(text % values, _colleagues_page(email.onboarding))
    )


def announce_removal(colleague: User, onboarding: Onboarding) -> None:
    """Tell a colleague that they can't open an onboarding any more."""
    _put(NO_LONGER_SHARED, colleague, onboarding)


def _removed_text(email: OutgoingEmail) -> EmailText | None:
    if email.onboarding is None:
        return None
    text = _("You can’t open the onboarding for %(login)s any more.") % {"login": email.onboarding.mzp_login}
    return EmailText("", _("You were removed from an onboarding"), joined(text))


def _put(kind: str, user: User, onboarding: Onboarding, actor: User | None = None, **params: str) -> None:
    outbox.put(kind, NoticeGroup.SECURITY, user=user, onboarding=onboarding, actor=actor, params=params)


def _colleagues_page(onboarding: Onboarding) -> str:
    return site_address("onboarding:colleagues", onboarding.pk)


COLLEAGUE_TEXTS: dict[str, Callable[[OutgoingEmail], EmailText | None]] = {
    SHARE: _invitation_text,
    JOINED: _joined_text,
    NEW_OWNER: _new_owner_text,
    NO_LONGER_SHARED: _removed_text,
}
