"""A thread pool for slow cryptography, with one thread for each core, at a lower priority than the web requests.

A request occupies one of the web server's threads while it waits for the pool. So only QUEUE_PLACES requests of a
process run or wait at the same time; the others read how long the line is, and the server's threads stay free for
pages.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from datetime import timedelta
from functools import cache, partial
from typing import NamedTuple, ParamSpec, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from onboarding.limits import QUEUE, Scope
from onboarding.metrics import REQUESTS_IN_LINE
from onboarding.workflow.database import release_connection
from onboarding.workflow.limits import LimitReachedError, allowed_uses, duration_text

NICENESS = 10  # of 19; on Linux, niceness applies to each thread. It has no cost on an idle machine
FIRST_MEAN = 0.3  # seconds of one piece of work, before any was measured
NEWEST_SHARE = 0.1  # of the newest duration in the mean

P = ParamSpec("P")
T = TypeVar("T")


class Line(NamedTuple):
    """The requests before a new one, and the seconds until they are done; `is_full` if it would not be admitted."""

    before: int
    seconds: float
    is_full: bool

    @property
    def text(self) -> str:
        """The sentences that a partner reads, in the language that is active."""
        before = ngettext("%(number)s request is before yours.", "%(number)s requests are before yours.", self.before)
        wait = _("That takes about %(time)s.") % {"time": duration_text(timedelta(seconds=self.seconds))}
        return f"{before % {'number': self.before}} {wait}"


class QueueFullError(LimitReachedError):
    """The line of this process is full. Nothing was counted or written."""

    def __init__(self, line: Line) -> None:
        super().__init__(QUEUE, Scope.WORKER, line.seconds)
        self.line = line

    @property
    def sentences(self) -> list[str]:
        """How long the line is, and what to do."""
        return [self.line.text, _("Then send the form again.")]


class _Waiting:
    """Counts the requests in line, and the mean duration of their work."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number = 0
        self.mean = FIRST_MEAN

    def line(self) -> Line:
        seconds = self.number * self.mean / _threads()
        return Line(self.number, max(1.0, seconds), is_full=self.number >= allowed_uses(QUEUE, Scope.WORKER))

    def enter(self) -> None:
        with self.lock:
            line = self.line()
            if line.is_full:
                raise QueueFullError(line)
            self.number += 1
        REQUESTS_IN_LINE.inc()

    def leave(self) -> None:
        with self.lock:
            self.number -= 1
        REQUESTS_IN_LINE.dec()

    def measure(self, seconds: float) -> None:
        self.mean += NEWEST_SHARE * (seconds - self.mean)


_waiting = _Waiting()
_is_in_line: ContextVar[bool] = ContextVar("is_in_line", default=False)


def current_line() -> Line:
    """Return the line of this process. Other processes have about the same, because the load is spread."""
    return _waiting.line()


@contextmanager
def in_line() -> Iterator[None]:
    """Take a place for the work in this block, before anything is counted or written. Raise QueueFullError."""
    if _is_in_line.get():
        yield
        return
    _waiting.enter()
    token = _is_in_line.set(True)
    try:
        yield
    finally:
        _is_in_line.reset(token)
        _waiting.leave()


def _lower_priority() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _threads() -> int:
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    # Created at first use: a server that forks its workers then has one pool in each worker.
    return ThreadPoolExecutor(_threads(), thread_name_prefix="cryptography", initializer=_lower_priority)


@sensitive_variables()
def _measured(work: Callable[[], T]) -> T:
    began = time.monotonic()
    try:
        return work()
    finally:
        _waiting.measure(time.monotonic() - began)


@sensitive_variables()
def run_in_pool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work(*args, **kwargs)` in the pool, and return or raise what it returns or raises.

    Blocks until a thread is free and `work` has ended. `custody` allows only one key derivation at a time. `work` has
    the context of the caller, such as the language of the texts in a download. The caller's connection to the database
    is given back meanwhile. Raise QueueFullError if too many requests wait already.
    """
    with in_line():
        release_connection()
        context = copy_context()
        return _pool().submit(context.run, _measured, partial(work, *args, **kwargs)).result()
