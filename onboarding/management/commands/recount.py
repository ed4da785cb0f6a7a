"""`manage.py recount`: recompute the denormalized columns and tables of the review desk."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from onboarding.models import CLOSED, Action, DailyCount, Event, Onboarding
from onboarding.workflow import denormalize


class Command(BaseCommand):
    """Recomputes everything that `workflow/denormalize.py` writes. Run it after rows were changed manually.

    All onboardings are locked during the command, so no change is lost.
    """

    help = "Recomputes the denormalized columns and counts of the review desk's lists and dashboard."

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute everything in one transaction, so that readers never see partial counts."""
        with transaction.atomic():
            DailyCount.objects.all().delete()
            n = 0
            for onboarding in Onboarding.objects.select_for_update(of=("self",)).select_related("owner").iterator(500):
                denormalize.update_denormalized(onboarding, None, Counter())
                n += 1
            denormalize.add_counts(Counter(_test_keys()) + Counter(_duration_keys()))
        self.stdout.write(f"{n} onboardings counted.")


def _test_keys() -> list[denormalize.CountKey]:
    """Return a key for each recorded test.

    As in `Change.record`, this excludes the tests of practice faults, and tests that ended after the onboarding.
    """
    events = Event.objects.filter(verb=Action.TEST).values_list("at", "why")
    return [("tests", at.date(), verdict) for at, verdict in events.iterator(2000)]


def _duration_keys() -> list[denormalize.CountKey]:
    """Return a key for the duration of each status, from one transition of an onboarding to the next."""
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
