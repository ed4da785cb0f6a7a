"""`manage.py recount`: work out anew what the desk's lists and figures are read from."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from onboarding.journey import ledger
from onboarding.models import Event, FleetsTest, Onboarding, Tally
from onboarding.statuses import ENDED


class Command(BaseCommand):
    """For onboardings that are older than the desk, or rows that were changed by hand; no turn is taken meanwhile."""

    help = "Works out anew what the review desk's lists and figures are read from."

    def handle(self, *args: Any, **options: Any) -> None:
        """All of it in one transaction: the figures are never half there."""
        with transaction.atomic():
            Tally.objects.all().delete()
            n = 0
            for one in Onboarding.objects.select_for_update(of=("self",)).select_related("owner").iterator(500):
                ledger.settle(one, None, Counter())
                n += 1
            ledger.count(Counter(_tests()) + Counter(_lasted()))
        self.stdout.write(f"{n} onboardings counted.")


def _tests() -> list[ledger.Key]:
    finished = FleetsTest.objects.filter(finished_at__isnull=False).values_list("finished_at", "verdict")
    return [("tests", at.date(), verdict) for at, verdict in finished.iterator(2000) if at]


def _lasted() -> list[ledger.Key]:
    """How long each status lasted, from one move of an onboarding to its next."""
    keys: list[ledger.Key] = []
    since: dict[Any, Any] = {}
    rows = Event.objects.order_by("onboarding", "at", "pk").values_list("onboarding", "at", "from_status", "to_status")
    for onboarding, at, before, after in rows.iterator(2000):
        if onboarding not in since:
            since = {onboarding: at}
        if before != after:
            if before not in ENDED:
                keys.append(ledger.lasted(before, at - since[onboarding], at))
            since[onboarding] = at
    return keys
