"""Log lines as JSON, each with the reference of the request that it belongs to."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# The reference of the request being handled. It is in the log, in the response, and on error pages.
request_reference: ContextVar[str] = ContextVar("request_reference", default="")


class ReferenceFilter(logging.Filter):
    """Adds the attribute `reference` to every record, for all formatters."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set the reference; keep the record."""
        record.reference = request_reference.get() or "-"
        return True


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: time (UTC), level, logger, message, reference, and `extra["fields"]`.

    An exception is in `exception`, with its traceback: the lines of the sources, and no values of variables.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "reference": getattr(record, "reference", "-"),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
