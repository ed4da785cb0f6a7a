"""Record sign-ins and changes of roles, from signals of Django and allauth. `accounts` records other changes."""

from typing import Any

from allauth.account import signals as account
from django.contrib.auth import signals as auth
from django.db.models.signals import m2m_changed, post_init, post_save
from django.http import HttpRequest

from onboarding.models import AuditKind, User
from onboarding.workflow.audit import record_audit

FLAGS = ("is_staff", "is_superuser", "is_active")


def connect() -> None:
    """Connect the receivers. Call this once, when all models are loaded."""
    for signal, kind in (
        (account.user_signed_up, AuditKind.SIGNED_UP),
        (auth.user_logged_in, AuditKind.SIGNED_IN),
        (auth.user_logged_out, AuditKind.SIGNED_OUT),
    ):
        signal.connect(_recorder(kind), weak=False, dispatch_uid=f"audit {kind} {id(signal)}")
    auth.user_login_failed.connect(_sign_in_failed, dispatch_uid="audit")
    m2m_changed.connect(_groups_changed, sender=User.groups.through, dispatch_uid="audit")
    post_init.connect(_remember_flags, sender=User, dispatch_uid="audit")
    post_save.connect(_flags_changed, sender=User, dispatch_uid="audit")


def _recorder(kind: AuditKind) -> Any:
    def record(user: User | None = None, **_kwargs: Any) -> None:
        if user is not None:
            record_audit(kind, actor=user, subject=user)

    return record


def _sign_in_failed(
    credentials: dict[str, Any] | None = None, request: HttpRequest | None = None, **_kwargs: Any
) -> None:
    # The typed address could be a password that was typed into the wrong field, so only the id of an account is kept.
    typed = (credentials or {}).get("email") or (credentials or {}).get("username") or ""
    user = User.objects.filter(email__iexact=typed).first() if isinstance(typed, str) and "\x00" not in typed else None
    record_audit(AuditKind.SIGN_IN_FAILED, subject=user)


def _groups_changed(
    instance: Any, action: str, pk_set: set[int] | None, reverse: bool, **_kwargs: Any
) -> None:  # the signal's arguments
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    users = User.objects.filter(pk__in=pk_set or ()) if reverse else [instance]
    groups = [instance.pk] if reverse else sorted(pk_set or ())
    for user in users:
        details = {"change": action.removeprefix("post_"), "groups": groups}
        record_audit(AuditKind.ROLE_CHANGED, subject=user, details=details)


def _remember_flags(instance: User, **_kwargs: Any) -> None:
    deferred = instance.get_deferred_fields()
    instance.stored_flags = {name: getattr(instance, name) for name in FLAGS if name not in deferred}


def _flags_changed(instance: User, created: bool, **_kwargs: Any) -> None:  # the signal's arguments
    present = {name: getattr(instance, name) for name in instance.stored_flags}
    before = {"is_staff": False, "is_superuser": False, "is_active": True} if created else instance.stored_flags
    changed = {name: value for name, value in present.items() if before[name] != value}
    instance.stored_flags = present
    if changed:
        record_audit(AuditKind.ROLE_CHANGED, subject=instance, details=changed)
