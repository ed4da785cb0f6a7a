"""What the health page and the metrics read about the worker and its emails."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Count, Min

HEARTBEATS = "WorkerHeartbeat"
EMAILS, EARLIER_EMAILS = "OutgoingEmail", "PartnerEmail"


def has_worker() -> bool:
    """Return whether this version has a worker."""
    return HEARTBEATS.lower() in apps.all_models["onboarding"]


def worker_seen_at() -> datetime | None:
    """Return when a worker was last at work; None if none ever was."""
    model: Any = apps.get_model("onboarding", HEARTBEATS)
    seen_at: datetime | None = model.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
    return seen_at


def waiting_emails() -> tuple[int, datetime | None]:
    """Return the number of emails that wait to be sent, and since when the oldest one waits."""
    name = EMAILS if has_worker() else EARLIER_EMAILS
    model: Any = apps.get_model("onboarding", name)
    waiting = model.objects.filter(state="waiting") if has_worker() else model.objects.filter(sent_at=None)
    found = waiting.aggregate(number=Count("pk"), since=Min("at"))
    return found["number"], found["since"]
