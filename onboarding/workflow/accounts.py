"""Changes of accounts: roles, sessions, and what is recorded and announced about credentials."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation

from onboarding.models import AuditKind, CalendarFeed, User
from onboarding.models.sessions import Session, hashed_session_key
from onboarding.notifications import account_emails
from onboarding.workflow.audit import record_audit


class UnverifiedAddressError(Exception):
    """The account's email address is not verified, so it may belong to somebody else."""


def current_role(user: User) -> str:
    """Return the account's role; "" if it has none."""
    return (user.groups.values_list("name", flat=True).order_by("name").first() or "") if user.is_staff else ""


def has_verified_address(user: User) -> bool:
    """Whether the account's email address was confirmed by whoever reads its emails."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


def set_active(user: User, actor: User, *, active: bool) -> None:
    """Open or close an account. Closing it ends its sessions."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=active)
        if not active:
            Session.objects.filter(user=user).delete()
        _record(AuditKind.ACCOUNT_CHANGED, user, actor, active=active)


def set_role(user: User, role: str, actor: User | None) -> None:
    """Give the account only the role `role`, the name of a group, or none if it is empty. None as actor is a command.

    A new role resets everything that opens the account, because somebody may have signed up in advance with the
    address of a future colleague. Raise UnverifiedAddressError if the address is not verified.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        before = current_role(user)
        if role and role != before and not has_verified_address(user):
            raise UnverifiedAddressError
        if role == before and user.is_staff == bool(role):
            return
        user.is_staff = bool(role)
        user.save(update_fields=["is_staff"])
        user.groups.set(Group.objects.filter(name=role))
        if role:
            _reset_credentials(user)
            account_emails.announce_role(user, role)
        else:
            account_emails.announce_role_removed(user)
        Session.objects.filter(user=user).delete()
        _record(AuditKind.ROLE_CHANGED, user, actor, role=role, before=before)


def _reset_credentials(user: User) -> None:
    """Remove everything that opens the account. Its owner chooses a new password by email."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()


def choose_reading(user: User, *, language: str | None = None, time_zone: str | None = None) -> None:
    """Store how the user reads the site and its emails. None leaves a choice as it is, "" leaves it to the browser."""
    chosen = {"language": language, "time_zone": time_zone}
    changed = {name: value for name, value in chosen.items() if value is not None}
    for name, value in changed.items():
        setattr(user, name, value)
    if changed:
        user.save(update_fields=list(changed))


def remember_language(user: User, **_signal: Any) -> None:
    """Store the language in which the user signed in for the first time: emails to them are written in it."""
    if not user.language:
        choose_reading(user, language=translation.get_language())


def end_all_sessions(user: User, actor: User) -> None:
    """End every session of an account on behalf of an administrator, and tell its owner."""
    with transaction.atomic():
        Session.objects.filter(user=user).delete()
        account_emails.announce_sessions_ended(user)
        _record(AuditKind.SESSION_ENDED, user, actor)


def end_own_sessions(user: User, keys: list[str]) -> int:
    """End those sessions of `user` whose hashed key is in `keys`; return how many that were."""
    ended, _rows = Session.objects.filter(user=user, pk__in=keys).delete()
    if ended:
        _record(AuditKind.SESSION_ENDED, user, user, count=ended)
    return ended


def _record(kind: AuditKind, user: User, actor: User | None, **details: object) -> None:
    record_audit(kind, actor=actor, subject=user, details=details)


def on_password_change(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Record a new password, and delete the other sessions, which it has ended."""
    current = hashed_session_key(str(request.session.session_key))
    Session.objects.filter(user=user).exclude(pk=current).delete()
    _record(AuditKind.PASSWORD_CHANGED, user, user)


def on_address_added(user: User, email_address: EmailAddress, **_signal: Any) -> None:
    """Record that an address was added, and warn the present one."""
    account_emails.announce_address_change(user, email_address.email)
    _record(AuditKind.EMAIL_CHANGED, user, user, step="requested")


def on_address_changed(user: User, **_signal: Any) -> None:
    """Record that the address was changed; the emails to the old and the new address are the adapter's."""
    _record(AuditKind.EMAIL_CHANGED, user, user, step="confirmed")


def on_second_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    """Record a new authenticator app, security key or set of recovery codes. Setting one up is a use of it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", type=authenticator.type, reauthenticated=True)
    _record(AuditKind.SECOND_FACTOR_CHANGED, user, user, added=authenticator.type)


def on_second_factor_removed(user: User, authenticator: Authenticator, **_signal: Any) -> None:
    """Record the removal of an authenticator app, security key or set of recovery codes."""
    _record(AuditKind.SECOND_FACTOR_CHANGED, user, user, removed=authenticator.type)
