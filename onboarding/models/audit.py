"""The audit record of events, sign-ins, refusals and grants, chained by keyed digests."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditKind(models.TextChoices):
    """What an audit record is about. The values are part of the digests and never change."""

    EVENT = "event", _("action on an onboarding")
    SIGNED_UP = "signed_up", _("signed up")
    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
    SIGNED_OUT = "signed_out", _("signed out")
    EMAIL_CHANGED = "email_changed", _("email address changed")
    PASSWORD_CHANGED = "password_changed", _("password changed")  # a name, not a secret
    ACCOUNT_CHANGED = "account_changed", _("account opened or closed")
    PASSPHRASE_WRONG = "passphrase_wrong", _("wrong passphrase")
    SECOND_FACTOR_CHANGED = "second_factor_changed", _("second factor changed")
    SESSION_ENDED = "session_ended", _("session ended")
    REFUSED = "refused", _("refused")
    ERASED = "erased", _("erased")
    ROLE_CHANGED = "role_changed", _("role changed")
    TOKEN_MADE = "token_made", _("API token created")  # a name, not a secret
    TOKEN_REVOKED = "token_revoked", _("API token revoked")  # a name, not a secret
    TOKEN_USED = "token_used", _("changed with an API token")  # a name, not a secret
    KEYRING_CHANGED = "keyring_changed", _("keyring changed")


class AuditRecord(models.Model):
    """One link of the chain. It has no personal data, so it can be kept when an account is erased.

    `number` counts from 1 without gaps. `subject` names what the record is about ("onboarding:…", "account:…").
    `content_digest` is the SHA-256 in hex of the `Event` with the id `event`, or of the `AuditPersonal`. `digest` is
    the HMAC-SHA-256 in hex of all other columns and the previous digest, with the audit key `key_id`.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=32, choices=AuditKind.choices)
    actor = models.BigIntegerField(null=True)  # the id of an account, which may have been erased
    subject = models.CharField(max_length=64, blank=True, db_index=True)
    event = models.BigIntegerField(null=True, unique=True)
    details = models.JSONField(default=dict)
    content_digest = models.CharField(max_length=64)
    key_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind} at {self.at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise TypeError: records are never deleted."""
        raise TypeError("an audit record is never deleted")


class AuditPersonal(models.Model):
    """The personal data of an audit record, apart from the chain. The salt prevents guesses from the digest."""

    record = models.OneToOneField(AuditRecord, models.PROTECT, primary_key=True, related_name="personal")
    address = models.GenericIPAddressField(null=True)
    salt = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"personal data of audit record {self.record_id}"  # not shown: for shells and logs


class AuditHead(models.Model):
    """The end of the chain, a single row, which shows whether records at the end were removed.

    `mac` is the HMAC-SHA-256 in hex of `number` and `digest` with the audit key `key_id`.
    """

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    key_id = models.CharField(max_length=64, blank=True)
    mac = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"end of the audit record: {self.number}"  # not shown: for shells and logs
