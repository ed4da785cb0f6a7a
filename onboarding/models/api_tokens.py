"""Tokens with which programs use the API for an account."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TOKEN_NAME_MAX = 64  # characters


class TokenScope(models.TextChoices):
    """What a token may be used for. The role of its account limits it further."""

    READ = "read", _("Read your onboardings")
    WRITE = "write", _("Upload certificates to your onboardings")
    DESK = "desk", _("Work at the review desk")


class ApiToken(models.Model):
    """A token of the API. `token_hash` is the SHA-256 in hex of the token, and `prefix` its first characters."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=TOKEN_NAME_MAX)
    token_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=16)
    scopes = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"token {self.prefix} of account {self.user_id}"  # not shown: for shells and logs

    @property
    def is_valid(self) -> bool:
        """Whether it can be used: it is neither revoked nor expired, and its account is open."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.user.is_active

    @property
    def scope_labels(self) -> list[str]:
        """The scopes in words."""
        return [str(TokenScope(scope).label) for scope in self.scopes]
