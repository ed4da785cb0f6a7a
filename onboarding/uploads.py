"""Uploads are read in memory alone; what is too large is refused instead of being written to the disk."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


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
