"""The connection that carries the request. It records every stage, and never waits beyond its deadline.

Every operation may take only the time that remains until the deadline. So a server that sends one byte a second is
limited in the same way as a server that sends nothing.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Sequence
from typing import Any, Self

from onboarding.fleets.connecting.handshake import HandshakeLog
from onboarding.fleets.connecting.timing import Deadline, StageName, Stages, shut_down
from onboarding.messages.verdict import StageNote

FIRST_BYTES_KEPT = 4096  # that are kept to show what they look like
PROXY_REPLY_KEPT = 4096  # bytes


def is_address(host: str) -> bool:
    """Return whether `host` is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _address(name: tuple[Any, ...]) -> str:
    """Return the name of a socket's end as host:port; an IPv6 address has brackets."""
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"


def resolve(host: str, port: int, deadline: Deadline) -> tuple[Any, ...]:
    """Return the addresses of `host` as getaddrinfo returns them. Raise socket.gaierror, or TimeoutError.

    Runs in a thread, because the resolver has no time-out; the thread is abandoned if it does not return in time.
    """
    if is_address(host):
        return tuple(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    results: list[Any] = []

    def look_up() -> None:
        try:
            results.append(tuple(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            results.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if not results:
        raise socket.gaierror(socket.EAI_AGAIN, "the resolver did not respond in time")
    if isinstance(results[0], UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, "not a name that can be looked up") from results[0]
    if isinstance(results[0], OSError):
        raise results[0]
    return tuple(results[0])


def _connect(addresses: Sequence[Any], deadline: Deadline) -> socket.socket:
    """Return a TCP connection to the first address that accepts it. If no address does, raise the most telling error.

    Each address gets an equal share of the remaining time, so that an address that never responds leaves time for the
    next.
    """
    errors: list[OSError] = []
    for index, (family, socket_type, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, socket_type, protocol)
        try:
            deadline.cancellation.register(sock)
            sock.settimeout(deadline.remaining() / (len(addresses) - index))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            errors.append(error)
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise min(errors or [OSError("no address")], key=_rank)


def _rank(error: OSError) -> int:
    """Return 0 for the most telling error, a refusal. A missing route (mostly for IPv6) is the least telling."""
    error_types: tuple[type[OSError], ...] = (ConnectionRefusedError, TimeoutError, ConnectionError, OSError)
    return [isinstance(error, error_type) for error_type in error_types].index(True)


class Connection:
    """The connection of an attempt, and what was observed on it. It is closed at the end of the `with` block.

    Operations wait until `handshake_deadline` during the TLS handshake, and until `deadline` afterwards. So a handshake
    that hangs leaves time for control experiments.
    """

    def __init__(self, deadline: Deadline, stages: Stages, *, handshake_deadline: Deadline | None = None) -> None:
        self.deadline = deadline
        self.handshake_deadline = handshake_deadline or deadline
        self.stages = stages
        self.handshake = HandshakeLog(on_stage=stages.enter, on_flood=self._shut_down)
        self._sock: socket.socket | None = None
        self.is_proxied = False
        self.basic_withheld = False  # whether login and password were not sent, because no certificate was requested
        self.proxy_reply = b""  # the first bytes that a proxy sent, before the TLS handshake
        self.addresses: tuple[str, ...] = ()  # that the name was found to have
        self.peer = ""
        self.local_address = ""
        self.server_name = ""
        self.alpn = ""
        self.tls_version = ""
        self.cipher = ""
        self.has_response = False  # whether a byte of an HTTP response was received
        self.first_bytes = b""  # of what came instead of a TLS handshake, or first after it

    def remaining(self) -> float:
        """Return the seconds that the next operation may take. Raise TimeoutError or CancelledError."""
        return (self.deadline if self.tls_version else self.handshake_deadline).remaining()

    @property
    def certificate_accepted(self) -> bool:
        """Whether the server has shown that it accepted the client's certificate, as far as TLS goes.

        In TLS 1.2 the end of the handshake shows it; in TLS 1.3 a session ticket or a response (RFC 8446, 4.6.1).
        """
        return self.handshake.sent_certificate and (
            self.tls_version == "TLSv1.2" or self.handshake.has_session_ticket or self.has_response
        )

    def connect(self, host: str, port: int) -> None:
        """Resolve `host` and connect. Raise OSError."""
        self.stages.enter(StageName.NAME_LOOKUP)
        addresses = resolve(host, port, self.handshake_deadline)
        self.addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in addresses))
        self.stages.enter(StageName.CONNECTION)
        self._sock = sock = _connect(addresses, self.handshake_deadline)
        self.peer, self.local_address = _address(sock.getpeername()), _address(sock.getsockname())

    def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt the connection. The server must prove that it is `host`. Raise OSError, including ssl.SSLError."""
        self.stages.enter(StageName.TLS_HELLO)
        self.handshake.attach(context)
        self._connected.settimeout(self.remaining())
        # The TLS socket owns the TCP socket: closing the TLS socket closes both.
        sock = context.wrap_socket(self._connected, server_hostname=host, do_handshake_on_connect=False)
        self._sock = sock
        self.deadline.cancellation.register(sock)
        self.server_name = "" if is_address(host) else host  # OpenSSL sends no name for an address (RFC 6066, 3)
        try:
            sock.do_handshake()
        except ssl.SSLError:
            self.first_bytes = self.handshake.first_header + self._unread(sock)
            raise
        self._end_handshake(sock)

    def read(self, limit: int) -> bytes:
        """Return up to `limit` bytes; empty at the end of the stream."""
        self._connected.settimeout(self.remaining())
        data = self._connected.recv(limit)
        if data and self.stages.current == StageName.REQUEST and not self.has_response:
            self.has_response, self.first_bytes = True, data[:FIRST_BYTES_KEPT]
        if self.stages.current == StageName.PROXY:
            self.proxy_reply = (self.proxy_reply + data)[:PROXY_REPLY_KEPT]
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        self._connected.settimeout(self.remaining())
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

    def _shut_down(self) -> None:
        if self._sock is not None:
            shut_down(self._sock)

    def _unread(self, sock: ssl.SSLSocket) -> bytes:
        """Return bytes that arrived and that OpenSSL did not read, because the header of their record is none."""
        if self.handshake.received:
            return b""
        try:
            sock.settimeout(0)
            return socket.socket.recv(sock, FIRST_BYTES_KEPT)
        except OSError:
            return b""

    def _end_handshake(self, sock: ssl.SSLSocket) -> None:
        self.tls_version = sock.version() or ""
        self.cipher = (sock.cipher() or ("",))[0]
        self.alpn = sock.selected_alpn_protocol() or ""
        if self.stages.current == StageName.CLIENT_CERTIFICATE:
            self.stages.note = StageNote(self._certificate_note())
        self.stages.enter(StageName.REQUEST)

    def _certificate_note(self) -> str:
        if not self.handshake.requested_certificate:
            return "certificate_not_requested"
        return "certificate_sent" if self.handshake.sent_certificate else "certificate_withheld"
