"""What the review desk keeps beside an onboarding: who looks after it, whose move it is, and what its lists need.

`models.py` joins the columns to the onboarding; `journey/ledger.py` is the only writer of them.
"""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from onboarding.reasons import RESEND, Reason, reasons_of, something_to_change
from onboarding.statuses import Move

ONE_TRY = timedelta(minutes=2)  # how long sending a mail takes at most


class Casework(models.Model):
    """The desk's columns of an onboarding, written anew at the end of every turn, so that no list has to derive them.

    `expires_at` is the end of the newest certificate; `stops` and `warns` count the findings of the current request.
    """

    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="cases")
    next_move = models.CharField(max_length=16, choices=Move.choices, default=Move.PARTNER)
    expires_at = models.DateTimeField(null=True)
    stops = models.PositiveSmallIntegerField(default=0)
    warns = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        permissions = [("review_onboarding", "Can act on cases at the review desk")]
        indexes: ClassVar[list[models.Index]] = [
            # Each list is read in the order of its index, so a page costs the same however long the list is.
            models.Index(fields=["status_since", "id"], name="queue_by_age"),
            models.Index(fields=["next_move", "status_since", "id"], name="queue_by_move"),
            models.Index(fields=["status", "status_since", "id"], name="queue_by_status"),
            models.Index(fields=["environment", "status_since", "id"], name="queue_by_environment"),
            models.Index(fields=["reviewer", "status_since", "id"], name="queue_by_reviewer"),
            models.Index(fields=["expires_at", "id"], name="queue_by_expiry"),
        ]

    @property
    def open_return(self) -> "Return | None":
        """Why the request was returned, until the partner has sent it again; None where there is nothing to mend."""
        return self.returns.filter(answered_at=None).order_by("-at").first()  # type: ignore[attr-defined,no-any-return]  # the onboarding's own


class Return(models.Model):
    """A request given back to the partner: `reasons` are codes of `reasons.REASONS`; the partner reads the note."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="returns")
    request = models.ForeignKey("onboarding.CertificateRequest", models.CASCADE, related_name="returns")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reasons = models.JSONField(default=list)
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"returned on {self.at:%Y-%m-%d}: {', '.join(self.reasons)}"

    @property
    def listed(self) -> list[Reason]:
        """The reasons with their words."""
        return reasons_of(self.reasons)

    @property
    def changes_request(self) -> bool:
        """Whether something in the request has to change, which makes a new one."""
        return something_to_change(self.reasons)

    @property
    def step(self) -> str:
        """Where to begin: the step of the first reason for a change; the request's, where nothing has to change."""
        return next((reason.step for reason in self.listed if reason.step != RESEND), RESEND)

    @property
    def needs_approval(self) -> bool:
        """Whether our desk looks at the request before it can be sent again."""
        return settings.REVIEW_REQUIRED and self.request.approved_at is None


class StaffNote(models.Model):
    """A note among staff about an onboarding; no page of the partner reads this table."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="staff_notes")
    at = models.DateTimeField(default=timezone.now)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"note of {self.at:%Y-%m-%d %H:%M} UTC"


class Notice(models.Model):
    """A mail from the desk to the partner, as it was written; `sent_at` is empty until the mail server has taken it."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="notices")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    sent_at = models.DateTimeField(null=True)
    # Since when the mail server is being tried; empty where it has refused.
    trying_since = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"{self.subject} ({self.at:%Y-%m-%d})"

    @property
    def being_sent(self) -> bool:
        """Whether the mail server may still take it; a try that a stopped server left behind is over by itself."""
        began = self.trying_since
        return self.sent_at is None and began is not None and timezone.now() - began < ONE_TRY


class CaseFinding(models.Model):
    """A finding that stands against an onboarding now, for the queue; `since` is since when it is in its status."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="case_findings")
    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=16)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "code"], name="one_row_a_finding")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["code", "since", "onboarding"], name="finding_by_code")
        ]

    def __str__(self) -> str:
        return self.code


class SearchKey(models.Model):
    """A word that the desk finds an onboarding by, folded: no accents, no capitals, no colons in fingerprints."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="search_keys")
    value = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "value"], name="one_row_a_search_key")
        ]

    def __str__(self) -> str:
        return self.value


class Tally(models.Model):
    """A count that is kept up to date, so that the dashboard need not count: `n` of `label` on `day`.

    Kinds: `waiting` (label "status:move", by the day it came there), `expiring` (by the first of the month),
    `tests` (label the verdict, by day), `lasted` (label "status:bucket", by the first of the month it ended).
    """

    kind = models.CharField(max_length=16)
    label = models.CharField(max_length=80, blank=True)
    day = models.DateField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "day", "label"], name="one_row_a_tally")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} {self.day}: {self.n}"
