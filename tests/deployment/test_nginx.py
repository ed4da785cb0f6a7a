"""Walks through all steps behind nginx, on PostgreSQL, with memory as the systemd units allow it."""

import ctypes
import json
import os
import re
import signal
import ssl
import threading

import httpx2
import pytest
from django.urls import reverse

from tests import postgresql
from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import PROJECT, Running, free_port
from tests.browser.sites import install, rehearsal, server_command
from tests.deployment.front import proxy
from tests.programs import nginx

PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1  # <linux/prctl.h>; kernels before 6.3 refuse it
pytestmark = pytest.mark.skipif(not nginx(), reason="there is no nginx")


def without_new_code():
    """Forbid memory that becomes executable, as MemoryDenyWriteExecute of the units does."""
    ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)


class Address:
    """What a walk needs of a site."""

    def __init__(self, url: str) -> None:
        self.url = url


def walk_over(url):
    """Return a walk over https that accepts the certificate of this test."""
    form_walk = FormWalk(Address(url), Partner())
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    headers = {"Referer": f"{url}/"}
    form_walk.visitor.client = httpx2.Client(
        base_url=url, verify=context, follow_redirects=True, trust_env=False, timeout=120, headers=headers
    )
    return form_walk


def stages(form_walk, gateway):
    """Run the test as the page's script does. Return the names of its stages and the last line.

    The process `gateway` is stopped until the first line has arrived. If a proxy kept the lines back until the end, the
    test would fail, because the gateway did not answer.
    """
    form_walk.open("test/")
    found = re.search(r"I trust .*? SHA-256: ([0-9A-F:]{95})", form_walk.visitor.page.text)
    typed = {"trusted": found[1].replace(":", "").lower()} if found else {}
    secrets = {"passphrase": form_walk.partner.passphrase, "password": form_walk.partner.password}
    request = form_walk.visitor.filled(**secrets, **typed)
    request.headers["Accept"] = "application/x-ndjson"
    lines = []
    os.kill(gateway, signal.SIGSTOP)
    try:
        response = form_walk.visitor.client.send(request, stream=True)
        assert response.headers["content-type"] == "application/x-ndjson"
        for line in response.iter_lines():
            lines.append(json.loads(line))
            os.kill(gateway, signal.SIGCONT)
    finally:
        os.kill(gateway, signal.SIGCONT)
    return [line["stage"]["name"] for line in lines[:-1]], lines[-1]


def test_walks_behind_nginx_on_postgresql(tmp_path):
    """Two partners walk at once to a green test whose stages arrive; the logs have references and no secret."""
    https, http, port = free_port(), free_port(), free_port()
    url = f"https://localhost:{https}"
    with postgresql.server() as database, rehearsal(tmp_path) as practice:
        env = install(tmp_path, collect=False, **practice.env, DATABASE_URL=database.url) | {
            "SITE_URL": url,
            "BEHIND_PROXY": "1",
            "EMAIL_URL": "smtp://127.0.0.1:1",
            "METRICS_TOKEN": "a-token",
            "TEST_SECONDS": "60",
            "NO_CONFIRMATION": "1",
        }
        options = {"env": env, "cwd": PROJECT, "preexec_fn": without_new_code}
        site = Running(server_command(port), tmp_path / "site.log", ports=(port,), **options)
        with site, proxy(tmp_path, https, http, port):
            walks = [walk_over(url) for _ in range(2)]
            threads = [threading.Thread(target=form_walk.to_test) for form_walk in walks]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            names, last = stages(walks[0], practice.pid)
            assert names[:3] == ["preparation", "name lookup", "connection"]
            assert last == {"go": walks[0].path("done/")}
            hidden = [walks[0].visitor.client.get(path).status_code for path in ("/metrics", "/health/ready")]
            assert hidden == [404, 404]
            assert httpx2.get(f"http://127.0.0.1:{port}/health/ready").json()["ready"] is True
            answer = httpx2.get(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": "Bearer a-token"})
            assert 'onboarding_journeys{status="connected"} 1.0' in answer.text
            # Both processes are in one answer: each partner signed up once, whichever process it was.
            signed_up = r'request_seconds_count{method="POST",status="302",view="account_signup"} 2.0'
            assert signed_up in answer.text
            given = walks[0].visitor.client.get("/onboardings/", headers={"X-Request-ID": "x" * 32})
    assert given.headers["X-Request-ID"] != "x" * 32  # nginx gives its own
    log = [json.loads(line) for line in (tmp_path / "site.log").read_text().splitlines() if line.startswith('{"time"')]
    assert given.headers["X-Request-ID"] in {line["reference"] for line in log}
    assert given.headers["X-Request-ID"] in (tmp_path / "onboarding.log").read_text()
    logs = (tmp_path / "site.log").read_text() + (tmp_path / "onboarding.log").read_text()
    partners = [form_walk.partner for form_walk in walks]
    secrets = [value for one in partners for value in (one.passphrase, one.account_password, one.password, one.login)]
    assert [secret for secret in secrets if secret in logs] == []


def test_no_secret_address_gets_into_the_log(tmp_path):
    """The log has other addresses, and none of those that open something for whoever reads them."""
    https, http = free_port(), free_port()
    named = {"token": "a-secret-part"}
    secret = [
        reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "a-secret-part"}),
        *[reverse(name, kwargs=named) for name in ("account_invitation", "account_unsubscribe")],
        *[reverse(f"onboarding:{name}", kwargs=named) for name in ("invitation", "calendar_feed")],
    ]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with proxy(tmp_path, https, http, free_port()):
        for path in [*secret, "/onboardings/"]:
            httpx2.get(f"https://127.0.0.1:{https}{path}", verify=context, trust_env=False)
    log = (tmp_path / "onboarding.log").read_text()
    assert ("GET /onboardings/" in log, "a-secret-part" in log) == (True, False)
