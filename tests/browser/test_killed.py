"""A server that is killed while a connection test runs: no data is lost, and the test is called interrupted."""

import contextlib
import os
import signal
import socket
import threading
import time

import httpx2
import pytest

from tests.browser.partner import Desk, Partner
from tests.browser.processes import free_port
from tests.browser.sites import install, serve


@pytest.fixture
def silent():
    """A gateway that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield server.getsockname()[1]


def signed_in_again(site, partner: Partner, pk: str) -> Desk:
    """Return the same partner, signed in at a server that was started again."""
    desk = Desk(site, partner)
    desk.pk = pk
    desk.visitor.open("/accounts/login/")
    desk.visitor.submit(login=partner.email, password=partner.account_password)
    return desk


def test_killing_the_server_leaves_the_onboarding_as_it_was_and_the_test_interrupted(
    tmp_path, running_rehearsal, silent
):
    """The server is killed while the gateway hangs. After a restart, the page says so, and a test works."""
    env = install(tmp_path, **running_rehearsal.env) | {"TEST_SECONDS": "3"}
    partner = Partner()
    with serve(tmp_path, env) as site:
        desk = Desk(site, partner)
        desk.to_test()
    hanging = env | {"REHEARSAL_API_URL": f"https://127.0.0.1:{silent}/connectedcar/v3", "TEST_SECONDS": "300"}
    with serve(tmp_path, hanging) as site:
        thread = threading.Thread(target=attempt, args=(signed_in_again(site, partner, desk.pk),))
        thread.start()
        while not site.rows("SELECT id FROM onboarding_connectiontest"):
            time.sleep(0.05)
        os.killpg(site.pid, signal.SIGKILL)
        thread.join()
        assert site.status(desk.pk) == "certified"
        assert site.rows("SELECT finished_at, verdict FROM onboarding_connectiontest") == [(None, "")]
    time.sleep(6.5)  # twice TEST_SECONDS: no test can still be running then
    with serve(tmp_path, env) as site:
        desk = signed_in_again(site, partner, desk.pk)
        desk.open("test/")
        assert "was interrupted" in desk.visitor.page.text
        desk.test()
        assert site.status(desk.pk) == "connected"


def attempt(desk: Desk) -> None:
    """Send the form of the test; the connection breaks, as intended."""
    with contextlib.suppress(httpx2.HTTPError):
        desk.test()
