"""`manage.py worker`: send emails, and do the regular work."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone

from onboarding.models import WorkerHeartbeat
from onboarding.workflow import delivering, schedule, sending

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0  # between two looks at the outbox
SCHEDULE_LOOK_SECONDS = 15.0  # between two looks at the schedule
BEAT_SECONDS = 15.0
SERVER_DOWN_SECONDS = 30.0  # between two attempts while the email server is down
DATABASE_DOWN_SECONDS = 5.0


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, and then ends after the email or the batch that it is at. Several may run."""

    help = "Sends emails and does the regular work, such as reminders and clean-ups. Any number of workers may run."

    def add_arguments(self, parser: Any) -> None:
        """Define the option."""
        parser.add_argument("--once", action="store_true", help="do what is due now, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until a signal comes."""
        worker = Worker()
        if options["once"]:
            worker.work()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: worker.stop.set())
        worker.run()


class Worker:
    """A worker process; `stop` ends it."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.heartbeat = WorkerHeartbeat()
        self.next_beat = self.next_look = self.next_sending = 0.0  # on the monotonic clock

    def run(self) -> None:
        """Work until `stop` is set, then remove the heartbeat. A database that is down is waited for."""
        logger.info("The worker has started")
        while not self.stop.is_set():
            wait = IDLE_SECONDS
            try:
                close_old_connections()
                self.work()
            except (DatabaseError, InterfaceError) as error:
                logger.error("The database does not work: %s", type(error).__name__)  # noqa: TRY400  # not its text
                connection.close()
                wait = DATABASE_DOWN_SECONDS
            self.stop.wait(wait)
        WorkerHeartbeat.objects.filter(pk=self.heartbeat.pk).delete()
        logger.info("The worker has ended")

    def work(self) -> None:
        """Do what is due: the regular work, the emails, and the webhooks."""
        self.stopped()
        if time.monotonic() >= self.next_look:
            schedule.run_due(self.stopped)
            self.next_look = time.monotonic() + SCHEDULE_LOOK_SECONDS
        if time.monotonic() >= self.next_sending and not sending.send_due(self.stopped):
            self.next_sending = time.monotonic() + SERVER_DOWN_SECONDS
        delivering.deliver_due(self.stopped)

    def stopped(self) -> bool:
        """Return whether the worker should end; and note now and then that it is at work."""
        if time.monotonic() >= self.next_beat:
            self.heartbeat.seen_at = timezone.now()
            self.heartbeat.save()
            self.next_beat = time.monotonic() + BEAT_SECONDS
        return self.stop.is_set()
