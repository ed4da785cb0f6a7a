"""`python -m tests.bench`: prints ratios, each against a floor measured in the same run. Names pick parts of it."""

import signal
import sys
import tempfile
from pathlib import Path

from tests.bench import connection, diagnosis, keys, pages
from tests.bench.rows import Row, table
from tests.bench.server import site

PARTS = {"keys": keys.rows, "connection": connection.rows, "diagnosis": diagnosis.rows, "pages": pages.rows}


def main(chosen: list[str]) -> None:
    """Measure the chosen parts, or all."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that TERM, too, stops the servers
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="onboarding-bench-") as folder, site(Path(folder)) as running:
        for name in chosen or PARTS:
            print(f"measuring: {name} …", file=sys.stderr)
            diagnosis += PARTS[name](running)
    print(table(diagnosis))


if __name__ == "__main__":
    main(sys.argv[1:])
