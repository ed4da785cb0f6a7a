"""Figures as people read them: how long a status usually lasts (from the tallies that every turn keeps), and words."""

from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from onboarding.models import DailyCount
from onboarding.workflow.denormalize import medians


def usual_durations() -> dict[str, timedelta]:
    """The median time in each status over the last twelve months: one query."""
    since = timezone.now().date() - timedelta(days=365)
    rows = DailyCount.objects.filter(kind="lasted", day__gte=since).values_list("label").annotate(Sum("n"))
    return medians(rows)


ACRONYMS = {
    "ca": "CA",
    "id": "ID",
    "tls": "TLS",
    "dns": "DNS",
    "http": "HTTP",
    "https": "HTTPS",
    "cn": "CN",
    "ou": "OU",
    "csr": "CSR",
}


def humanize_code(code: str) -> str:
    """A code as a person reads it."""
    words = " ".join(ACRONYMS.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]


def humanize_duration(duration: timedelta) -> str:
    """A length of time as a person says it."""
    hours = duration.total_seconds() / 3600
    if hours < 1:
        return "less than an hour"
    if hours < 36:
        return _several(round(hours), "hour")
    days = round(hours / 24)
    return _several(days, "day") if days < 60 else _several(round(days / 30), "month")


def group_fingerprint(fingerprint: str) -> list[str]:
    """A fingerprint in groups of four, as two people read it to each other on the phone."""
    return [fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4)]


def _several(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
