"""What a Sentry server gets: a real server on the loopback interface, and an error with secrets all around it."""

import gzip
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import brotli
import pytest

from tests.browser.processes import PROJECT

CODE = """
import os, django
django.setup()
import sentry_sdk
from django.test import Client
from onboarding.views import access, onboardings

def broken(request, *args, **named):
    passphrase = "SECRET-variable"
    headers = request.headers
    raise ValueError("SECRET-message")

onboardings.render = broken
client = Client(raise_request_exception=False)
client.cookies["other"] = "SECRET-cookie"
page = client.get("/?next=SECRET-query", headers={"authorization": "Bearer SECRET-header", "host": "localhost"})
assert page.status_code == 500, page.status_code
import logging
logging.getLogger("onboarding").error("SECRET-log %s", "SECRET-argument")
logging.getLogger("onboarding").error("failed", exc_info=ValueError("SECRET-logged"))
sentry_sdk.flush(20)
print(page.headers["X-Request-ID"])
"""


@pytest.fixture
def receiver():
    """A server that stores what is sent to it; yields its address and the list of bodies."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("Content-Encoding"), bytes)
            bodies.append(unpack(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://public@127.0.0.1:{server.server_port}/1", bodies
        server.shutdown()
        thread.join()


def test_no_value_reaches_the_server_of_errors(receiver, tmp_path):
    """The report has the type and the lines of the error, and the reference; no variable, cookie, header or message."""
    address, bodies = receiver
    env = {name: os.environ[name] for name in ("PATH", "KEYRING_FILE", "AUDIT_KEY_FILE")} | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.served",
        "STATIC_ROOT": str(tmp_path),
        "STATIC_NOT_COLLECTED": "1",
        "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3",
        "SECRET_KEY": "SECRET-of-the-site",
        "SENTRY_DSN": address,
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=env, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    sent = b"\n".join(bodies).decode()
    assert '"type":"ValueError"' in sent.replace(": ", ":")
    assert f'"reference":"{done.stdout.strip()}"' in sent.replace(": ", ":")
    # The lines of the test's own source are not in a file, so they are not in the report.
    assert [word for word in sent.replace('"', " ").split() if "SECRET" in word] == []
