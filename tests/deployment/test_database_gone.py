"""PostgreSQL that stops and starts again, under two web processes: a clean page, no lost result, and recovery."""

import socket
import threading

import httpx2
import pytest

from tests import postgresql
from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import free_port
from tests.browser.sites import install, rehearsal, serve

UNAVAILABLE = "The site is unavailable for a moment"
UNFINISHED = "SELECT count(*) FROM onboarding_connectiontest WHERE finished_at IS NULL"
CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


@pytest.fixture
def database():
    """A server of this test."""
    with postgresql.server() as running:
        yield running


@pytest.fixture
def gateway():
    """A gateway that accepts connections and says nothing; it counts them."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield server


def connections_during(site, database, work):
    """Return how many connections PostgreSQL has opened while `work` ran."""
    count = "SELECT sessions FROM pg_stat_database WHERE datname = 'postgres'"
    before = database.rows(count)[0][0]
    work()
    return database.rows(count)[0][0] - before


def test_a_restart_of_the_database_loses_no_result(tmp_path, database, gateway):
    """PostgreSQL is stopped while a test waits for the gateway, and started again before or after the test ends."""
    with rehearsal(tmp_path) as practice:
        env = install(tmp_path, collect=False, **practice.env, DATABASE_URL=database.url)
        with serve(tmp_path, env) as site:
            form_walk = FormWalk(site, Partner())
            form_walk.to_test()
        silent = f"https://127.0.0.1:{gateway.getsockname()[1]}/connectedcar/v3"
        with serve(tmp_path, env | {"REHEARSAL_API_URL": silent, "TEST_SECONDS": "30"}) as site:
            form_walk = signed_in(site, form_walk)
            form_walk.open("test/")
            done = threading.Thread(target=form_walk.test)
            done.start()
            connection, _address = gateway.accept()  # now the test is under way
            assert database.rows(UNFINISHED) == [(1,)]
            database.stop()
            with httpx2.Client(base_url=site.url, timeout=60, cookies=form_walk.visitor.client.cookies) as other:
                pages = [other.get(path) for path in ("/onboardings/", form_walk.path(), form_walk.path("test/"))]
                assert [(page.status_code, UNAVAILABLE in page.text) for page in pages] == [(503, True)] * 3
                ready, alive = other.get("/health/ready"), other.get("/health/live")
                assert (ready.status_code, ready.json()["parts"]["database"]) == (503, "unavailable")
                assert alive.status_code == 200
                connection.close()  # the test ends while the database is away
                gateway.close()
                database.start()
                done.join()
                assert other.get("/onboardings/").status_code == 200
                assert other.get("/health/ready").json()["ready"] is True
    assert database.rows(UNFINISHED) == [(0,)]
    assert database.rows("SELECT count(*) FROM onboarding_event WHERE verb = 'test'") == [(1,)]


def signed_in(site, form_walk):
    """Return the same partner, signed in at a server that was started anew."""
    again = FormWalk(site, form_walk.partner)
    again.pk = form_walk.pk
    again.visitor.open("/accounts/login/")
    again.visitor.submit(login=form_walk.partner.email, password=form_walk.partner.account_password)
    return again


def test_a_walk_needs_few_connections(tmp_path, database):
    """A test asks five times a second whether it was cancelled. The connections come from the pool of each process."""
    with rehearsal(tmp_path) as practice:
        env = install(tmp_path, collect=False, **practice.env, DATABASE_URL=database.url)
        with serve(tmp_path, env | {"DATABASE_POOL": "2"}) as site:
            walks = [FormWalk(site, Partner()) for _ in range(4)]
            threads = [threading.Thread(target=form_walk.to_done) for form_walk in walks]

            def walk():
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

            opened = connections_during(site, database, walk)
            open_now = database.rows(CLIENTS)[0][0] - 1  # without the one that asks
    assert database.rows("SELECT count(*) FROM onboarding_onboarding WHERE status = 'connected'") == [(4,)]
    assert open_now <= 2 * 2
    assert opened <= 2 * 2 + 2  # and those of the questions
