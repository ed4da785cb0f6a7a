"""The connection under the request: watched stage by stage, and never waited for longer than the deadline.

Every operation gets only what is left of the whole, so a side that drips one byte a second is cut off like one that is
silent.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Sequence
from typing import Any, Self

from onboarding.fleets.connecting.handshake import HandshakeLog
from onboarding.fleets.connecting.timing import Deadline, Stage, Stages, hang_up

__all__ = ["STAGES", "Connection", "Stage"]

STAGES = (
    "preparation", "name lookup", "connection", "proxy", "TLS hello", "server certificate", "client certificate",
    "request", "status", "content type", "body", "fleets",
)  # fmt: skip


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
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not found:
        raise socket.gaierror(socket.EAI_AGAIN, "the resolver did not answer in time")
    if isinstance(found[0], UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, "no name that can be looked up") from found[0]
    if isinstance(found[0], OSError):
        raise found[0]
    return tuple(found[0])


def _connect(addresses: Sequence[Any], deadline: Deadline) -> socket.socket:
    """A TCP connection to the first address that takes one; the most telling error where none does.

    Each address gets its share of the time, so that one that swallows everything does not hide the next.
    """
    problems: list[OSError] = []
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            deadline.cancellation.hold(sock)
            sock.settimeout(deadline.left() / (len(addresses) - number))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            problems.append(error)
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise min(problems or [OSError("no address")], key=_telling)


def _telling(problem: OSError) -> int:
    """A refusal says most; that there is no way to an address (IPv6, mostly) says least where others were tried."""
    kinds: tuple[type[OSError], ...] = (ConnectionRefusedError, TimeoutError, ConnectionError, OSError)
    return [isinstance(problem, kind) for kind in kinds].index(True)


class Connection:
    """Makes the one connection of an attempt, and keeps what was seen of it; closes it at the end of the block.

    Up to the end of the handshake it waits until `opening`, after that until `deadline`: where a handshake hangs there
    is time left to find out why.
    """

    def __init__(self, deadline: Deadline, stages: Stages, *, opening: Deadline | None = None) -> None:
        self.deadline = deadline
        self.opening = opening or deadline
        self.stages = stages
        self.log = HandshakeLog(on_stage=stages.enter, on_flood=self._hang_up)
        self._sock: socket.socket | None = None
        self.proxied = False  # whether the connection is one to a proxy
        self.peer = ""
        self.tls_version = ""
        self.cipher = ""
        self.answered = False  # whether a byte of an HTTP reply has come

    def left(self) -> float:
        """Seconds left for the next operation."""
        return (self.deadline if self.tls_version else self.opening).left()

    @property
    def certificate_accepted(self) -> bool:
        """Whether the server has shown that it took the client's certificate, as far as TLS goes.

        In TLS 1.2 it ends the handshake only then; in TLS 1.3 a session ticket or a reply shows it (RFC 8446, 4.6.1).
        """
        return self.log.sent_certificate and (self.tls_version == "TLSv1.2" or self.log.ticket or self.answered)

    def connect(self, host: str, port: int) -> None:
        """Look `host` up and connect (OSError)."""
        self.stages.enter("name lookup")
        addresses = look_up(host, port, self.opening)
        self.stages.enter("connection")
        self._sock = sock = _connect(addresses, self.opening)
        self.peer = "{}:{}".format(*sock.getpeername()[:2])

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt the connection, whose other side must prove to be `host` (OSError, with ssl.SSLError)."""
        self.stages.enter("TLS hello")
        self.log.listen(context)
        self._connected.settimeout(self.left())
        # It takes the socket over, so that closing it closes both.
        sock = context.wrap_socket(self._connected, server_hostname=host, do_handshake_on_connect=False)
        self._hold(sock)
        sock.do_handshake()
        self._note_tls(sock)

    def read(self, most: int) -> bytes:
        """Up to `most` bytes; empty at the end."""
        self._connected.settimeout(self.left())
        data = self._connected.recv(most)
        self.answered = self.answered or (bool(data) and self.stages.current == "request")
        return data

    def write(self, data: bytes) -> None:
        """All of `data`."""
        self._connected.settimeout(self.left())
        self._connected.sendall(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sock is not None:
            self._sock.close()

    @property
    def _connected(self) -> socket.socket:
        if self._sock is None:
            raise OSError("not connected")
        return self._sock

    def _hold(self, sock: socket.socket) -> None:
        self._sock = sock
        self.deadline.cancellation.hold(sock)

    def _hang_up(self) -> None:
        if self._sock is not None:
            hang_up(self._sock)

    def _note_tls(self, sock: ssl.SSLSocket) -> None:
        self.tls_version = sock.version() or ""
        self.cipher = (sock.cipher() or ("",))[0]
        if self.stages.current == "client certificate":
            self.stages.detail = self.log.asking
        self.stages.enter("request")
