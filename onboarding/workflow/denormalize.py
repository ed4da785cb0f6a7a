"""What the desk's lists and figures are read from, updated at the end of every change."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import F

from onboarding.messages.message import Severity
from onboarding.models import (
    CLOSED,
    CaseFinding,
    CertificateRequest,
    DailyCount,
    IssuedCertificate,
    Onboarding,
    SearchKey,
)
from onboarding.pki.preflight.checks import preflight
from onboarding.pki.subject import check_login
from onboarding.workflow.next_step import Progress

BUCKETS_AN_OCTAVE = 4  # of a duration: a median read from these is within a tenth

CountKey = tuple[str, date, str]


@dataclass(frozen=True)
class CountedState:
    """How the figures count an onboarding."""

    waiting: CountKey
    expiring: CountKey | None


def counted_state(onboarding: Onboarding) -> CountedState:
    """As its columns say now."""
    label = f"{onboarding.status}:{onboarding.next_owner}"
    ends = onboarding.expires_at
    return CountedState(
        ("waiting", onboarding.status_since.date(), label),
        ("expiring", ends.date().replace(day=1), "") if ends else None,
    )


def add_counts(changes: Counter[CountKey]) -> None:
    """Add to the figures, always in the same order, so that two turns never wait for each other."""
    for key, n in sorted(changes.items()):
        kind, day, label = key
        rows = DailyCount.objects.filter(kind=kind, day=day, label=label)
        if n and not rows.update(n=F("n") + n):
            DailyCount.objects.get_or_create(kind=kind, day=day, label=label)
            rows.update(n=F("n") + n)


def duration_key(status: str, duration: timedelta, ended: datetime) -> CountKey:
    """The figure that a status which lasted so long is counted in."""
    bucket = round(BUCKETS_AN_OCTAVE * math.log2(max(duration.total_seconds(), 1)))
    return "lasted", ended.date().replace(day=1), f"{status}:{bucket}"


def medians(counts: Iterable[tuple[str, int]]) -> dict[str, timedelta]:
    """How long each status usually lasts, from (label, n) of the `lasted` figures."""
    by_status: dict[str, list[tuple[int, int]]] = {}
    for label, n in counts:
        status, bucket = label.split(":")
        by_status.setdefault(status, []).append((int(bucket), n))
    return {status: timedelta(seconds=2 ** (_median(rows) / BUCKETS_AN_OCTAVE)) for status, rows in by_status.items()}


def _median(rows: list[tuple[int, int]]) -> int:
    """The middle value of (value, how often)."""
    left = sum(n for _, n in rows) / 2
    for value, n in sorted(rows):
        left -= n
        if left <= 0:
            return value
    return rows[-1][0]


def fold(text: str) -> str:
    """Text as it is searched for: without accents and capitals; a fingerprint without its colons."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold().strip()
    pairs = plain.split(":")
    return "".join(pairs) if len(pairs) > 2 and all(len(pair) == 2 for pair in pairs) else plain


def findings_of(
    onboarding: Onboarding, request: CertificateRequest, answer: IssuedCertificate | None
) -> list[tuple[str, str]]:
    """(code, severity) of what stands against the request and its certificate; each code once."""
    found = dict(_preflight_findings(request.csr_pem, onboarding.mzp_login))
    found |= {one["code"]: one["severity"] for one in (answer.findings if answer else [])}
    return sorted((code, severity) for code, severity in found.items() if severity != Severity.INFO)


@lru_cache(maxsize=256)
def _preflight_findings(csr_pem: str, login: str) -> tuple[tuple[str, str], ...]:
    """(code, severity) of a request's preflight; kept in mind, because the search for weak keys takes its time."""
    own = (*check_login(login), *preflight(csr_pem, login).findings)
    return tuple((one.code, one.severity.value) for one in own)


def search_words(onboarding: Onboarding, requests: Iterable[CertificateRequest]) -> set[str]:
    """The words that the desk finds an onboarding by."""

    def words() -> Iterator[str]:
        yield from (onboarding.mzp_login, onboarding.email, onboarding.owner.email)
        yield onboarding.organization
        yield from onboarding.organization.split()
        yield from (request.spki for request in requests)
        yield from IssuedCertificate.objects.filter(request__onboarding=onboarding).values_list("serial", flat=True)
        yield from onboarding.client_ids.values_list("value", flat=True)

    return {folded[:255] for word in words() if (folded := fold(word))}


def update_denormalized(onboarding: Onboarding, before: CountedState | None, figures: Counter[CountKey]) -> None:
    """Bring the columns, the findings, the search keys and the figures up to date; `before` None is a new one.

    The last thing in a transaction: the rows of the figures are everybody's, and stay locked until it ends.
    """
    requests = list(onboarding.requests.select_related("signing_response").order_by("-created_at"))
    request = next((one for one in requests if one.replaced_at is None), None)
    progress = Progress(
        onboarding, request, request.issued_certificate if request else None, onboarding.client_ids.exists()
    )
    newest = IssuedCertificate.objects.filter(request__onboarding=onboarding).order_by("-received_at", "-pk").first()
    found = findings_of(onboarding, request, progress.issued_certificate) if request and not progress.closed else []
    onboarding.next_owner = progress.next_action.owner
    onboarding.expires_at = newest.not_after if newest and onboarding.status not in CLOSED else None
    onboarding.errors = sum(severity == Severity.ERROR for _, severity in found)
    onboarding.warnings = len(found) - onboarding.errors
    onboarding.save(update_fields=["next_owner", "expires_at", "errors", "warnings"])
    _keep_findings(onboarding, found)
    _keep_keys(onboarding, search_words(onboarding, requests))
    changes = Counter(figures)
    changes.subtract(count_keys(before))
    changes.update(count_keys(counted_state(onboarding)))
    add_counts(changes)


def count_keys(card: CountedState | None) -> list[CountKey]:
    """The figures that a card counts in."""
    return [key for key in (card.waiting, card.expiring) if key] if card else []


def _keep_findings(onboarding: Onboarding, found: list[tuple[str, str]]) -> None:
    since = onboarding.status_since
    kept = set(onboarding.case_findings.values_list("code", "severity", "since"))
    if kept != {(code, severity, since) for code, severity in found}:
        onboarding.case_findings.all().delete()
        CaseFinding.objects.bulk_create(
            CaseFinding(onboarding=onboarding, code=code, severity=severity, since=since) for code, severity in found
        )


def _keep_keys(onboarding: Onboarding, keys: set[str]) -> None:
    kept = set(onboarding.search_keys.values_list("value", flat=True))
    if kept - keys:
        onboarding.search_keys.filter(value__in=kept - keys).delete()
    SearchKey.objects.bulk_create(SearchKey(onboarding=onboarding, value=value) for value in sorted(keys - kept))
