"""The emails about accounts. Their links are made when they are sent, so none that opens an account is stored."""

import uuid
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account import app_settings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onboarding.models import NoticeGroup, Onboarding, OutgoingEmail, User
from onboarding.notifications.email_text import EmailText, joined
from onboarding.workflow import outbox

INVITATION_SALT = "onboarding.invitation"
INVITATION_SECONDS = 7 * 24 * 3600

# The kinds of these emails.
ALLAUTH, ROLE, ROLE_REMOVED, SESSIONS_ENDED, ADDRESS_CHANGE, INVITATION, ERASED, DRAFT_ERASURE = (
    "allauth",
    "role",
    "role_removed",
    "sessions_ended",
    "address_change",
    "invitation",
    "erased",
    "draft_erasure",
)
RESET = "account/email/password_reset_key"
CONFIRMATIONS = frozenset({"account/email/email_confirmation", "account/email/email_confirmation_signup"})
# What is stored of the context of allauth's templates. A link or a token is not among it.
STORED_CONTEXT = frozenset({"ip", "user_agent", "from_email", "to_email", "deleted_email", "provider"})


def queue_allauth_email(template: str, to: str, context: dict[str, Any]) -> None:
    """Store an email that allauth writes to `to`; `template` is the start of its templates' names."""
    user: User | None = context.get("user")
    addresses = EmailAddress.objects.filter(email__iexact=to)
    address = (addresses.filter(user=user) if user else addresses.order_by("-verified")).select_related("user").first()
    user = user or (address.user if address else User.objects.filter(email__iexact=to).first())
    known = address is not None or (user is not None and user.email.lower() == to.lower())
    outbox.put(
        ALLAUTH,
        NoticeGroup.SECURITY,
        user=user,
        address=address,
        to="" if known else to,
        params={"template": template, "language": translation.get_language()},
        private={name: str(context[name]) for name in STORED_CONTEXT if context.get(name)},
    )


def _allauth_text(email: OutgoingEmail) -> EmailText | None:
    template = email.params["template"]
    context: dict[str, Any] = {
        **email.private,
        "user": email.user,
        "email": email.recipient,
        "timestamp": email.at,
        "current_site": SimpleNamespace(name=_("Fleet API onboarding"), domain=urlsplit(settings.SITE_URL).netloc),
        "signup_url": page("account_signup"),
        "password_reset_url": page("account_reset_password"),
    }
    if template in CONFIRMATIONS:
        if email.address is None or email.address.verified:
            return None
        context["activate_url"] = page("account_confirm_email", EmailConfirmationHMAC(email.address).key)
    if template == RESET:
        if email.user is None or not email.user.is_active:
            return None
        context["password_reset_url"] = reset_link(email.user)
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    return EmailText("", subject, render_to_string(f"{template}_message.txt", context).strip() + "\n")


def reset_link(user: User) -> str:
    """Return a link with which `user` chooses a new password."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.SITE_URL + path.replace("UID-KEY", quote(f"{user_pk_to_url_str(user)}-{token}"))


def _queue(kind: str, user: User, **private: str) -> None:
    outbox.put(kind, NoticeGroup.SECURITY, user=user, private=private)


def announce_role(user: User, role: str) -> None:
    """Tell the owner of an account that it has the role `role` now, and how to sign in again."""
    _queue(ROLE, user, role=role)


def _role_text(email: OutgoingEmail) -> EmailText:
    return EmailText(
        "",
        _("You have a role at the review desk"),
        joined(
            _("Your account now has the role “%(role)s”.") % email.private,
            _(
                "To be sure that nobody else can use this role, we ended all sessions of your account. We also removed "
                "its password, its second factor and its other email addresses."
            ),
            _("Choose a new password here: %(address)s") % {"address": page("account_reset_password")},
            _("Then set up a second factor. The review desk opens only with one: %(address)s")
            % {"address": page("mfa_index")},
        ),
    )


def announce_role_removed(user: User) -> None:
    """Tell the owner of an account that it has no role at the review desk any more."""
    _queue(ROLE_REMOVED, user)


def _role_removed_text(_email: OutgoingEmail) -> EmailText:
    text = _("Your account has no role at the review desk any more. You are signed out everywhere.")
    return EmailText("", _("Your role at the review desk has ended"), joined(text))


def announce_sessions_ended(user: User) -> None:
    """Tell the owner of an account that an administrator ended its sessions."""
    _queue(SESSIONS_ENDED, user)


def _sessions_ended_text(_email: OutgoingEmail) -> EmailText:
    text = _("An administrator ended all sessions of your account. You can sign in again.")
    return EmailText("", _("You were signed out everywhere"), joined(text, page("account_login")))


def announce_address_change(user: User, new: str) -> None:
    """Warn the present address of an account that somebody wants to replace it by `new`."""
    outbox.put(ADDRESS_CHANGE, NoticeGroup.SECURITY, user=user, to=user.email, private={"new": new})


def _address_change_text(email: OutgoingEmail) -> EmailText:
    return EmailText(
        "",
        _("Your email address is about to change"),
        joined(
            _("Somebody who is signed in to your account wants to change its email address to %(new)s.")
            % email.private,
            _("Nothing has changed yet: the new address has to be confirmed first."),
            _("If this was not you, choose a new password now, then cancel the change: %(address)s")
            % {"address": page("account_email")},
        ),
    )


def announce_erasure(address: str) -> None:
    """Tell the address of an account that everything about the account was erased."""
    outbox.put(ERASED, NoticeGroup.SECURITY, to=address)


def _erased_text(_email: OutgoingEmail) -> EmailText:
    text = _("We erased your account and everything that belonged to it, including its keys. Nobody can restore it.")
    return EmailText("", _("Your account was erased"), joined(text))


def announce_draft_erasure(onboarding: Onboarding, day: datetime) -> None:
    """Tell the owner of an abandoned draft that it will be erased on `day`."""
    params = {"day": day.isoformat()}
    outbox.put(DRAFT_ERASURE, NoticeGroup.REMINDERS, user=onboarding.owner, onboarding=onboarding, params=params)


def _draft_erasure_text(email: OutgoingEmail) -> EmailText | None:
    onboarding = email.onboarding
    if onboarding is None:
        return None
    day = date_format(timezone.localtime(datetime.fromisoformat(email.params["day"])))
    return EmailText(
        "",
        _("Your onboarding for %(login)s will be erased") % {"login": onboarding.mzp_login},
        joined(
            _("You have not used this onboarding for a long time. We will erase it, with its key, on %(day)s.")
            % {"day": day},
            _("To keep it, open it and continue: %(address)s")
            % {"address": site_address("onboarding:hub", onboarding.pk)},
        ),
    )


def invite(to: str) -> None:
    """Send a link to `to`, with which only the owner of this address can sign up."""
    outbox.put(INVITATION, NoticeGroup.SECURITY, to=to)


def _invitation_text(email: OutgoingEmail) -> EmailText:
    return EmailText(
        "",
        _("You are invited to the fleet API onboarding"),
        joined(
            _("Sign up with this link within seven days. It works only for this email address."),
            page("account_invitation", signing.dumps(email.to, salt=INVITATION_SALT)),
        ),
    )


def invited_address(token: str) -> str:
    """Return the address that was invited with `token`. Raise BadSignature if it is forged or too old."""
    return str(signing.loads(token, salt=INVITATION_SALT, max_age=INVITATION_SECONDS))


def page(name: str, *args: str) -> str:
    """Return the absolute address of a page."""
    return settings.SITE_URL + reverse(name, args=args)


def site_address(name: str, onboarding: uuid.UUID) -> str:
    """Return the absolute address of a page of an onboarding."""
    return settings.SITE_URL + reverse(name, args=[onboarding])


ACCOUNT_TEXTS: dict[str, Callable[[OutgoingEmail], EmailText | None]] = {
    ALLAUTH: _allauth_text,
    ROLE: _role_text,
    ROLE_REMOVED: _role_removed_text,
    SESSIONS_ENDED: _sessions_ended_text,
    ADDRESS_CHANGE: _address_change_text,
    INVITATION: _invitation_text,
    ERASED: _erased_text,
    DRAFT_ERASURE: _draft_erasure_text,
}
