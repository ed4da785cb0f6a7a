"""Recompute what `denormalize` keeps up to date, while the site goes on: columns in batches, then the counts at once.

The counts are compared with the tables in one snapshot, and the differences are added. Changes that happen meanwhile
add to the same counts, in any order, so nobody has to wait.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import TruncDate, TruncMonth

from onboarding.models import CLOSED, Action, DailyCount, Event, Onboarding, Status
from onboarding.workflow import denormalize
from onboarding.workflow.next_step import progress_of

ROWS_AT_ONCE = 20  # onboardings that are locked together, a tenth of a second or two
SNAPSHOTS = {"postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "sqlite": "BEGIN DEFERRED"}


def recount_columns() -> Iterator[int]:
    """Recompute the columns, the findings and the search keys of every onboarding; yield how many are done."""
    done, pks = 0, list(Onboarding.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), ROWS_AT_ONCE):
        batch = pks[start : start + ROWS_AT_ONCE]
        with transaction.atomic():
            # All rows are locked before the first count, which other changes lock after their row.
            rows = Onboarding.objects.select_for_update(of=("self",)).select_related("owner").filter(pk__in=batch)
            for onboarding in list(rows.order_by("pk")):
                denormalize.update_denormalized(onboarding, denormalize.counted_state(onboarding), Counter())
        done += len(batch)
        yield done


def correct_counts() -> int:
    """Correct the daily counts; return how many were wrong."""
    with _snapshot():
        differences = _true_counts()
        differences.subtract({(row.kind, row.day, row.label): row.n for row in DailyCount.objects.iterator(2000)})
    wrong = Counter({key: n for key, n in differences.items() if n})
    with transaction.atomic():
        denormalize.add_counts(wrong)
        DailyCount.objects.filter(n=0).delete()
    return len(wrong)


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let all queries see the database as it is now, without keeping anybody from writing."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOTS[connection.vendor])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("COMMIT")


def _true_counts() -> Counter[denormalize.CountKey]:
    counts: Counter[denormalize.CountKey] = Counter()
    waiting = Onboarding.objects.order_by().annotate(day=TruncDate("status_since"))
    for status, owner, day, n in waiting.values_list("status", "next_owner", "day").annotate(n=Count("pk")):
        counts["waiting", day, f"{status}:{owner}"] += n
    expiring = Onboarding.objects.order_by().exclude(expires_at=None).annotate(month=TruncMonth("expires_at"))
    for month, n in expiring.values_list("month").annotate(n=Count("pk")):
        counts["expiring", month.date(), ""] += n
    # As in `Change.record`: without the tests of practice faults, and tests that ended after the onboarding.
    tests = Event.objects.order_by().filter(verb=Action.TEST).annotate(day=TruncDate("at"))
    for day, verdict, n in tests.values_list("day", "why").annotate(n=Count("pk")):
        counts["tests", day, verdict] += n
    counts.update(_duration_keys())
    return counts


def _duration_keys() -> Iterator[tuple[str, date, str]]:
    """Yield a key for the duration of each status, from one transition of an onboarding to the next."""
    since: dict[Any, Any] = {}
    rows = Event.objects.order_by("onboarding", "at", "pk").values_list("onboarding", "at", "from_status", "to_status")
    for onboarding, at, before, after in rows.iterator(2000):
        if onboarding not in since:
            since = {onboarding: at}
        if before != after:
            if before not in CLOSED:
                yield denormalize.duration_key(before, at - since[onboarding], at)
            since[onboarding] = at


def refresh_next_owners() -> int:
    """Correct whose move it is where the setting REVIEW_REQUIRED decides; return how many have changed.

    Run this regularly: after the setting was changed, no command is needed. It is safe to run twice and in parallel.
    """
    changed = 0
    undecided = Onboarding.objects.filter(status__in=[Status.KEY_MADE, Status.RETURNED])
    for pk in list(undecided.order_by("pk").values_list("pk", flat=True)):
        onboarding = undecided.filter(pk=pk).first()
        if onboarding is None or progress_of(onboarding).next_action.owner == onboarding.next_owner:
            continue
        with transaction.atomic():
            current = Onboarding.objects.select_for_update(of=("self",)).get(pk=pk)
            denormalize.update_denormalized(current, denormalize.counted_state(current), Counter())
        changed += 1
    return changed
