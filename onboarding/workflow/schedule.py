"""The regular work of the workers. When each job is next due is in the database, so of several workers one does it.

Whatever the workers missed is done once when one is back. A job that a killed worker left is done again, so each job
can be done twice, and by two workers at once, without harm.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from onboarding.limits import A_DAY, AN_HOUR
from onboarding.models import ScheduledJob, Session, WorkerHeartbeat
from onboarding.workflow import due_notices, limit_store, outbox, recounting, renewals, retention, watch, webhooks

logger = logging.getLogger(__name__)

JOB_LEASE = timedelta(minutes=4)  # after which another worker does the job of one that was killed
BATCHES_MAX = 100  # of one run; what is left is done in the next run
SESSIONS_BATCH = 1000  # rows
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Job:
    """Something to be done every `period`, counted from midnight UTC plus `offset`.

    `run` does a batch of limited size. If it returns something true, for example the number of rows that it removed,
    it is called again.
    """

    name: str
    period: timedelta
    run: Callable[[], object]
    offset: timedelta = timedelta()

    def next_after(self, moment: datetime) -> datetime:
        """Return when the job is next due after `moment`."""
        epoch = datetime(2000, 1, 1, tzinfo=UTC) + self.offset
        return epoch + ((moment - epoch) // self.period + 1) * self.period


def clear_sessions() -> int:
    """Remove sessions whose cookies have expired; return how many."""
    keys = list(Session.objects.filter(expire_date__lte=timezone.now()).values_list("pk", flat=True)[:SESSIONS_BATCH])
    return Session.objects.filter(pk__in=keys).delete()[0]


def clear_heartbeats() -> int:
    """Remove workers that were last seen more than a day ago; return how many."""
    return WorkerHeartbeat.objects.filter(seen_at__lt=timezone.now() - A_DAY).delete()[0]


# The schedule. A new job needs only a line here.
JOBS: tuple[Job, ...] = (
    Job("expiry_notices", AN_HOUR, due_notices.send_expiry_notices),
    Job("waiting_notices", AN_HOUR, due_notices.send_waiting_notices, 5 * A_MINUTE),
    Job("failing_notices", AN_HOUR, due_notices.send_failing_notices, 10 * A_MINUTE),
    Job("renewals", AN_HOUR, renewals.update_due_renewals, 20 * A_MINUTE),
    Job("next_owners", AN_HOUR, recounting.refresh_next_owners, 30 * A_MINUTE),
    Job("watch", AN_HOUR, watch.look_at_gateways, 25 * A_MINUTE),
    Job("digest", A_DAY, due_notices.send_digest, 6 * AN_HOUR),
    Job("retention", A_DAY, retention.erase_expired, 4 * AN_HOUR),
    Job("clear_sessions", AN_HOUR, clear_sessions, 15 * A_MINUTE),
    Job("clear_limits", 10 * A_MINUTE, limit_store.purge),
    Job("clear_outbox", A_DAY, outbox.clear_outbox, 2 * AN_HOUR),
    Job("clear_deliveries", A_DAY, webhooks.clear_deliveries, 5 * AN_HOUR),
    Job("clear_heartbeats", A_DAY, clear_heartbeats, 3 * AN_HOUR),
)


def run_due(stopped: Callable[[], bool] = lambda: False, jobs: tuple[Job, ...] = JOBS) -> None:
    """Do the jobs that are due, until `stopped()`. A job that fails is logged, and the others run."""
    now = timezone.now()
    known = dict(ScheduledJob.objects.filter(name__in=[job.name for job in jobs]).values_list("name", "due_at"))
    for job in jobs:
        if stopped():
            return
        if job.name not in known:
            ScheduledJob.objects.get_or_create(name=job.name, defaults={"due_at": job.next_after(now)})
        elif known[job.name] <= now and (lease := _take(job)):
            _run(job, lease, stopped)


def _take(job: Job) -> uuid.UUID | None:
    """Return a lease of the job, if it is due and no other worker is doing it."""
    now, lease = timezone.now(), uuid.uuid4()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    due = ScheduledJob.objects.filter(free, name=job.name, due_at__lte=now)
    return lease if due.update(lease=lease, leased_until=now + JOB_LEASE) else None


def _run(job: Job, lease: uuid.UUID, stopped: Callable[[], bool]) -> None:
    error = ""
    try:
        for _batch in range(BATCHES_MAX):
            if not job.run():
                break
            if stopped():
                return  # the lease ends, and another worker does the rest
            ScheduledJob.objects.filter(name=job.name, lease=lease).update(leased_until=timezone.now() + JOB_LEASE)
    except DatabaseError:
        raise
    except Exception as exception:
        logger.exception("The job %s failed", job.name)
        error = type(exception).__name__
    now = timezone.now()
    ended = {"lease": None, "leased_until": None, "finished_at": now, "error": error}
    ScheduledJob.objects.filter(name=job.name, lease=lease).update(due_at=job.next_after(now), **ended)
