"""Fixtures for all tests: a rehearsal on free ports, and a partner who is signed in."""

from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest
from django.contrib.auth.signals import user_logged_in
from django.core import mail
from django.db import connection
from django.utils import timezone

from onboarding.models import OutgoingEmail
from onboarding.pki import custody
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.server import Rehearsal
from onboarding.workflow import sending
from tests import factories


@pytest.fixture(scope="session")
def operator(tmp_path_factory):
    """The rehearsal's authority, signing desk and gateway, over real sockets, for the whole session."""
    authority = Authority.load_or_create(tmp_path_factory.mktemp("rehearsal"))
    with Rehearsal(authority, "127.0.0.1", 0, 0) as rehearsal:
        yield rehearsal, authority


@pytest.fixture
def rehearsing(operator, settings):
    """Set the settings of a site that offers this rehearsal, and return its authority."""
    rehearsal, authority = operator
    settings.REHEARSAL_API_URL = rehearsal.base_url
    settings.REHEARSAL_SIGNING_URL = rehearsal.signing_url
    settings.REHEARSAL_FAULTS_URL = rehearsal.faults_url
    settings.REHEARSAL_CA_FILE = authority.folder / "ca.pem"
    return authority


@pytest.fixture(autouse=True)
def confirmed_sessions(request):
    """Let each session of Django's test client count as confirmed, with the account's second factor if it has one.

    tests/security does without: it is about sessions that are not confirmed.
    """
    if request.path.is_relative_to(Path(__file__).parent / "security"):
        yield
        return
    user_logged_in.connect(factories.confirm_session)
    yield
    user_logged_in.disconnect(factories.confirm_session)


class Mailbox(list):
    """What was sent. Whoever looks into it, or clears it, lets the worker send first."""

    __hash__ = None

    def __len__(self):
        send_everything()
        return super().__len__()

    def __iter__(self):
        send_everything()
        return super().__iter__()

    def __getitem__(self, number):
        send_everything()
        return super().__getitem__(number)

    def __eq__(self, other):
        send_everything()
        return super().__eq__(other)

    def pop(self, *number):
        send_everything()
        return super().pop(*number)

    def clear(self):
        send_everything()
        super().clear()


def send_everything():
    """Send what waits, also what was stored while a test had set the clock to a later time."""
    now = timezone.now()
    OutgoingEmail.objects.filter(state="waiting", attempts=0, due_at__gt=now).update(due_at=now)
    sending.send_due()


@pytest.fixture(autouse=True)
def sent_by_a_worker(request, monkeypatch):
    """Let each test with a database read `mail.outbox` as if a worker were running."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        monkeypatch.setattr(mail, "outbox", Mailbox())


@pytest.fixture
def mailoutbox(sent_by_a_worker):
    """What was sent, with the worker's help. It takes the place of the fixture of pytest-django."""
    return mail.outbox


@pytest.fixture
def owner(db):
    """A partner."""
    return factories.partner()


@pytest.fixture
def browser_of(client, owner):
    """Django's client, signed in as `owner`."""
    client.force_login(owner)
    return client


# `make check` leaves these out: they start browsers, servers or other programs, wait for time-outs, or try hundreds of
# combinations.
SLOW = (
    "browser",
    "deployment",
    "test_error_reports.py",
    *("fleets/classifying", "fleets/test_command.py", "fleets/test_curl.py", "fleets/test_other_servers.py"),
    *("fleets/test_redaction.py", "fleets/test_reproduction.py"),
    *("fleets/test_untrusted_input.py", "pki/test_bundles.py", "pki/test_download_bundle.py", "pki/test_key_files.py"),
    *("pki/intake/test_reading_properties.py", "pki/preflight", "rehearsal/test_command.py"),
    "pki/validation/test_differential.py",
    *("guide/test_commands.py", "languages/test_help.py", "languages/test_pages.py"),
    *("pki/intake/test_formats.py", "pki/intake/test_linear_time.py", "pki/intake/test_memory.py"),
    *("pki/intake/test_reading.py", "review/test_roles.py", "security/test_rotation.py"),
    *("security/test_canaries.py", "security/test_form_fuzz.py", "security/test_matrix.py"),
    "security/test_backup.py",
)


def pytest_collection_modifyitems(items):
    """Mark the slow tests."""
    folder = Path(__file__).parent
    slow = [folder / name for name in SLOW]
    for item in items:
        if any(item.path.is_relative_to(path) for path in slow):
            item.add_marker(pytest.mark.slow)


@cache
def session_key(size: int, number: int):
    """Return the `number`th key of that many bits: a real one, made once a session."""
    return generate_key(size)


@pytest.fixture(autouse=True)
def keys_of_the_session(request, monkeypatch):
    """Give each test with a database keys that are made once a session, and a cheap derivation from passphrases.

    The keys of one test differ from each other. How a key is made, and what a guess at a passphrase costs, is tested
    in tests/pki and tests/browser.
    """
    if request.node.get_closest_marker("django_db"):
        numbers = count()
        monkeypatch.setattr("onboarding.workflow.requests.generate_key", lambda size: session_key(size, next(numbers)))
        monkeypatch.setattr(custody, "MEMORY_KIB", 64)
        monkeypatch.setattr(custody, "ITERATIONS", 1)


@pytest.fixture(scope="session", autouse=True)
def history_is_flushed_between_tests():
    """Remove the triggers of the history while the database is flushed after a transactional test."""
    names = ("0003_append_only_history", "0013_append_only_audit", "0018_erasure")
    migrations = [import_module(f"onboarding.migrations.{name}") for name in names]
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def without_triggers(self, sql_list):
        def run(statements):
            with self.connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

        vendor = self.connection.vendor.upper()
        for triggers in reversed(migrations):
            run(getattr(triggers, f"{vendor}_BACK"))
        try:
            flush(self, sql_list)
        finally:
            for triggers in migrations:
                run(getattr(triggers, vendor))

    operations.execute_sql_flush = without_triggers
    yield
    operations.execute_sql_flush = flush
