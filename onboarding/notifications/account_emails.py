"""The emails of this site about accounts that allauth has no template for."""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from onboarding.languages import in_language_of
from onboarding.models import User
from onboarding.notifications.outgoing import send_later

INVITATION_SALT = "onboarding.invitation"
INVITATION_SECONDS = 7 * 24 * 3600


def queue_account_email(to: str, subject: str, *paragraphs: str) -> None:
    """Send an email to an address that has an account, after the present transaction."""
    message = EmailMessage(subject, "\n\n".join(paragraphs) + "\n", to=[to])
    transaction.on_commit(lambda: send_later(message))


@in_language_of(lambda user, *_: user)
def announce_role(user: User, role: str) -> None:
    """Tell the owner of an account that it has the role `role` now, and how to sign in again."""
    queue_account_email(
        user.email,
        _("You have a role at the review desk"),
        _("Your account now has the role “%(role)s”.") % {"role": role},
        _(
            "To be sure that nobody else can use this role, we ended all sessions of your account. We also removed its "
            "password, its second factor and its other email addresses."
        ),
        _("Choose a new password here: %(address)s") % {"address": page("account_reset_password")},
        _("Then set up a second factor. The review desk opens only with one: %(address)s")
        % {"address": page("mfa_index")},
    )


@in_language_of(lambda user, *_: user)
def announce_role_removed(user: User) -> None:
    """Tell the owner of an account that it has no role at the review desk any more."""
    queue_account_email(
        user.email,
        _("Your role at the review desk has ended"),
        _("Your account has no role at the review desk any more. You are signed out everywhere."),
    )


@in_language_of(lambda user, *_: user)
def announce_sessions_ended(user: User) -> None:
    """Tell the owner of an account that an administrator ended its sessions."""
    queue_account_email(
        user.email,
        _("You were signed out everywhere"),
        _("An administrator ended all sessions of your account. You can sign in again."),
        page("account_login"),
    )


@in_language_of(lambda user, *_: user)
def announce_address_change(user: User, new: str) -> None:
    """Warn the present address of an account that somebody wants to replace it by `new`."""
    queue_account_email(
        user.email,
        _("Your email address is about to change"),
        _("Somebody who is signed in to your account wants to change its email address to %(new)s.") % {"new": new},
        _("Nothing has changed yet: the new address has to be confirmed first."),
        _("If this was not you, choose a new password now, then cancel the change: %(address)s")
        % {"address": page("account_email")},
    )


def invite(to: str) -> None:
    """Send a link to `to`, with which only the owner of this address can sign up."""
    token = signing.dumps(to, salt=INVITATION_SALT)
    queue_account_email(
        to,
        _("You are invited to the fleet API onboarding"),
        _("Sign up with this link within seven days. It works only for this email address."),
        settings.SITE_URL + reverse("account_invitation", args=[token]),
    )


def invited_address(token: str) -> str:
    """Return the address that was invited with `token`. Raise BadSignature if it is forged or too old."""
    return str(signing.loads(token, salt=INVITATION_SALT, max_age=INVITATION_SECONDS))


def page(name: str) -> str:
    """Return the absolute address of a page."""
    return settings.SITE_URL + reverse(name)
