"""Fixtures for all tests: a rehearsal on free ports, and a partner who is signed in."""

from importlib import import_module

import pytest
from django.db import connection

from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.server import Rehearsal
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


@pytest.fixture
def owner(db):
    """A partner."""
    return factories.partner()


@pytest.fixture
def browser_of(client, owner):
    """Django's client, signed in as `owner`."""
    client.force_login(owner)
    return client


@pytest.fixture(scope="session", autouse=True)
def history_is_flushed_between_tests():
    """Remove the triggers of the history while the database is flushed after a transactional test."""
    triggers = import_module("onboarding.migrations.0003_append_only_history")
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def without_triggers(self, sql_list):
        def run(statements):
            with self.connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

        sqlite = self.connection.vendor == "sqlite"
        run(triggers.SQLITE_BACK if sqlite else triggers.POSTGRESQL_BACK)
        try:
            flush(self, sql_list)
        finally:
            run(triggers.SQLITE if sqlite else triggers.POSTGRESQL)

    operations.execute_sql_flush = without_triggers
    yield
    operations.execute_sql_flush = flush
