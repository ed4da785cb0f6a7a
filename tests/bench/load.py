"""`python -m tests.bench.load`: many partners walk through all steps at once, on PostgreSQL and two web processes.

PARTNERS (20) is their number, and SECONDS_BETWEEN (0) what each waits before it opens the next page. The bare
cryptography is measured in the same run. The partners run on the same cores as the site.
"""

import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles
from types import SimpleNamespace

import httpx2
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.hashers import make_password

from tests import postgresql
from tests.bench.floors import Cost, Stopwatch, derive
from tests.bench.server import processor_seconds
from tests.browser.partner import FormWalk, Partner
from tests.browser.sites import install, rehearsal, serve
from tests.browser.visitor import Visitor

PARTNERS = int(os.environ.get("PARTNERS", "20"))
SECONDS_BETWEEN = float(os.environ.get("SECONDS_BETWEEN", "0"))
CLIENT_PROCESSES = 4  # a single one would wait for its own interpreter
WEB_PROCESSES = "2"
IN_LINE = "before yours"  # of the sentence that a full line shows
GOALS = {"pages": 0.35, "sign-in": 0.8}  # seconds, beyond the bare cryptography of the request
# The cryptography of a request, by the end of its address: how many keys, derivations and password hashes.
WORK = {"/key/": (1, 1, 0), "/request/": (0, 1, 0), "/test/": (0, 1, 0)}
SIGN_IN = ("/accounts/signup/", "/accounts/login/")


@dataclass
class Seen:
    """What partners have seen: the seconds of each kind of request, how often they stood in line, and errors."""

    times: dict[str, list[float]] = field(default_factory=partial(defaultdict, list))
    waits: int = 0
    walks: int = 0
    errors: Counter = field(default_factory=Counter)

    def add(self, other: "Seen") -> None:
        for kind, times in other.times.items():
            self.times[kind] += times
        self.waits, self.walks = self.waits + other.waits, self.walks + other.walks
        self.errors += other.errors


class PatientVisitor(Visitor):
    """A visitor that measures each request, and stands in line when the page says so."""

    def __init__(self, url: str, seen: Seen) -> None:
        super().__init__(url)
        self.seen = seen
        self.client = httpx2.Client(
            base_url=url,
            follow_redirects=True,
            trust_env=False,
            timeout=300,
            event_hooks={"request": [self._begin], "response": [self._end]},
        )

    def _begin(self, request: httpx2.Request) -> None:
        self.began = time.perf_counter()

    def _end(self, response: httpx2.Response) -> None:
        response.read()
        path, seconds = response.request.url.path, time.perf_counter() - self.began
        is_post = response.request.method == "POST"
        kind = next((end for end in WORK if is_post and path.endswith(end)), "")
        self.seen.times[kind or ("sign-in" if is_post and path in SIGN_IN else "pages")].append(seconds)
        if response.status_code >= 400:
            self.seen.errors[f"{response.status_code} {response.request.method}"] += 1

    def open(self, path):
        time.sleep(SECONDS_BETWEEN * random.uniform(0.5, 1.5))  # not for a secret
        return super().open(path)

    def submit(self, **typed):
        response = super().submit(**typed)
        while IN_LINE in self.page.text:
            self.seen.waits += 1
            time.sleep(1)
            response = super().submit(**typed)
        return response


def walk(url: str, seen: Seen) -> None:
    """Walk through all steps once, sign in again, and open two pages."""
    form_walk = FormWalk(SimpleNamespace(url=url), Partner())
    form_walk.visitor = PatientVisitor(url, seen)
    try:
        form_walk.to_done()
        form_walk.visitor.client.cookies.clear()
        form_walk.visitor.open("/accounts/login/")
        form_walk.visitor.submit(login=form_walk.partner.email, password=form_walk.partner.account_password)
        form_walk.open()
        seen.walks += 1
    except (AssertionError, httpx2.HTTPError) as error:
        seen.errors[f"{type(error).__name__}: {str(error)[:120]}"] += 1


def walks(url: str, number: int) -> Seen:
    """Let so many partners walk at the same time, in threads of this process."""
    seen = [Seen() for _ in range(number)]
    threads = [threading.Thread(target=walk, args=(url, one)) for one in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Seen()
    for one in seen:
        total.add(one)
    return total


@contextmanager
def site():
    """Run PostgreSQL, the rehearsal and the web processes; yield the site."""
    with tempfile.TemporaryDirectory(prefix="onboarding-load-") as name, postgresql.server() as database:
        folder = Path(name)
        with rehearsal(folder) as practice:
            many = {"TESTS_AT_ONCE": "100000", "TESTS_AN_HOUR": "100000", "DATABASE_URL": database.url}
            env = install(folder, collect=False, **practice.env, **many) | {"WEB_CONCURRENCY": WEB_PROCESSES}
            # The defaults of the limits are part of what is measured.
            with serve(folder, env | {"QUEUE_PLACES": os.environ.get("QUEUE_PLACES", "8")}) as running:
                yield running


def bare(times: int = 10) -> dict[str, Cost]:
    """Measure the cryptography alone: a key, a derivation and a password hash."""
    parts = {
        "key": lambda: rsa.generate_private_key(65537, 2048),
        "derivation": derive,
        "password": lambda: make_password("a password of an account"),
    }
    costs = {}
    for name, work in parts.items():
        with Stopwatch() as watch:
            for _ in range(times):
                work()
        costs[name] = watch.cost / times
    return costs


def of_walk(costs: dict[str, Cost]) -> float:
    """Return the processor seconds of the cryptography of one walk: a key, three derivations, two password hashes."""
    return costs["key"].cpu + 3 * costs["derivation"].cpu + 2 * costs["password"].cpu


def percentile(times: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(times, n=20)[-1] if len(times) > 1 else max(times, default=0.0)


def report(seen: Seen, seconds: float, cpu: float, costs: dict[str, Cost]) -> list[str]:
    """Return the lines of the report."""
    cores = os.cpu_count() or 1
    lines = [f"{PARTNERS} partners: {seen.walks} walks in {seconds:.1f} s, {sum(seen.errors.values())} errors"]
    lines += [f"  {number} × {text}" for text, number in seen.errors.most_common(5)]
    for kind, times in sorted(seen.times.items()):
        keys, derivations, hashes = WORK.get(kind, (0, 0, 1 if kind == "sign-in" else 0))
        own = keys * costs["key"].wall + derivations * costs["derivation"].wall + hashes * costs["password"].wall
        beyond, goal = max(0.0, percentile(times) - own), GOALS.get(kind)
        verdict = "" if goal is None else f", goal {goal * 1000:.0f} ms" + (" MISSED" if beyond > goal else "")
        lines.append(f"{kind:10} {len(times):6} requests, 95 %: {beyond * 1000:7.0f} ms beyond their own work{verdict}")
    walked = max(seen.walks, 1)
    lines.append(f"a walk: {cpu / walked:.2f} s of CPU, {of_walk(costs):.2f} s of them bare cryptography")
    ratio = seen.walks / seconds * of_walk(costs) / cores
    lines.append(f"throughput: {ratio:.2f} of what the cores could do without a site")
    lines.append(f"stood in line: {seen.waits} times")
    return lines


def main() -> None:
    """Measure, and print the report."""
    costs = bare()
    shares = [len(range(number, PARTNERS, CLIENT_PROCESSES)) for number in range(CLIENT_PROCESSES)]
    with site() as running, ProcessPoolExecutor(CLIENT_PROCESSES) as clients:
        print("walking …", file=sys.stderr)
        list(clients.map(walks, [running.url] * CLIENT_PROCESSES, [0] * CLIENT_PROCESSES))  # start the processes
        seen, used = Seen(), processor_seconds(running.pid)
        began = time.perf_counter()
        for share in clients.map(walks, [running.url] * CLIENT_PROCESSES, shares):
            seen.add(share)
        seconds = time.perf_counter() - began
        print("\n".join(report(seen, seconds, processor_seconds(running.pid) - used, costs)))


if __name__ == "__main__":
    main()
