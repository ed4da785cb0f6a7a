"""The site under test, as `make run` serves it: what it costs, and requests to it that cost little themselves."""

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
from tests.browser.partner import Desk, Partner
from tests.browser.sites import Site, install, rehearsal, serve

TICKS = os.sysconf("SC_CLK_TCK")


def used_by(pid: int) -> float:
    """The processor seconds of a process and of those that it started and still runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / TICKS + sum(used_by(int(child)) for child in children)


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """The wizard with its rehearsal beside it, over a new folder, without a limit on tests an hour."""
    (folder / "rehearsal").mkdir()
    (folder / "site").mkdir()
    with rehearsal(folder / "rehearsal") as beside:
        env = install(folder / "site", TESTS_AN_HOUR="100000", **beside.env)
        with serve(folder / "site", env) as running:
            yield running


@dataclass(frozen=True)
class Sent:
    """A request, ready to go out."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    def to(self, connection: http.client.HTTPConnection) -> tuple[int, float]:
        """Send it: the status, and the seconds until the last byte of the answer."""
        began = time.perf_counter()
        connection.request(self.method, self.path, body=self.body or None, headers=self.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began


class Client:
    """A signed-in partner who prepares requests beforehand and then only sends them."""

    def __init__(self, running: Site) -> None:
        self.site = running
        self.desk = Desk(running, Partner())
        self.desk.sign_up()
        self.place = urlsplit(running.url).netloc

    def connection(self) -> http.client.HTTPConnection:
        """A connection of its own."""
        return http.client.HTTPConnection(self.place, timeout=120)

    @property
    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.desk.visitor.client.cookies.items())

    def get(self, path: str) -> Sent:
        """A page."""
        return Sent("GET", path, b"", {"Cookie": self._cookies})

    def post(self, **typed: str) -> Sent:
        """The form that is shown, filled in."""
        request = self.desk.visitor.filled(**typed)
        headers = {"Cookie": self._cookies, "Content-Type": request.headers["content-type"]}
        return Sent("POST", request.url.path, request.read(), headers)

    def key_posts(self, number: int) -> list[Sent]:
        """So many `key` forms, each of an onboarding of its own that has come to this step."""
        ready = []
        for _ in range(number):
            self.desk.begin()
            ready.append(self.post(passphrase=self.desk.partner.passphrase, key_size="2048"))
        return ready

    def send(self, requests: Sequence[Sent], *, at_once: int = 1) -> Cost:
        """Send them all, so many at once; the time until the last answer, and the server's processor time."""
        waiting, statuses, lock = list(requests), [], threading.Lock()

        def worker() -> None:
            connection = self.connection()
            while True:
                with lock:
                    if not waiting:
                        break
                    mine = waiting.pop()
                statuses.append(mine.to(connection)[0])
            connection.close()

        threads = [threading.Thread(target=worker) for _ in range(at_once)]
        with Stopwatch(lambda: used_by(self.site.pid)) as watch:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert statuses == [302] * len(requests), statuses
        return watch.cost
