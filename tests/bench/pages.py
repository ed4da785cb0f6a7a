"""The time of the other pages while keys are being made."""

import statistics
import threading
from collections import defaultdict

from tests.bench.rows import Row
from tests.bench.server import Client, PreparedRequest
from tests.browser.sites import Site

AT_ONCE = 8
ALONE_ROUNDS, BUSY_KEYS = 20, 72
STEPS = ("", "company/", "key/", "request/", "certificate/", "test/", "done/")


def rows(running: Site) -> list[Row]:
    """Return the rows of the slowest page and of the most slowed page while eight keys are made, against themselves."""
    client = Client(running)
    form_walk = client.form_walk
    form_walk.begin()
    form_walk.make_key()
    form_walk.upload(*form_walk.get_signed())
    form_walk.expect("test")
    form_walk.test()
    form_walk.expect("done")
    pages = {path: client.get(path) for path in ("/onboardings/", "/onboardings/new/", *map(form_walk.path, STEPS))}
    visit(client, pages, rounds=2)
    alone = visit(client, pages, rounds=ALONE_ROUNDS)
    maker = Client(running)
    posts = maker.key_posts(BUSY_KEYS)
    making = threading.Thread(target=maker.send, args=(posts,), kwargs={"at_once": AT_ONCE})
    making.start()
    busy = visit(client, pages, while_alive=making)
    making.join()

    medians = {path: (statistics.median(busy[path]), statistics.median(alone[path])) for path in busy}
    slowest = max(medians, key=lambda path: medians[path][0])
    most_slowed = max(medians, key=lambda path: medians[path][0] / medians[path][1])
    all_seconds = (
        [second for path in busy for second in busy[path]],
        [second for path in alone for second in alone[path]],
    )
    name = f"/{slowest.removeprefix(form_walk.path()).strip('/')}"
    return [
        Row(f"slowest other page ({name}), 8 keys being made", "the same page alone", *medians[slowest], 2.0),
        Row("the most slowed page", "the same page alone", *medians[most_slowed], 2.0),
        Row(
            "all other pages, 95th percentile",
            "the same alone",
            *(statistics.quantiles(seconds, n=20)[-1] for seconds in all_seconds),
        ),
    ]


def visit(
    client: Client, pages: dict[str, PreparedRequest], *, rounds: int = 0, while_alive: threading.Thread | None = None
) -> dict[str, list[float]]:
    """Open the pages in turn, for `rounds` or as long as a thread runs; return the seconds of each visit by path."""
    connection, seconds = client.connection(), defaultdict(list)
    while rounds > 0 or (while_alive and while_alive.is_alive()):
        rounds -= 1
        for path, page in pages.items():
            if while_alive and not while_alive.is_alive():
                break
            status, elapsed = page.send(connection)
            assert status == 200, (path, status)
            seconds[path].append(elapsed)
    connection.close()
    return dict(seconds)
