"""/health/ready: whether this process can serve requests now, with the state of each part that it needs."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from onboarding.middleware import Handler
from onboarding.models import WorkerHeartbeat
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring
from onboarding.workflow.database import UNAVAILABLE, release_connection
from onboarding.workflow.server_keys import read_keyring

READY_PATH = "/health/ready"
_migrated: list[bool] = []  # once the tables are there, they stay


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    """Whether every migration of this version was applied. Those of a newer version change nothing."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "not_applied"
        _migrated.append(True)
    return "ok"


def _limits() -> str:
    """Whether the store of the limits and of the cache can be read."""
    cache.get("health")
    return "ok"


def _keys(read: Callable[[], Keyring]) -> str:
    try:
        read()
    except PkiError as error:
        return error.finding.code
    return "ok"


def _worker() -> str:
    """Whether a worker is running: its newest heartbeat. Pages work without one, and only emails wait."""
    if WorkerHeartbeat.any_alive():
        return "ok"
    return "never_seen" if WorkerHeartbeat.last_seen() is None else "stopped"


# Without these, pages fail: a load balancer sends requests elsewhere.
REQUIRED: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "limits": _limits,
    "keyring": lambda: _keys(read_keyring),
    "audit_key": lambda: _keys(lambda: Keyring.read(settings.AUDIT_KEY_FILE)),
}
# These are reported, and an alert tells of them. Taking away the web processes would not bring the worker back.
REPORTED: dict[str, Callable[[], str]] = {"worker": _worker}


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except UNAVAILABLE:
        return "unavailable"
    except Exception as error:  # noqa: BLE001  # a probe gets an answer, whatever is broken
        return type(error).__name__


def readiness() -> tuple[bool, dict[str, str]]:
    """Return whether the process is ready, and the state of each part. Once the database fails, it is not asked again.

    The states are codes: they name no address, no file and no table.
    """
    states: dict[str, str] = {}
    for name, check in (REQUIRED | REPORTED).items():
        needs_database = name not in {"keyring", "audit_key"}
        skipped = needs_database and states.get("database", "ok") != "ok"
        states[name] = "unknown" if skipped else _state(check)
    return all(states[name] == "ok" for name in REQUIRED), states


def readiness_middleware(get_response: Handler) -> Handler:
    """Answer /health/ready with 200 or 503 and JSON, whatever the scheme and the Host header are."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path != READY_PATH:
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            ready, states = readiness()
        finally:
            release_connection()
        body: dict[str, Any] = {"ready": ready, "parts": states}
        return JsonResponse(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})

    return middleware
