"""`manage.py recount`: work out anew what the desk's lists and figures are read from."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from onboarding.models import CLOSED, ConnectionTest, DailyCount, Event, Onboarding
from onboarding.workflow import denormalize


class Command(BaseCommand):
    """For onboardings that are older than the desk, or rows that were changed by hand; no turn is taken meanwhile."""

    help = "Works out anew what the review desk's lists and figures are read from."

    def handle(self, *args: Any, **options: Any) -> None:
        """All of it in one transaction: the figures are never half there."""
        with transaction.atomic():
            DailyCount.objects.all().delete()
            n = 0
            for one in Onboarding.objects.select_for_update(of=("self",)).select_related("owner").iterator(500):
                denormalize.update_denormalized(one, None, Counter())
                n += 1
            denormalize.add_counts(Counter(_tests()) + Counter(_lasted()))
        self.stdout.write(f"{n} onboardings counted.")


def _tests() -> list[denormalize.CountKey]:
    finished = ConnectionTest.objects.filter(finished_at__isnull=False).values_list("finished_at", "verdict")
    return [("tests", at.date(), verdict) for at, verdict in finished.iterator(2000) if at]


def _lasted() -> list[denormalize.CountKey]:
    """How long each status lasted, from one move of an onboarding to its next."""
    keys: list[denormalize.CountKey] = []
    since: dict[Any, Any] = {}
    rows = Event.objects.order_by("onboarding", "at", "pk").values_list("onboarding", "at", "from_status", "to_status")
    for onboarding, at, before, after in rows.iterator(2000):
        if onboarding not in since:
            since = {onboarding: at}
        if before != after:
            if before not in CLOSED:
                keys.append(denormalize.duration_key(before, at - since[onboarding], at))
            since[onboarding] = at
    return keys
