"""Where slow cryptography runs: as many threads as cores, each yielding to the pages that others are reading."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.views.decorators.debug import sensitive_variables

NICENESS = 10  # of 19; on Linux a thread has its own, and on an idle machine it costs nothing

P = ParamSpec("P")
T = TypeVar("T")


def _yield_to_others() -> None:
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


@cache
def _threads() -> ThreadPoolExecutor:
    # Made at the first use, so that a server that forks its workers leaves each with threads of its own.
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="workbench", initializer=_yield_to_others)


@sensitive_variables()
def run_in_pool(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work(*args, **kwargs)` returns or raises; waits for a free thread first.

    As many run as there are cores; `custody.ONE_DERIVATION` lets them derive passphrases one at a time.
    """
    return _threads().submit(work, *args, **kwargs).result()
