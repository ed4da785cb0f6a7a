"""The site under test, as `make run` serves it, and a client that measures requests to it."""

import http.client
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.floors import Cost, Stopwatch
from tests.browser.partner import FormWalk, Partner
from tests.browser.sites import Site, install, rehearsal, serve

TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """Return the processor seconds of a process and of its running children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / TICKS + sum(processor_seconds(int(child)) for child in children)


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Run the wizard and its rehearsal in a new folder, without a limit on tests an hour."""
    (folder / "rehearsal").mkdir()
    (folder / "site").mkdir()
    with rehearsal(folder / "rehearsal") as running_rehearsal:
        env = install(folder / "site", TESTS_AN_HOUR="100000", **running_rehearsal.env)
        with serve(folder / "site", env) as running:
            yield running


@dataclass(frozen=True)
class PreparedRequest:
    """A request that is ready to be sent."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    def send(self, connection: http.client.HTTPConnection) -> tuple[int, float]:
        """Send the request; return the status and the seconds until the last byte of the response."""
        began = time.perf_counter()
        connection.request(self.method, self.path, body=self.body or None, headers=self.headers)
        response = connection.getresponse()
        response.read()
        return response.status, time.perf_counter() - began


class Client:
    """A signed-in partner that prepares requests, and sends them later in the measurement."""

    def __init__(self, running: Site) -> None:
        self.site = running
        self.form_walk = FormWalk(running, Partner())
        self.form_walk.sign_up()
        self.host_and_port = urlsplit(running.url).netloc

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection."""
        return http.client.HTTPConnection(self.host_and_port, timeout=120)

    @property
    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.form_walk.visitor.client.cookies.items())

    def get(self, path: str) -> PreparedRequest:
        """Return a GET of a page."""
        return PreparedRequest("GET", path, b"", {"Cookie": self._cookies})

    def post(self, **typed: str) -> PreparedRequest:
        """Return the POST of the current page's form, filled in."""
        request = self.form_walk.visitor.filled(**typed)
        headers = {"Cookie": self._cookies, "Content-Type": request.headers["content-type"]}
        return PreparedRequest("POST", request.url.path, request.read(), headers)

    def key_posts(self, number: int) -> list[PreparedRequest]:
        """Return `number` POSTs of the `key` form, each of another onboarding at this step."""
        posts = []
        for _ in range(number):
            self.form_walk.begin()
            posts.append(self.post(passphrase=self.form_walk.partner.passphrase, key_size="2048"))
        return posts

    def send(self, requests: Sequence[PreparedRequest], *, at_once: int = 1) -> Cost:
        """Send all requests, `at_once` at a time; return the elapsed time and the server's processor time."""
        waiting, statuses, lock = list(requests), [], threading.Lock()

        def worker() -> None:
            connection = self.connection()
            while True:
                with lock:
                    if not waiting:
                        break
                    request = waiting.pop()
                statuses.append(request.send(connection)[0])
            connection.close()

        threads = [threading.Thread(target=worker) for _ in range(at_once)]
        with Stopwatch(lambda: processor_seconds(self.site.pid)) as watch:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert statuses == [302] * len(requests), statuses
        return watch.cost
