"""Addresses that are told what happens to the onboardings of an account, and the deliveries to them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

from onboarding.models.outbox import KEY_MAX, EmailState

URL_MAX = 500  # characters


class Webhook(models.Model):
    """An https address. The secret of its signatures is derived from `uid`, and in no table."""

    uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=URL_MAX)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"webhook {self.pk} of account {self.user_id}"  # not shown: for shells and logs


class WebhookDelivery(models.Model):
    """An event that is sent to a webhook. It is stored in the transaction of the event, as an `OutgoingEmail` is.

    `payload` has ids and codes, and no personal data. The columns from `state` on are those of an `OutgoingEmail`.
    """

    uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)  # the same in every attempt
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="+")
    # The same notice about the same thing to the same webhook has the same key, so it exists once.
    key = models.CharField(max_length=KEY_MAX, unique=True, null=True)  # noqa: DJ001  # most have none
    event = models.CharField(max_length=32)
    payload = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=16, choices=EmailState.choices, default=EmailState.WAITING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    lease = models.UUIDField(null=True)
    error = models.CharField(max_length=64, blank=True)  # the class of the error, or the status of the response
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at", "id"], condition=Q(state="waiting"), name="webhooks_to_send"),
        ]

    def __str__(self) -> str:
        return f"{self.event} of {self.at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs
