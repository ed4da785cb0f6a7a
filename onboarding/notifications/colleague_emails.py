"""The emails about who shares an onboarding. They do not depend on whether an invited address has an account."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from onboarding.models import Invitation, Onboarding, Role, User
from onboarding.notifications.account_emails import queue_account_email, site_address

COLLEAGUE_SALT = "onboarding.colleague"


def send_invitation(invitation: Invitation) -> None:
    """Send the link of an invitation, or of the offer of an onboarding. It is made here and not stored."""
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
    queue_account_email(
        invitation.email,
        subject,
        text % values,
        _("Open this link within seven days. It works once, and only for this email address."),
        settings.SITE_URL + reverse("onboarding:invitation", args=[token]),
        _("If you don’t know the sender, ignore this email."),
    )


def announce_colleague(onboarding: Onboarding, colleague: User, role: Role) -> None:
    """Tell the owner that a colleague has accepted an invitation."""
    text = (
        _("%(colleague)s can now work on your onboarding for %(login)s.")
        if role == Role.MEMBER
        else _("%(colleague)s can now read your onboarding for %(login)s.")
    )
    queue_account_email(
        onboarding.owner.email,
        _("A colleague has joined your onboarding"),
        text % {"colleague": colleague.email, "login": onboarding.mzp_login},
        _colleagues_page(onboarding),
    )


def announce_owner(before: User, onboarding: Onboarding) -> None:
    """Tell the former owner that the onboarding was handed over."""
    queue_account_email(
        before.email,
        _("Your onboarding has a new owner"),
        _("%(owner)s is now the owner of the onboarding for %(login)s. You are a member.")
        % {"owner": onboarding.owner.email, "login": onboarding.mzp_login},
        _colleagues_page(onboarding),
    )


def announce_removal(colleague: User, onboarding: Onboarding) -> None:
    """Tell a colleague that they can't open an onboarding any more."""
    queue_account_email(
        colleague.email,
        _("You were removed from an onboarding"),
        _("You can’t open the onboarding for %(login)s any more.") % {"login": onboarding.mzp_login},
    )


def _colleagues_page(onboarding: Onboarding) -> str:
    return site_address("onboarding:colleagues", onboarding.pk)
