"""A server that is killed during a connection test: no data is lost, and the page shows the test as interrupted."""

import contextlib
import os
import signal
import socket
import threading
import time

import httpx2
import pytest

from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import free_port
from tests.browser.sites import install, serve


@pytest.fixture
def silent():
    """A gateway that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        yield server.getsockname()[1]


def signed_in_again(site, partner: Partner, pk: str) -> FormWalk:
    """Return the same partner, signed in at a server that was started again."""
    form_walk = FormWalk(site, partner)
    form_walk.pk = pk
    form_walk.visitor.open("/accounts/login/")
    form_walk.visitor.submit(login=partner.email, password=partner.account_password)
    return form_walk


def test_a_killed_server_leaves_the_onboarding_unchanged_and_the_test_interrupted(tmp_path, running_rehearsal, silent):
    """The server is killed while the gateway hangs. After a restart, the page reports this, and a new test works."""
    env = install(tmp_path, **running_rehearsal.env) | {"TEST_SECONDS": "3"}
    partner = Partner()
    with serve(tmp_path, env) as site:
        form_walk = FormWalk(site, partner)
        form_walk.to_test()
    hanging = env | {"REHEARSAL_API_URL": f"https://127.0.0.1:{silent}/connectedcar/v3", "TEST_SECONDS": "300"}
    with serve(tmp_path, hanging) as site:
        thread = threading.Thread(target=attempt, args=(signed_in_again(site, partner, form_walk.pk),))
        thread.start()
        while not site.rows("SELECT id FROM onboarding_connectiontest"):
            time.sleep(0.05)
        os.killpg(site.pid, signal.SIGKILL)
        thread.join()
        assert site.status(form_walk.pk) == "certified"
        assert site.rows("SELECT finished_at, verdict FROM onboarding_connectiontest") == [(None, "")]
    time.sleep(6.5)  # twice TEST_SECONDS: no test can still be running then
    with serve(tmp_path, env) as site:
        form_walk = signed_in_again(site, partner, form_walk.pk)
        form_walk.open("test/")
        assert "was interrupted" in form_walk.visitor.page.text
        form_walk.test()
        assert site.status(form_walk.pk) == "connected"


def attempt(form_walk: FormWalk) -> None:
    """Send the form of the test. The connection breaks, as intended."""
    with contextlib.suppress(httpx2.HTTPError):
        form_walk.test()
