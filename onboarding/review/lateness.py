"""How long a status usually lasts, and when a case is late."""

from collections import Counter
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from onboarding.messages.message import Owner
from onboarding.models import DailyCount, Onboarding, Status
from onboarding.workflow.denormalize import median_durations

USUAL_SAMPLES_MIN = 5  # the median of fewer samples is not reliable
USUAL_MIN = timedelta(days=1)  # nobody acts outside working hours, so a shorter duration would mislead
USUAL_PERIOD = timedelta(days=365)
LATE_FACTOR = 2  # times the usual duration


def usual_durations() -> dict[str, timedelta]:
    """Return the median duration of each status over the last twelve months, at least a day: one query.

    A status that fewer than USUAL_SAMPLES_MIN onboardings have left is missing.
    """
    since = timezone.now().date() - USUAL_PERIOD
    counts = DailyCount.objects.filter(kind="lasted", day__gte=since).values_list("label").annotate(Sum("n"))
    rows = [(str(label), int(n)) for label, n in counts]
    samples = Counter[str]()
    for label, n in rows:
        samples[label.partition(":")[0]] += n
    return {
        status: max(median, USUAL_MIN)
        for status, median in median_durations(rows).items()
        if samples[status] >= USUAL_SAMPLES_MIN
    }


def usual_duration(onboarding: Onboarding, durations: dict[str, timedelta]) -> timedelta | None:
    """Return how long the status of `onboarding` usually lasts; None if that is unknown, or nobody has to act."""
    return None if onboarding.next_owner == Owner.NOBODY else durations.get(onboarding.status)


def is_late(age: timedelta, usual: timedelta) -> bool:
    """Whether an onboarding has been in its status for much longer than usual."""
    return age > LATE_FACTOR * usual


def usual_signing_time() -> timedelta | None:
    """Return how long the operator usually takes to sign a request; None if that is unknown."""
    return usual_durations().get(Status.RECEIVED)
