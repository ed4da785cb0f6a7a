"""Keep secrets out of reports, off the disk, and away from other programs of the same account; name cookies."""

import ctypes
import gc
import logging
import os
import re
import resource
import sys
import threading
import time
from collections.abc import ItemsView
from types import FrameType
from typing import Any
from urllib.parse import clear_cache  # type: ignore[attr-defined]  # typeshed leaves it out

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.signals import request_finished
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

logger = logging.getLogger(__name__)
PR_SET_DUMPABLE = 4  # of <linux/prctl.h>
SWEEP_SECONDS = 5.0  # after a request, before the objects of it that refer to each other are freed


def protect_memory() -> None:
    """Forbid dumps of this process's memory: no core file, and on Linux no debugger of the same account.

    A private key and a passphrase are in memory during a request. The administrator of the machine can read them then.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_DUMPABLE")


def freed_memory_is_wiped() -> bool:
    """Whether this process overwrites memory when it is freed; it does so since its start, or not at all.

    glibc does so with the tunable `glibc.malloc.perturb`, if memory goes through neither its own cache for each thread
    nor the allocator of Python, which keep freed blocks as they are.
    """
    tunables = dict(part.partition("=")[::2] for part in os.environ.get("GLIBC_TUNABLES", "").split(":"))
    wiped = tunables.get("glibc.malloc.perturb", "0") != "0" and tunables.get("glibc.malloc.tcache_count") == "0"
    return wiped and os.environ.get("PYTHONMALLOC") == "malloc"


class Sweeper:
    """Frees the objects of finished requests that refer to each other, so that their secrets are wiped as well.

    Python frees them only when many objects were made meanwhile: on an idle site never.
    """

    def __init__(self) -> None:
        self._due = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note_request(self, **_signal: Any) -> None:
        """Sweep soon. The thread starts with the first request: the server forks its workers before."""
        self._due.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while self._due.wait():
            time.sleep(SWEEP_SECONDS)
            self._due.clear()
            clear_cache()  # of urllib: addresses can contain the token of a password reset
            re.purge()
            gc.collect()


sweeper = Sweeper()


def wipe_memory_after_requests() -> None:
    """Free the memory of each request soon after it, and warn if freed memory keeps its content."""
    gc.collect()
    gc.freeze()  # what the application consists of is never garbage, and need not be searched each time
    request_finished.connect(sweeper.note_request, dispatch_uid="sweeper")
    if sys.platform == "linux" and not freed_memory_is_wiped():
        # not translated: for administrators
        logger.warning("Freed memory is not wiped: secrets can stay in it. The README says which variables to set.")


class NoValuesFilter(SafeExceptionReporterFilter):
    """Hides the values of all variables, submitted fields and settings in exception reports, also if DEBUG is on.

    A list of sensitive names would be incomplete as soon as somebody forgets to extend it.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        """Return True, also if DEBUG is on: a developer's passphrase is a secret, too."""
        return True

    def get_safe_settings(self) -> dict[str, Any]:
        """Return the names of the settings. Addresses of databases, caches and proxies can contain passwords."""
        return dict.fromkeys(super().get_safe_settings(), self.cleansed_substitute)

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        """Return the names of the submitted fields."""
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request is not None else {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, str]:
        """Return the names of the frame's variables."""
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()


class InMemoryOnlyUploadHandler(MemoryFileUploadHandler):
    """Django's in-memory handler, without its fallback to temporary files."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803  # the name in the base class
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Raise RequestDataTooBig, before reading, if the request has over `FILE_UPLOAD_MAX_MEMORY_SIZE` bytes."""
        if content_length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The upload is over FILE_UPLOAD_MAX_MEMORY_SIZE.")
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)


class PrefixedCookieStorage(CookieStorage):
    """Django's storage of messages in a cookie, whose name has the prefix of the other cookies."""

    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class PrefixedMessageStorage(FallbackStorage):
    """Django's default storage of messages, with the prefixed cookie."""

    storage_classes = (PrefixedCookieStorage, SessionStorage)
