"""Time: the stages of an examination, the moment that nothing is waited for beyond, and stopping before it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

POLL = 0.2  # seconds between two questions whether the test was cancelled


@dataclass(frozen=True)
class Stage:
    """One stage that was entered: whether it was passed, and after how many milliseconds."""

    name: str
    ok: bool
    milliseconds: float
    detail: str = ""


class Stages:
    """The stages so far; `current` is the one that is under way. `watch` is told of each as it ends.

    `fit` makes a detail fit to be shown: the other side has a hand in it.
    """

    def __init__(self, watch: Callable[[Stage], None] | None = None, fit: Callable[[str], str] = str) -> None:
        self.passed: list[Stage] = []
        self.current = ""
        self.detail = ""
        self._since = 0.0
        self._watch = watch
        self._fit = fit

    def enter(self, name: str) -> None:
        """Start a stage; the one under way is passed."""
        if self.current:
            self.leave(ok=True)
        self.current, self._since = name, time.perf_counter()

    def leave(self, *, ok: bool) -> None:
        """End the stage under way, with the `detail` that was noted of it."""
        if not self.current:
            return
        stage = Stage(self.current, ok, (time.perf_counter() - self._since) * 1000, self._fit(self.detail))
        self.passed.append(stage)
        self.current = self.detail = ""
        if self._watch:
            self._watch(stage)


class CancelledError(Exception):
    """The test was told to stop."""


def hang_up(sock: socket.socket) -> None:
    """End a connection from any thread: whoever reads or writes there gets an error, and nothing more goes out.

    The TLS object stays: `SSLSocket.shutdown` drops it first, and what is sent just then would go out in clear.
    """
    with suppress(OSError):  # it was closed already
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Cancellation:
    """Stops what is under way: once cancelled, the socket that is in use is shut, and no other is opened."""

    def __init__(self) -> None:
        self.called = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __call__(self) -> None:
        """Cancel; may be called from any thread, and more than once."""
        with self._lock:
            self.called = True
            if self._socket is not None:
                hang_up(self._socket)

    def hold(self, sock: socket.socket) -> None:
        """Note the socket to shut (CancelledError: too late)."""
        with self._lock:
            self._socket = sock
        self.check()

    def check(self) -> None:
        """Go on only if not cancelled (CancelledError)."""
        if self.called:
            raise CancelledError

    @contextmanager
    def asked_of(self, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        """For the time of the block, cancel as soon as `cancelled` says so; it is asked every POLL seconds."""
        if cancelled is None:
            yield
            return
        over = threading.Event()

        def ask() -> None:
            while not over.wait(POLL):
                if cancelled():
                    self()
                    return

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(POLL)


class Deadline:
    """A moment that nothing is waited for beyond, `total` seconds from now."""

    def __init__(self, total: float, cancellation: Cancellation | None = None) -> None:
        self.cancellation = cancellation or Cancellation()
        self._end = time.monotonic() + total

    def left(self) -> float:
        """Seconds left (TimeoutError: none; CancelledError)."""
        self.cancellation.check()
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def within(self, seconds: float) -> "Deadline":
        """One that ends after `seconds`, or with this one if that is sooner."""
        return Deadline(min(seconds, max(0.0, self._end - time.monotonic())), self.cancellation)
