"""/metrics: what Prometheus reads. Counted requests of this server, and figures of the whole site from the database."""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from onboarding.messages.message import Owner
from onboarding.middleware import Handler
from onboarding.models import (
    DailyCount,
    EmailState,
    IssuedCertificate,
    Onboarding,
    OutgoingEmail,
    Status,
    WorkerHeartbeat,
)
from onboarding.workflow.database import UNAVAILABLE, release_connection

METRICS_PATH = "/metrics"
# The upper ends of the groups of certificates, in days left. A group contains no certificate of an earlier group.
DAYS_LEFT = (0, 1, 7, 14, 30, 60, 90)


HELP = {
    "journeys": "Onboardings by status.",  # not shown: for Prometheus
    "tests": "Connection tests by verdict, since the beginning.",  # not shown: for Prometheus
    "desk_oldest_seconds": "The age of the oldest case that waits for the desk.",  # not shown: for Prometheus
    "certificates": "Certificates in use by days left, up to this number of days.",  # not shown: for Prometheus
    "emails_unsent": "Emails that wait to be sent.",  # not shown: for Prometheus
    "emails_oldest_seconds": "The age of the oldest email that waits.",  # not shown: for Prometheus
    "worker_seconds": "Seconds since the newest sign of life of a worker.",  # not shown: for Prometheus
    "database_up": "1 if the database responds.",  # not shown: for Prometheus
}


def _gauge(name: str, values: dict[str, float], label: str = "") -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"onboarding_{name}", HELP[name], labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family


def _age(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0


def _cases() -> Iterator[GaugeMetricFamily]:
    statuses: dict[str, float] = dict.fromkeys(Status.values, 0.0)
    for label, number in _sums("waiting"):
        statuses[label.partition(":")[0]] = statuses.get(label.partition(":")[0], 0.0) + number
    yield _gauge("journeys", statuses, "status")
    yield _gauge("tests", dict(_sums("tests")), "verdict")
    ours = Onboarding.objects.filter(next_owner=Owner.US).aggregate(since=Min("status_since"))
    yield _gauge("desk_oldest_seconds", {"": _age(ours["since"])})


def _sums(kind: str) -> list[tuple[str, float]]:
    rows = DailyCount.objects.filter(kind=kind).values("label").annotate(number=Sum("n")).order_by("label")
    return [(row["label"], float(row["number"])) for row in rows]


def _certificates() -> Iterator[GaugeMetricFamily]:
    """Yield the certificates of connected onboardings by days left; `days` is the upper end of the group."""
    now, begin, groups = timezone.now(), None, {}
    for days in DAYS_LEFT:
        end = now + timedelta(days=days)
        groups[str(days)] = Q(not_after__lte=end) & (Q(not_after__gt=begin) if begin else Q())
        begin = end
    groups["more"] = Q(not_after__gt=begin)
    used = IssuedCertificate.objects.filter(request__replaced_at=None, request__onboarding__status=Status.CONNECTED)
    counted = used.aggregate(**{f"days_{name}": Count("pk", filter=group) for name, group in groups.items()})
    values = {name: float(counted[f"days_{name}"]) for name in groups}
    yield _gauge("certificates", values, "days")


def _emails() -> Iterator[GaugeMetricFamily]:
    waiting = OutgoingEmail.objects.filter(state=EmailState.WAITING).aggregate(number=Count("pk"), since=Min("at"))
    yield _gauge("emails_unsent", {"": float(waiting["number"])})
    yield _gauge("emails_oldest_seconds", {"": _age(waiting["since"])})


def _worker() -> Iterator[GaugeMetricFamily]:
    seen_at = WorkerHeartbeat.last_seen()
    yield _gauge("worker_seconds", {"": _age(seen_at) if seen_at else float("inf")})


class DatabaseCollector(Collector):
    """The figures of the whole site. Every server has the same, so a dashboard takes their maximum."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures; only `onboarding_database_up 0` if the database is unavailable."""
        families: list[GaugeMetricFamily] = []
        try:
            for figures in (_cases, _certificates, _emails, _worker):
                families += figures()
        except UNAVAILABLE:
            families = []
        is_up = 1.0 if families else 0.0
        yield _gauge("database_up", {"": is_up})
        yield from families


def exposition() -> bytes:
    """Return all metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no types
    else:
        registry = REGISTRY
    own = CollectorRegistry()
    own.register(DatabaseCollector())
    return generate_latest(registry) + generate_latest(own)


def _is_allowed(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode()
    return secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


def metrics_middleware(get_response: Handler) -> Handler:
    """Answer /metrics if METRICS_TOKEN is set and sent, whatever the scheme and the Host header are."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path != METRICS_PATH or not settings.METRICS_TOKEN:
            return get_response(request)
        if not _is_allowed(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        try:
            return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
        finally:
            release_connection()

    return middleware
