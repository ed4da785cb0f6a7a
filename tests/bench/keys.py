"""The cost of a key through the site, against its bare primitives and the tools that a partner would use."""

import shutil
import tempfile
from pathlib import Path

from tests.bench.floors import Cost, KeyProcesses, keytool_request, openssl_request
from tests.bench.rows import Row
from tests.bench.server import Client
from tests.browser.sites import Site

ALONE, ROUNDS, AT_ONCE = 60, 8, 4
TOOL_RUNS = 10


def rows(running: Site) -> list[Row]:
    """Return the rows of the `key` POST, alone and with four in flight. Both sides alternate, so load slows both."""
    client = Client(running)
    client.send(client.key_posts(2))
    posts, floor, process = Cost(), Cost(), KeyProcesses(1)
    for post in client.key_posts(ALONE):
        posts += client.send([post])
        floor += process.make(1)
    posts, floor = posts / ALONE, floor / ALONE

    processes, busy, busy_floor = KeyProcesses(AT_ONCE), Cost(), Cost()
    batch = 3 * AT_ONCE
    for _ in range(ROUNDS):
        busy += client.send(client.key_posts(batch), at_once=AT_ONCE)
        busy_floor += processes.make(batch)
    busy, busy_floor = busy / (ROUNDS * batch), busy_floor / (ROUNDS * batch)
    process.pool.shutdown()
    processes.pool.shutdown()

    primitives = "RSA, CSR, Argon2id, AES-GCM"
    return [
        Row("key POST, alone: time", primitives, posts.wall, floor.wall, 1.2),
        Row("key POST, alone: server CPU", primitives, posts.cpu, floor.cpu, 1.2),
        Row("key POST, 4 in flight: time a key", f"{primitives}, 4 processes", busy.wall, busy_floor.wall, 1.2),
        Row("key POST, 4 in flight: server CPU", f"{primitives}, 4 processes", busy.cpu, busy_floor.cpu, 1.2),
        *against_tools(posts),
    ]


def against_tools(posts: Cost) -> list[Row]:
    """Return the rows against the programs of the quick start that are installed."""
    rows = []
    tools = {"openssl req -newkey": (openssl_request, TOOL_RUNS), "keytool -genkeypair, -certreq": (keytool_request, 3)}
    with tempfile.TemporaryDirectory() as folder:
        for name, (make, times) in tools.items():
            if shutil.which(name.split()[0]):
                cost = sum((make(Path(folder)) for _ in range(times)), Cost()) / times
                rows.append(Row("key POST, alone: time", name, posts.wall, cost.wall))
    return rows
