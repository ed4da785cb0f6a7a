"""The connection under the request: watched stage by stage, and never waited for longer than the deadline.

A network backend for httpcore, which times out each operation by itself: here every operation gets only what is left of
the whole, so a side that drips one byte a second is cut off like one that is silent.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from onboarding.fleets.handshake import HandshakeLog


@dataclass(frozen=True)
class Stage:
    """One stage that was entered: whether it was passed, and after how many milliseconds."""

    name: str
    ok: bool
    milliseconds: float
    detail: str = ""


class Stages:
    """The stages so far; `current` is the one that is under way. `watch` is told of each as it ends."""

    def __init__(self, watch: Callable[[Stage], None] | None = None) -> None:
        self.passed: list[Stage] = []
        self.current = ""
        self._since = 0.0
        self._watch = watch

    def enter(self, name: str) -> None:
        """Start a stage; the one under way is passed."""
        if self.current:
            self.leave(ok=True)
        self.current, self._since = name, time.perf_counter()

    def leave(self, *, ok: bool, detail: str = "") -> None:
        """End the stage under way."""
        if not self.current:
            return
        stage = Stage(self.current, ok, (time.perf_counter() - self._since) * 1000, detail)
        self.passed.append(stage)
        if ok:
            self.current = ""
        if self._watch:
            self._watch(stage)


@dataclass
class Deadline:
    """A moment that nothing is waited for beyond; `total` is in seconds from now."""

    total: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.total

    def left(self) -> float:
        """Seconds left (TimeoutError: none)."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


def look_up(host: str, port: int, deadline: Deadline) -> tuple[Any, ...]:
    """The addresses of `host`, as getaddrinfo gives them (socket.gaierror, TimeoutError).

    In a thread, because the resolver knows no time-out; it is left behind where it doesn't come back in time.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return tuple(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(tuple(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not found:
        raise socket.gaierror(socket.EAI_AGAIN, "the resolver did not answer in time")
    if isinstance(found[0], OSError):
        raise found[0]
    return tuple(found[0])


def _connect(addresses: Iterable[Any], deadline: Deadline) -> socket.socket:
    """A TCP connection to the first address that takes one; the last error where none does."""
    problem: OSError = OSError("no address")
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.left())
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem


class WatchedStream(httpcore2.NetworkStream):
    """A socket whose every operation ends by the deadline."""

    def __init__(self, sock: socket.socket, wire: "Wire") -> None:
        self._sock = sock
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # the deadline decides
        """Up to `max_bytes`; empty at the end."""
        self._sock.settimeout(self._wire.deadline.left())
        return self._sock.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of `buffer` (httpcore2.WriteError: httpcore then looks for an answer that explains it)."""
        try:
            self._sock.settimeout(self._wire.deadline.left())
            self._sock.sendall(buffer)
        except TimeoutError:
            raise
        except OSError as error:
            raise httpcore2.WriteError(error) from error

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> "WatchedStream":
        """The same connection, encrypted."""
        self._wire.stages.enter("TLS handshake")
        self._wire.log.listen(ssl_context)
        try:
            self._sock.settimeout(self._wire.deadline.left())
            sock = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        self._wire.note_tls(sock)
        self._wire.stages.enter("request")
        return WatchedStream(sock, self._wire)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks about."""
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        return self._sock if info == "socket" else None


class Wire(httpcore2.NetworkBackend):
    """Makes the one connection of an examination, and keeps what was seen of it."""

    def __init__(self, deadline: Deadline, stages: Stages) -> None:
        self.deadline = deadline
        self.stages = stages
        self.log = HandshakeLog()
        self.tls_version = ""
        self.cipher = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> WatchedStream:
        """Look `host` up and connect."""
        self.stages.enter("name lookup")
        addresses = look_up(host, port, self.deadline)
        self.stages.enter("connection")
        return WatchedStream(_connect(addresses, self.deadline), self)

    def note_tls(self, sock: ssl.SSLSocket) -> None:
        """Keep what was agreed."""
        self.tls_version = sock.version() or ""
        self.cipher = (sock.cipher() or ("",))[0]
