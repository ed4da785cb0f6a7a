"""Hooks into Django that keep secrets out of exception reports and off the disk."""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class NoValuesFilter(SafeExceptionReporterFilter):
    """Hides every variable of every frame and every submitted field, also while DEBUG is on.

    A list of sensitive names would be right only until somebody forgets to extend it.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always: a developer's own passphrase is a secret too."""
        return True

    def get_safe_settings(self) -> dict[str, Any]:
        """The names of the settings; addresses of databases, caches and proxies have passwords in them."""
        return dict.fromkeys(super().get_safe_settings(), self.cleansed_substitute)

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        """The names of the submitted fields."""
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request is not None else {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, str]:
        """The names of the frame's variables."""
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()


class InMemoryOnlyUploadHandler(MemoryFileUploadHandler):
    """Django's in-memory handler, with nothing behind it that writes temporary files."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803  # the base's name for it
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Refuse a request over `FILE_UPLOAD_MAX_MEMORY_SIZE` bytes before reading it (RequestDataTooBig: a 413)."""
        if content_length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The upload is over FILE_UPLOAD_MAX_MEMORY_SIZE.")
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)
