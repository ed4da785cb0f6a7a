"""The stages of a connection test, its deadline, and its cancellation."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from onboarding.messages.text import gettext
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.verdict import StageNote

POLL_SECONDS = 0.2  # between two checks for a cancellation


class StageName(StrEnum):
    """The stages of a connection test, in order. The values are stored in results and stay stable."""

    PREPARATION = "preparation"
    NAME_LOOKUP = "name lookup"
    CONNECTION = "connection"
    PROXY = "proxy"
    TLS_HELLO = "TLS hello"
    SERVER_CERTIFICATE = "server certificate"
    CLIENT_CERTIFICATE = "client certificate"
    REQUEST = "request"
    STATUS = "status"
    CONTENT_TYPE = "content type"
    BODY = "body"
    FLEETS = "fleets"


STAGE_LABELS = {
    StageName.PREPARATION: _("preparation"),
    StageName.NAME_LOOKUP: _("name lookup"),
    StageName.CONNECTION: _("connection"),
    StageName.PROXY: _("proxy"),
    StageName.TLS_HELLO: _("TLS hello"),
    StageName.SERVER_CERTIFICATE: _("server certificate"),
    StageName.CLIENT_CERTIFICATE: _("client certificate"),
    StageName.REQUEST: _("request"),
    StageName.STATUS: _("status"),
    StageName.CONTENT_TYPE: _("content type"),
    StageName.BODY: _("body"),
    StageName.FLEETS: _("fleets"),
}


def stage_label(name: str) -> str:
    """Return the name of a stage in the current language; an unknown name is returned unchanged."""
    try:
        return gettext(STAGE_LABELS[StageName(name)])
    except ValueError:
        return name


@dataclass(frozen=True)
class Stage:
    """A stage that has ended: whether it was passed, and how many milliseconds it took.

    `detail` is its result: a value that the other side sent, or the text of `note`.
    """

    name: StageName
    ok: bool
    milliseconds: float
    detail: str = ""
    note: StageNote | None = None
    offset_ms: float = 0.0  # from the beginning of the test to that of the stage

    @property
    def label(self) -> str:
        """The name of the stage in the current language."""
        return stage_label(self.name)

    def to_dict(self) -> dict[str, Any]:
        """Return the stage as a dict for JSON, with its texts in the current language."""
        return {
            "name": self.name.value,
            "label": self.label,
            "ok": self.ok,
            "offset_ms": round(self.offset_ms, 1),
            "milliseconds": self.milliseconds,
            "detail": self.note.text if self.note else self.detail,
            "note": self.note.to_dict() if self.note else None,
        }


def current_stage(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stage that `to_dict` stored, also in an earlier version, with its texts in the current language."""
    note = stored.get("note")
    detail = StageNote.from_dict(note).text if note else stored.get("detail", "")
    return {**stored, "label": stage_label(str(stored.get("name", ""))), "detail": detail, "note": note}


class Stages:
    """Records the stages of one attempt. `current` is the stage under way; `watch` is called as each stage ends.

    `redact` removes secrets from a `detail`, which the other side may have written.
    """

    def __init__(self, watch: Callable[[Stage], None] | None = None, redact: Callable[[str], str] = str) -> None:
        self.ended: list[Stage] = []
        self.current: StageName | None = None
        self.detail = ""
        self.note: StageNote | None = None
        self._began = time.perf_counter()
        self._started_at = 0.0
        self._watch = watch
        self._redact = redact

    def enter(self, name: StageName) -> None:
        """End the stage under way as passed, and start another stage."""
        if self.current:
            self.leave(ok=True)
        self.current, self._started_at = name, time.perf_counter()

    def leave(self, *, ok: bool) -> None:
        """End the stage under way, with the `note` or `detail` that was set for it."""
        if not self.current:
            return
        milliseconds = (time.perf_counter() - self._started_at) * 1000
        detail = self.note.text if self.note else self._redact(self.detail)
        offset = (self._started_at - self._began) * 1000
        stage = Stage(self.current, ok, milliseconds, detail, self.note, offset)
        self.ended.append(stage)
        self.current, self.detail, self.note = None, "", None
        if self._watch:
            self._watch(stage)


class CancelledError(Exception):
    """The test was cancelled."""


def shut_down(sock: socket.socket) -> None:
    """Shut down a connection, from any thread: its reader or writer gets an error, and nothing more is sent.

    Keep the TLS object: `SSLSocket.shutdown` removes it first, and data written at that moment would be sent in clear.
    """
    with suppress(OSError):  # already closed
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Cancellation:
    """Cancels a test: shuts down the socket in use, and prevents further connections."""

    def __init__(self) -> None:
        self.is_cancelled = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def cancel(self) -> None:
        """Cancel the test. Any thread may call this, any number of times."""
        with self._lock:
            self.is_cancelled = True
            if self._socket is not None:
                shut_down(self._socket)

    def register(self, sock: socket.socket) -> None:
        """Set the socket that `cancel` shuts down. Raise CancelledError if the test is cancelled already."""
        with self._lock:
            self._socket = sock
        self.check()

    def check(self) -> None:
        """Raise CancelledError if the test is cancelled."""
        if self.is_cancelled:
            raise CancelledError

    @contextmanager
    def polling(self, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        """Call `cancelled` every POLL_SECONDS during the block, and cancel when it returns True."""
        if cancelled is None:
            yield
            return
        ended = threading.Event()

        def poll() -> None:
            while not ended.wait(POLL_SECONDS):
                if cancelled():
                    self.cancel()
                    return

        thread = threading.Thread(target=poll, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(POLL_SECONDS)


class Deadline:
    """A point in time, `total` seconds from now. No operation waits beyond it."""

    def __init__(self, total: float, cancellation: Cancellation | None = None) -> None:
        self.cancellation = cancellation or Cancellation()
        self._end = time.monotonic() + total

    def remaining(self) -> float:
        """Return the seconds until the deadline. Raise TimeoutError once it has passed, CancelledError if cancelled."""
        self.cancellation.check()
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds

    def within(self, seconds: float) -> Self:
        """Return the deadline in `seconds`, or this deadline if that is earlier."""
        return type(self)(min(seconds, max(0.0, self._end - time.monotonic())), self.cancellation)
