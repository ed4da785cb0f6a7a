"""A thread pool for slow cryptography, with one thread for each core, at a lower priority than the web requests."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import ParamSpec, TypeVar

from django.views.decorators.debug import sensitive_variables

NICENESS = 10  # of 19; on Linux, niceness applies to each thread. It has no cost on an idle machine

P = ParamSpec("P")
T = TypeVar("T")


def _lower_priority() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@cache
def _pool() -> ThreadPoolExecutor:
    # Created at first use: a server that forks its workers then has one pool in each worker.
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="cryptography", initializer=_lower_priority)


@sensitive_variables()
def run_in_pool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work(*args, **kwargs)` in the pool, and return or raise what it returns or raises.

    Blocks until a thread is free and `work` has ended. `custody` allows only one key derivation at a time. `work` has
    the context of the caller, such as the language of the texts in a download.
    """
    return _pool().submit(copy_context().run, partial(work, *args, **kwargs)).result()
