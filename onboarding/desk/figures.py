"""Figures as people read them: how long a status usually lasts (from the tallies that every turn keeps), and words."""

from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from onboarding.journey.ledger import medians
from onboarding.models import Tally


def usual() -> dict[str, timedelta]:
    """The median time in each status over the last twelve months: one query."""
    since = timezone.now().date() - timedelta(days=365)
    rows = Tally.objects.filter(kind="lasted", day__gte=since).values_list("label").annotate(Sum("n"))
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


def aloud(code: str) -> str:
    """A code as a person reads it."""
    words = " ".join(ACRONYMS.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]


def in_words(duration: timedelta) -> str:
    """A length of time as a person says it."""
    hours = duration.total_seconds() / 3600
    if hours < 1:
        return "less than an hour"
    if hours < 36:
        return _several(round(hours), "hour")
    days = round(hours / 24)
    return _several(days, "day") if days < 60 else _several(round(days / 30), "month")


def grouped(fingerprint: str) -> list[str]:
    """A fingerprint in groups of four, as two people read it to each other on the phone."""
    return [fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4)]


def _several(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
