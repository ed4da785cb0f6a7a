"""`python -m tests.bench [part ...]`: print ratios, each against a floor that is measured in the same run."""

import signal
import sys
import tempfile
from pathlib import Path

from tests.bench import connection, diagnosis, keys, pages
from tests.bench.rows import Row, table
from tests.bench.server import site

PARTS = {"keys": keys.rows, "connection": connection.rows, "diagnosis": diagnosis.rows, "pages": pages.rows}


def main(chosen: list[str]) -> None:
    """Measure the chosen parts, or all, and print the table."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # TERM stops the servers, too
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="onboarding-bench-") as folder, site(Path(folder)) as running:
        for name in chosen or PARTS:
            print(f"measuring: {name} …", file=sys.stderr)
            rows += PARTS[name](running)
    print(table(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
