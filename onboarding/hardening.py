"""Keep secrets out of reports, off the disk, and away from other programs of the same account; name cookies."""

import ctypes
import resource
import sys
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

PR_SET_DUMPABLE = 4  # of <linux/prctl.h>


def protect_memory() -> None:
    """Forbid dumps of this process's memory: no core file, and on Linux no debugger of the same account.

    A private key and a passphrase are in memory during a request, and can stay in freed memory after it. The
    administrator of the machine can still read them.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_DUMPABLE")


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
