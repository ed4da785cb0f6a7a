"""Tokens of the API: creating, revoking and recognizing them. Only a digest of a token is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from onboarding.models import ApiToken, AuditKind, User
from onboarding.workflow.audit import record_audit

TOKEN_START = "onb_"  # noqa: S105  # by which programs that search for secrets recognize a token
SECRET_BYTES = 32
PREFIX_LENGTH = 10  # characters that are stored, so that somebody recognizes the token
VALID_TOKENS_MAX = 20  # of an account
USED_EVERY = timedelta(minutes=1)  # how exactly the last use is stored


class TooManyTokensError(Exception):
    """The account has VALID_TOKENS_MAX tokens."""


def make_token(user: User, name: str, scopes: Sequence[str], lifetime: timedelta) -> str:
    """Store a token and return it. It can't be read again. Raise TooManyTokensError."""
    now = timezone.now()
    if ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).count() >= VALID_TOKENS_MAX:
        raise TooManyTokensError
    token = TOKEN_START + secrets.token_urlsafe(SECRET_BYTES)
    stored = ApiToken.objects.create(
        user=user,
        name=name,
        token_hash=_digest(token),
        prefix=token[:PREFIX_LENGTH],
        scopes=sorted(scopes),
        expires_at=now + lifetime,
    )
    details = {"token": stored.pk, "scopes": stored.scopes, "days": lifetime.days}
    record_audit(AuditKind.TOKEN_MADE, actor=user, subject=user, details=details)
    return token


def revoke_token(user: User, pk: int) -> bool:
    """Revoke a token of `user`; return whether it was valid until now."""
    revoked = ApiToken.objects.filter(pk=pk, user=user, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        record_audit(AuditKind.TOKEN_REVOKED, actor=user, subject=user, details={"token": pk})
    return bool(revoked)


def find_token(token: str) -> ApiToken | None:
    """Return the stored token if it can be used, else None."""
    found = ApiToken.objects.select_related("user").filter(token_hash=_digest(token)).first()
    return found if found is not None and found.is_valid else None


def note_token_use(token: ApiToken) -> None:
    """Store that the token is used now, if the stored time is more than USED_EVERY old."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def record_token_use(token: ApiToken, operation: str, subject: Model) -> None:
    """Add to the audit record that `operation` changed `subject` with the token."""
    details = {"token": token.pk, "operation": operation}
    record_audit(AuditKind.TOKEN_USED, actor=token.user, subject=subject, details=details)


def _digest(token: str) -> str:
    # A secret of 32 random bytes can't be guessed, so it needs no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
