"""Errors sent to a Sentry server, if SENTRY_DSN is set: where they happened, and no value of anything."""

import logging
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from onboarding.logs import request_reference

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

# What is kept. A list of what to remove would be incomplete with the next version of the library.
KEPT_OF_EVENT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "server_name")
KEPT_OF_FRAME = ("filename", "abs_path", "function", "module", "lineno", "pre_context", "context_line", "post_context")


def connect(dsn: str) -> None:
    """Send unexpected errors to the server at `dsn`; do nothing if it is empty.

    Raise ImproperlyConfigured if the package is missing.
    """
    if not dsn:
        return
    try:
        import sentry_sdk  # noqa: PLC0415  # it is not installed everywhere
        from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    except ImportError as exc:
        raise ImproperlyConfigured("SENTRY_DSN is set. Add the package: pip install sentry-sdk.") from exc
    sentry_sdk.init(
        dsn=dsn,
        # Django logs every unexpected error. Nothing else of the library is needed, such as its own database cursor.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=without_values,
        before_breadcrumb=lambda *_: None,
        before_send_transaction=lambda *_: None,
        auto_session_tracking=False,
        send_client_reports=False,
    )


def without_values(event: "Event", hint: "Hint") -> "Event | None":
    """Return the types and places of the errors in `event`, and the reference of the request; None if it has no error.

    Messages of errors are left out as well: those of a database contain values of rows.
    """
    given: Any = event
    errors = given.get("exception", {}).get("values", [])
    if not errors:
        return None
    kept: Any = {name: given[name] for name in KEPT_OF_EVENT if name in given}
    kept["exception"] = {"values": [_place(error) for error in errors]}
    kept["tags"] = {"reference": request_reference.get()}
    result: Event = kept
    return result


def _place(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames", [])
    kept = [{name: frame[name] for name in KEPT_OF_FRAME if name in frame} for frame in frames]
    return {"type": error.get("type"), "module": error.get("module"), "stacktrace": {"frames": kept}}
