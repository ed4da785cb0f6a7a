"""Emails that wait to be sent, what each account wants to read, and the workers with their schedule."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KEY_MAX = 200  # characters of a key
EMPTY_OBJECT = Value({}, models.JSONField())


class NoticeGroup(models.TextChoices):
    """The groups of emails. The label is what an account reads where it chooses among them."""

    PROGRESS = "progress", _("Progress of an onboarding")
    REMINDERS = "reminders", _("Reminders of what waits for you")
    TESTS = "tests", _("Results of connection tests")
    EXPIRY = "expiry", _("Certificates that expire")
    DIGEST = "digest", _("Daily overview for the review desk")
    SECURITY = "security", _("Security of your account and keys")


# Nobody gets these without having chosen them. The others are sent until somebody chooses not to get them.
OFF_AT_FIRST = frozenset({NoticeGroup.DIGEST})


class EmailState(models.TextChoices):
    """What became of an email."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    DROPPED = "dropped", _("No longer wanted")


class OutgoingEmail(models.Model):
    """An email to one person. It is written in the transaction of what it tells about, and `manage.py worker` sends it.

    The text is made when it is sent, from `kind`, `params` (codes, numbers and ids, which are kept) and `private` (what
    a person wrote or is reached by; emptied once the email is sent or given up). Links that open something are made
    then as well, and never stored. `to` is only filled if no account has the address, or no longer has it.

    A worker that takes the row sets `lease` and moves `due_at` to the time when another worker may take it.
    """

    uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)  # the Message-ID of every attempt
    kind = models.CharField(max_length=32)
    group = models.CharField(max_length=16, choices=NoticeGroup.choices)
    # The same notice about the same thing to the same person has the same key, so it exists once.
    key = models.CharField(max_length=KEY_MAX, unique=True, null=True)  # noqa: DJ001  # most have none
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    address = models.ForeignKey("account.EmailAddress", models.CASCADE, null=True, related_name="+")
    to = models.EmailField(blank=True)
    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, null=True, related_name="emails")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    params = models.JSONField(default=dict, db_default=EMPTY_OBJECT)
    private = models.JSONField(default=dict, db_default=EMPTY_OBJECT)
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=16, choices=EmailState.choices, default=EmailState.WAITING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    lease = models.UUIDField(null=True)
    error = models.CharField(max_length=64, blank=True)  # the class of the error and the server's code
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="emails_to_send"),
            models.Index(fields=["state", "at"], name="emails_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs

    @property
    def recipient(self) -> str:
        """The address that it goes to; empty once an address without an account was written to."""
        if self.to:
            return self.to
        if self.address is not None:
            return str(self.address.email)
        return self.user.email if self.user else ""

    @property
    def being_sent(self) -> bool:
        """Whether a worker has taken it, and may still be sending it."""
        return self.state == EmailState.WAITING and self.lease is not None and self.due_at > timezone.now()

    @property
    def unsent(self) -> bool:
        """Whether it waits, or was given up."""
        return self.state in {EmailState.WAITING, EmailState.FAILED}


class NoticeChoice(models.Model):
    """Whether an account gets the emails of a group. Without a row, `OFF_AT_FIRST` decides."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_choices")
    group = models.CharField(max_length=16, choices=NoticeGroup.choices)
    wanted = models.BooleanField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "group"], name="one_choice_a_group")
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.wanted}"  # not shown: for shells and logs


class ScheduledJob(models.Model):
    """When a job of `workflow/schedule.py` is next due. A worker that runs it sets `lease` and `leased_until`."""

    name = models.CharField(primary_key=True, max_length=64)
    due_at = models.DateTimeField()
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=64, blank=True)  # the class of the last run's error

    def __str__(self) -> str:
        return f"{self.name}, due {self.due_at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs


class WorkerHeartbeat(models.Model):
    """A worker process, and when it was last seen at work."""

    STALE_AFTER = timedelta(minutes=5)  # longer than an email server may keep a worker waiting

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"worker seen {self.seen_at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs

    @classmethod
    def last_seen(cls) -> datetime | None:
        """Return when a worker was last seen; None if none ever was, or all have ended as they should."""
        return cls.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()

    @classmethod
    def any_alive(cls) -> bool:
        """Return whether a worker was seen in the last STALE_AFTER."""
        return cls.objects.filter(seen_at__gt=timezone.now() - cls.STALE_AFTER).exists()
