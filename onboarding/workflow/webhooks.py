"""Webhooks: what is told to the programs of partners. `delivering` sends it.

A delivery is stored in the transaction of what it tells about, like an email, and for the same events.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from onboarding.models import EmailState, Onboarding, Role, User, Webhook, WebhookDelivery

WEBHOOKS_MAX = 5  # of an account
SECRET_START = "whsec_"  # noqa: S105  # by which programs that search for secrets recognize one
DELIVERIES_KEPT = timedelta(days=30)
DELIVERIES_BATCH = 500  # rows of a clean-up


class TooManyWebhooksError(Exception):
    """The account has WEBHOOKS_MAX webhooks."""


def make_webhook(user: User, url: str) -> Webhook:
    """Store a webhook; the same address again is the same webhook. Raise TooManyWebhooksError."""
    found = Webhook.objects.filter(user=user, url=url).first()
    if found is not None:
        return found
    if Webhook.objects.filter(user=user).count() >= WEBHOOKS_MAX:
        raise TooManyWebhooksError
    return Webhook.objects.create(user=user, url=url)


def remove_webhook(user: User, pk: int) -> None:
    """Delete a webhook of `user` with its deliveries, if it is there."""
    Webhook.objects.filter(user=user, pk=pk).delete()


def secret_of(webhook: Webhook) -> str:
    """Return the secret of the signatures. It follows from SECRET_KEY, so another one changes it."""
    return SECRET_START + salted_hmac("onboarding.webhooks", webhook.uid.hex, algorithm="sha256").hexdigest()


def tell_webhooks(onboarding: Onboarding, event: str, key: str | None = None) -> None:
    """Store a delivery for each webhook of the owner and of the members. With a `key`, the second one is not stored."""
    for webhook in Webhook.objects.filter(user__in=_listeners(onboarding)):
        uid, now = uuid.uuid4(), timezone.now()
        payload = {
            "id": str(uid),
            "event": event,
            "onboarding": str(onboarding.pk),
            "status": str(onboarding.status),
            "at": now.isoformat(),
        }
        columns = {"uid": uid, "at": now, "onboarding": onboarding, "event": event, "payload": payload}
        if key is None:
            WebhookDelivery.objects.create(webhook=webhook, **columns)
        else:
            unique = f"{key}:{webhook.pk}"
            WebhookDelivery.objects.get_or_create(key=unique, defaults=columns | {"webhook": webhook})


def _listeners(onboarding: Onboarding) -> Iterable[int]:
    members = onboarding.memberships.filter(role=Role.MEMBER).values_list("user_id", flat=True)
    return [onboarding.owner_id, *members]


def is_wanted(delivery: WebhookDelivery) -> bool:
    """Return whether the account of the webhook is open, and still the owner or a member."""
    user = delivery.webhook.user
    return user.is_active and delivery.onboarding.may_be_changed_by(user)


def retry_delivery(user: User, pk: int) -> bool:
    """Let a delivery to a webhook of `user` be sent at once, also again; return whether it is not being sent now."""
    now = timezone.now()
    idle = ~Q(state=EmailState.WAITING) | Q(lease=None) | Q(due_at__lte=now)
    rows = WebhookDelivery.objects.filter(idle, pk=pk, webhook__user=user)
    changes = {"state": EmailState.WAITING, "due_at": now, "attempts": 0, "lease": None, "ended_at": None}
    return bool(rows.update(**changes))


def clear_deliveries() -> int:
    """Remove deliveries that ended long ago; return how many."""
    old = WebhookDelivery.objects.filter(ended_at__lt=timezone.now() - DELIVERIES_KEPT)
    keys = list(old.exclude(state=EmailState.WAITING).values_list("pk", flat=True)[:DELIVERIES_BATCH])
    return WebhookDelivery.objects.filter(pk__in=keys).delete()[0]
