"""What the review desk adds to an onboarding: returns, staff notes, and emails to the partner."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from onboarding.return_reasons import RESEND, ReturnReason, needs_new_request, return_reasons


class Return(models.Model):
    """A request returned to the partner. `reasons` has codes of `return_reasons`; the partner reads the note.

    `answered_at` is when the partner sent a request again, or when the desk approved the returned request.
    """

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="returns")
    request = models.ForeignKey("onboarding.CertificateRequest", models.CASCADE, related_name="returns")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reasons = models.JSONField(default=list)
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"returned on {self.at:%Y-%m-%d}: {', '.join(self.reasons)}"  # not shown: for shells and logs

    @property
    def listed(self) -> list[ReturnReason]:
        """The reasons with their texts."""
        return return_reasons(self.reasons)

    @property
    def changes_request(self) -> bool:
        """Whether the reasons need a new request."""
        return needs_new_request(self.reasons)

    @property
    def step(self) -> str:
        """The step of the first reason that needs a new request; the request step if none does."""
        return next((reason.step for reason in self.listed if reason.step != RESEND), RESEND)

    @property
    def url_name(self) -> str:
        """The URL name of that step."""
        return f"onboarding:{self.step}"

    @property
    def needs_approval(self) -> bool:
        """Whether the review desk must approve the request before it can be sent again."""
        return self.request.needs_approval


class StaffNote(models.Model):
    """A note of staff about an onboarding. No page for partners reads this table."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="staff_notes")
    at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"note of {self.at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs


class PartnerEmail(models.Model):
    """An email of an earlier version, which stored the text. Nothing writes this table any more: see `OutgoingEmail`.

    The table stays until no process of that version serves any more.
    """

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="earlier_emails")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sent_at = models.DateTimeField(null=True)
    # The start of the last attempt to send it; empty if the email server refused it.
    trying_since = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"{self.subject} ({self.at:%Y-%m-%d})"
