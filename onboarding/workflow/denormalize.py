"""The denormalized columns and tables of the review desk, which are updated at the end of every change."""

import math
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db import transaction
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
    Status,
)
from onboarding.pki.preflight.checks import preflight
from onboarding.pki.subject import check_login
from onboarding.workflow.expiry import Expiry
from onboarding.workflow.next_step import Progress, progress_of

# Durations are counted in logarithmic buckets. With 4 for each doubling, a median is accurate to a tenth.
BUCKETS_PER_DOUBLING = 4

CountKey = tuple[str, date, str]  # the kind, the day and the label of a DailyCount


@dataclass(frozen=True)
class CountedState:
    """The daily counts that include an onboarding."""

    waiting: CountKey
    expiring: CountKey | None

    @property
    def keys(self) -> list[CountKey]:
        """The keys of these counts."""
        return [key for key in (self.waiting, self.expiring) if key]


def counted_state(onboarding: Onboarding) -> CountedState:
    """Return the counts that include `onboarding`, according to its columns."""
    label = f"{onboarding.status}:{onboarding.next_owner}"
    expires = onboarding.expires_at
    return CountedState(
        ("waiting", onboarding.status_since.date(), label),
        ("expiring", expires.date().replace(day=1), "") if expires else None,
    )


def add_counts(changes: Counter[CountKey]) -> None:
    """Add `changes` to the daily counts, in sorted order, so that concurrent transactions can't deadlock."""
    for key, n in sorted(changes.items()):
        kind, day, label = key
        rows = DailyCount.objects.filter(kind=kind, day=day, label=label)
        if n and not rows.update(n=F("n") + n):
            DailyCount.objects.get_or_create(kind=kind, day=day, label=label)
            rows.update(n=F("n") + n)


def duration_key(status: str, duration: timedelta, ended: datetime) -> CountKey:
    """Return the key of the count for a `status` that lasted `duration` and ended at `ended`."""
    bucket = round(BUCKETS_PER_DOUBLING * math.log2(max(duration.total_seconds(), 1)))
    return "lasted", ended.date().replace(day=1), f"{status}:{bucket}"


def median_durations(counts: Iterable[tuple[str, int]]) -> dict[str, timedelta]:
    """Return the median duration of each status, from the (label, n) of the `lasted` counts."""
    by_status: dict[str, list[tuple[int, int]]] = {}
    for label, n in counts:
        status, bucket = label.split(":")
        by_status.setdefault(status, []).append((int(bucket), n))
    return {
        status: timedelta(seconds=2 ** (_median(rows) / BUCKETS_PER_DOUBLING)) for status, rows in by_status.items()
    }


def _median(rows: list[tuple[int, int]]) -> int:
    """Return the median of the values, from (value, number of times)."""
    remaining = sum(n for _, n in rows) / 2
    for value, n in sorted(rows):
        remaining -= n
        if remaining <= 0:
            return value
    return rows[-1][0]


def fold_search_text(text: str) -> str:
    """Return `text` in the form used for searching: without accents, capitals, and the colons of a fingerprint."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold().strip()
    pairs = plain.split(":")
    return "".join(pairs) if len(pairs) > 2 and all(len(pair) == 2 for pair in pairs) else plain


def case_findings(
    onboarding: Onboarding, request: CertificateRequest, certificate: IssuedCertificate | None
) -> list[tuple[str, str]]:
    """Return the (code, severity) of every error and warning about the request and its certificate, each code once."""
    found = dict(_preflight_findings(request.csr_pem, onboarding.mzp_login))
    found |= {finding["code"]: finding["severity"] for finding in (certificate.findings if certificate else [])}
    return sorted((code, severity) for code, severity in found.items() if severity != Severity.INFO)


@lru_cache(maxsize=256)
def _preflight_findings(csr_pem: str, login: str) -> tuple[tuple[str, str], ...]:
    """Return the (code, severity) of a request's preflight. Cached, because the search for weak keys is slow."""
    findings = (*check_login(login), *preflight(csr_pem, login).findings)
    return tuple((finding.code, finding.severity.value) for finding in findings)


def search_terms(
    progress: Progress, requests: Iterable[CertificateRequest], certificates: Iterable[IssuedCertificate]
) -> set[str]:
    """Return the folded terms by which the review desk finds an onboarding."""
    onboarding = progress.onboarding

    def terms() -> Iterator[str]:
        yield from (onboarding.mzp_login, onboarding.email, onboarding.owner.email)
        yield onboarding.organization
        yield from onboarding.organization.split()
        yield from (request.spki for request in requests)
        yield from (certificate.serial for certificate in certificates)
        yield from (client_id.value for client_id in progress.client_ids)

    return {folded[:255] for term in terms() if (folded := fold_search_text(term))}


def update_denormalized(onboarding: Onboarding, before: CountedState | None, counts: Counter[CountKey]) -> None:
    """Update the columns, the findings, the search keys and the daily counts of an onboarding.

    `before` is its state before the change; None for a new onboarding. `counts` are the other counts of the change.
    Call this last in a transaction: the rows of the counts are shared, and stay locked until the transaction ends.
    """
    requests = list(onboarding.requests.select_related("signing_response").order_by("-created_at"))
    request = next((request for request in requests if request.replaced_at is None), None)
    certificates = list(
        IssuedCertificate.objects.filter(request__onboarding=onboarding).order_by("-received_at", "-pk")
    )
    certificate = next((issued for issued in certificates if request and issued.request_id == request.pk), None)
    newest = next(iter(certificates), None)
    progress = Progress(onboarding, request, certificate)
    findings = case_findings(onboarding, request, certificate) if request and not progress.closed else []
    onboarding.next_owner = progress.next_action.owner
    onboarding.expires_at = newest.not_after if newest and onboarding.status not in CLOSED else None
    onboarding.renewal_due_at = Expiry(newest.not_before, newest.not_after).renewal_due_at if newest else None
    onboarding.errors = sum(severity == Severity.ERROR for _, severity in findings)
    onboarding.warnings = len(findings) - onboarding.errors
    onboarding.save(update_fields=["next_owner", "expires_at", "renewal_due_at", "errors", "warnings"])
    _save_findings(onboarding, findings)
    _save_search_keys(onboarding, search_terms(progress, requests, certificates))
    _save_counts(onboarding, before, counts)


def update_after_test(onboarding: Onboarding, before: CountedState, counts: Counter[CountKey]) -> None:
    """Update the column and the daily counts that a connection test can change. See `update_denormalized`.

    A test that does not change the status can only change whose move it is, and only until a test has succeeded.
    """
    if onboarding.status != Status.CONNECTED:
        onboarding.next_owner = progress_of(onboarding).next_action.owner
        onboarding.save(update_fields=["next_owner"])
    _save_counts(onboarding, before, counts)


def refresh_next_owner(pk: uuid.UUID) -> bool:
    """Update whose move it is where nothing was done to the onboarding itself; return whether it changed.

    Time and the progress of a renewal change it as well.
    """
    with transaction.atomic():
        onboarding = Onboarding.objects.select_for_update().get(pk=pk)
        before, progress = counted_state(onboarding), progress_of(onboarding)
        onboarding.next_owner = progress.next_action.owner
        onboarding.renewal_due_at = progress.expiry.renewal_due_at if progress.expiry else None
        onboarding.save(update_fields=["next_owner", "renewal_due_at"])
        if counted_state(onboarding) == before:
            return False
        _save_counts(onboarding, before, Counter())
        return True


def _save_counts(onboarding: Onboarding, before: CountedState | None, counts: Counter[CountKey]) -> None:
    changes = Counter(counts)
    changes.subtract(before.keys if before else [])
    changes.update(counted_state(onboarding).keys)
    add_counts(changes)


def _save_findings(onboarding: Onboarding, findings: list[tuple[str, str]]) -> None:
    since = onboarding.status_since
    stored = set(onboarding.case_findings.values_list("code", "severity", "since"))
    if stored != {(code, severity, since) for code, severity in findings}:
        onboarding.case_findings.all().delete()
        CaseFinding.objects.bulk_create(
            CaseFinding(onboarding=onboarding, code=code, severity=severity, since=since) for code, severity in findings
        )


def _save_search_keys(onboarding: Onboarding, terms: set[str]) -> None:
    stored = set(onboarding.search_keys.values_list("value", flat=True))
    if stored - terms:
        onboarding.search_keys.filter(value__in=stored - terms).delete()
    SearchKey.objects.bulk_create(SearchKey(onboarding=onboarding, value=value) for value in sorted(terms - stored))
