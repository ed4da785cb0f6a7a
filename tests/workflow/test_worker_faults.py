"""Emails and regular work survive what happens to processes and email servers: nothing is lost or doubled."""

import os
import signal
import socket
import threading
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from itertools import count, cycle

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from onboarding.models import EmailState, IssuedCertificate, Onboarding, OutgoingEmail, ScheduledJob, WorkerHeartbeat
from onboarding.workflow import due_notices, schedule, sending
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.review.conftest import staff
from tests.workflow.concurrency import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

EMAILS = int(os.environ.get("WORKER_EMAILS", "3"))  # the worker is killed about three times for each
WRITES = ("INSERT", "UPDATE", "DELETE")


class Mailboxes:
    """A handler of aiosmtpd: what arrived, by its Message-ID; and how the server behaves."""

    def __init__(self):
        self.arrived = Counter()
        self.reply = "250 OK"
        self.texts = {}

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802  # aiosmtpd's name
        if self.reply.startswith(("4", "5")):
            return self.reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's name
        if self.reply == "dies":
            server.transport.abort()
            return "451 dying"
        message = message_from_bytes(envelope.content)
        self.arrived[message["Message-ID"]] += 1
        self.texts[message["Message-ID"]] = message
        return self.reply


class FreePort(Controller):
    """aiosmtpd on a port that the system chooses."""

    def factory(self):
        return SMTP(self.handler, hostname="mail.example")  # else it looks up the machine's name

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailboxes(settings):
    """A running email server, as which the site is configured."""
    handler = Mailboxes()
    controller = FreePort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_TIMEOUT = 2
    yield handler
    controller.stop()


def close_connections():
    """Close the connections of this process and its pool, so that a forked process shares none of them."""
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()


def killed_at(number, work):
    """Do `work` in a process that is killed at a point: 2n is before its write n, 2n + 1 after it.

    Return whether it was killed. After a write means: before the end of its transaction, if it is part of one.
    """
    close_connections()
    pid = os.fork()
    if pid == 0:
        points = count()

        def point():
            if next(points) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        def pass_points(execute, sql, params, many, context):
            if not sql.lstrip().upper().startswith(WRITES):
                return execute(sql, params, many, context)
            point()
            try:
                return execute(sql, params, many, context)
            finally:
                point()

        try:
            with connection.execute_wrapper(pass_points):
                work()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def some_emails(number=EMAILS):
    """Let the desk act on so many cases, each of which tells its partner."""
    reviewer, owner = staff("reviewer"), factories.partner()
    onboarding = factories.sent(owner)
    for _ in range(number):
        review_workflow.remind(onboarding, reviewer)
    return owner


def states():
    return Counter(OutgoingEmail.objects.values_list("state", flat=True))


def test_a_worker_killed_at_any_write_loses_no_email(mailboxes):
    """Each email arrives once. One that the server had accepted, which could not be stored, arrives again."""
    some_emails()
    numbers = cycle(range(8))  # the points of two emails; the email is sent between the points 1 and 2
    sent_unstored = 0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while killed_at(number := next(numbers), sending.send_due):
            sent_unstored += number % 4 == 2
            clock.shift(sending.SENDING_LEASE)
    assert states() == {EmailState.SENT: EMAILS}
    assert len(mailboxes.arrived) == EMAILS
    assert sent_unstored > 0
    assert sum(mailboxes.arrived.values()) == EMAILS + sent_unstored


def test_a_worker_killed_at_any_write_does_regular_work_once():
    """Each notice exists once, and the job is next due in an hour."""
    now = timezone.now()
    owner = factories.partner()
    for number in range(2):
        onboarding = factories.certified(owner, login=f"MZP00000{number}")
        dates = {"not_after": now + timedelta(days=10), "received_at": now - timedelta(days=300)}
        IssuedCertificate.objects.filter(request__onboarding=onboarding).update(**dates)
        Onboarding.objects.filter(pk=onboarding.pk).update(expires_at=dates["not_after"])
    job = schedule.Job("expiry", timedelta(hours=1), due_notices.send_expiry_notices)
    ScheduledJob.objects.create(name=job.name, due_at=now)
    kills = 0
    with time_machine.travel(now, tick=False) as clock:
        while killed_at(kills, lambda: schedule.run_due(jobs=(job,))):
            kills += 1
            clock.shift(schedule.JOB_LEASE)
        assert ScheduledJob.objects.get().due_at == job.next_after(timezone.now())
    assert kills >= 4
    assert OutgoingEmail.objects.filter(kind="expiry").count() == 2


def test_several_workers_send_each_email_once(mailboxes):
    """Four workers at once share the emails."""
    some_emails(12)
    assert run_together(*[sending.send_due] * 4) == [True] * 4
    assert (len(mailboxes.arrived), set(mailboxes.arrived.values())) == (12, {1})


def test_several_workers_do_a_job_once():
    """Of four workers, one does it, also after a day without any worker; the others don't wait for it."""
    runs, idle, all_idle = [], count(1), threading.Event()

    def run():
        runs.append(1)
        all_idle.wait(20)

    def work():
        schedule.run_due(jobs=(job,))
        if next(idle) == 3:
            all_idle.set()

    job = schedule.Job("a job", timedelta(hours=1), run)
    ScheduledJob.objects.create(name=job.name, due_at=timezone.now() - timedelta(days=1))
    assert run_together(*[work] * 4) == [None] * 4
    assert (runs, all_idle.is_set()) == ([1], True)
    schedule.run_due(jobs=(job,))
    assert runs == [1]
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=True):
        schedule.run_due(jobs=(job,))
    assert runs == [1, 1]


@pytest.fixture
def silent_port():
    """A port whose server accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


FAULTS = ["451 later", "421 shutting down", "dies", "hangs", "down"]


@pytest.mark.parametrize("fault", FAULTS)
def test_everything_arrives_once_within_five_minutes_after_a_bad_day(mailboxes, settings, silent_port, fault):
    """The email server fails for a day, whatever way. Then all emails arrive, once."""
    some_emails()
    good = settings.EMAIL_PORT
    settings.EMAIL_PORT = {"hangs": silent_port, "down": 1}.get(fault, good)
    settings.EMAIL_TIMEOUT = 0.1 if fault == "hangs" else 5
    mailboxes.reply = fault
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(20):
            clock.shift(timedelta(hours=24) / 20)
            sending.send_due()
        assert (states(), mailboxes.arrived) == ({EmailState.WAITING: EMAILS}, {})
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT, mailboxes.reply = good, 5, "250 OK"
        for _half_minute in range(10):
            clock.shift(timedelta(seconds=30))
            sending.send_due()
    assert states() == {EmailState.SENT: EMAILS}
    assert (len(mailboxes.arrived), set(mailboxes.arrived.values())) == (EMAILS, {1})


def test_a_refused_address_keeps_no_other_email_from_being_sent(mailboxes):
    """The refused email is given up and can be sent again; the email of another partner is sent."""
    owner = some_emails(2)
    OutgoingEmail.objects.filter(pk=OutgoingEmail.objects.earliest("pk").pk).update(user=None, to="no@no.example")
    refused = mailboxes.handle_RCPT

    async def refuse(server, session, envelope, address, rcpt_options):
        return (
            "550 nobody"
            if address == "no@no.example"
            else await refused(server, session, envelope, address, rcpt_options)
        )

    mailboxes.handle_RCPT = refuse
    sending.send_due()
    assert states() == {EmailState.FAILED: 1, EmailState.SENT: 1}
    assert [message["To"] for message in mailboxes.texts.values()] == [owner.email]


def test_an_email_that_can_not_be_written_keeps_no_other_from_being_sent(mailboxes):
    """It stays in the queue with the error."""
    some_emails(2)
    OutgoingEmail.objects.filter(pk=OutgoingEmail.objects.earliest("pk").pk).update(kind="unknown")
    sending.send_due()
    waiting = OutgoingEmail.objects.get(state=EmailState.WAITING)
    assert (waiting.error, len(mailboxes.arrived)) == ("KeyError", 1)


def test_sigterm_ends_a_worker_after_its_email(mailboxes):
    """The process ends with 0, every email that it began is stored as sent, and its heartbeat is gone."""
    some_emails()
    close_connections()
    pid = os.fork()
    if pid == 0:
        try:
            call_command("worker")
        except BaseException:  # noqa: BLE001  # the test must not go on in this process
            os._exit(1)
        os._exit(0)
    while states() != {EmailState.SENT: EMAILS}:
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    assert WorkerHeartbeat.any_alive()
    os.kill(pid, signal.SIGTERM)
    assert os.waitpid(pid, 0)[1] == 0
    assert (WorkerHeartbeat.last_seen(), set(mailboxes.arrived.values())) == (None, {1})
