"""What slow work and an unreachable database need: give the connection back, and try again later."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

# What Django raises when the database is unreachable or restarts, when no connection of the pool is free, when the
# disk is full, and when a lock is waited for too long. Another try can succeed.
UNAVAILABLE = (OperationalError, InterfaceError)
RETRY_PAUSE = 0.5  # seconds between two tries
logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def release_connection() -> None:
    """Give this thread's connection back to the pool, unless it is in a transaction. The next query takes another one.

    Call this before slow work without the database: other requests need the connection meanwhile, and it can break.
    """
    if not connection.in_atomic_block:
        connection.close()


def retry_while_unavailable(work: Callable[[], Result], seconds: float) -> Result:
    """Return what `work` returns. Call it again for `seconds` while the database is unavailable, then raise the error.

    `work` must have one effect, also if it is called again after a commit whose confirmation was lost.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except UNAVAILABLE:
            if time.monotonic() > deadline or connection.in_atomic_block:
                raise
            logger.warning("The database is unavailable; trying again.")
            connection.close()
            time.sleep(RETRY_PAUSE)
