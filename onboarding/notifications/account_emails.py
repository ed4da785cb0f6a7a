"""The emails of this site about accounts that allauth has no template for."""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onboarding.models import Onboarding, User
from onboarding.notifications.outgoing import send_later

INVITATION_SALT = "onboarding.invitation"
INVITATION_SECONDS = 7 * 24 * 3600


def queue_account_email(to: str, subject: str, *paragraphs: str) -> None:
    """Send an email to an address that has an account, after the present transaction."""
    message = EmailMessage(subject, "\n\n".join(paragraphs) + "\n", to=[to])
    transaction.on_commit(lambda: send_later(message))


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


def announce_role_removed(user: User) -> None:
    """Tell the owner of an account that it has no role at the review desk any more."""
    queue_account_email(
        user.email,
        _("Your role at the review desk has ended"),
        _("Your account has no role at the review desk any more. You are signed out everywhere."),
    )


def announce_sessions_ended(user: User) -> None:
    """Tell the owner of an account that an administrator ended its sessions."""
    queue_account_email(
        user.email,
        _("You were signed out everywhere"),
        _("An administrator ended all sessions of your account. You can sign in again."),
        page("account_login"),
    )


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


def announce_erasure(address: str) -> None:
    """Tell the address of an account that everything about the account was erased."""
    queue_account_email(
        address,
        _("Your account was erased"),
        _("We erased your account and everything that belonged to it, including its keys. Nobody can restore it."),
    )


def announce_draft_erasure(onboarding: Onboarding, day: datetime) -> None:
    """Tell the owner of an abandoned draft that it will be erased on `day`."""
    queue_account_email(
        onboarding.owner.email,
        _("Your onboarding for %(login)s will be erased") % {"login": onboarding.mzp_login},
        _("You have not used this onboarding for a long time. We will erase it, with its key, on %(day)s.")
        % {"day": date_format(day, "j F Y")},
        _("To keep it, open it and continue: %(address)s")
        % {"address": settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk])},
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
