"""A fault, and a server that imitates a gateway with this fault."""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from onboarding.messages.text import render
from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.connection import CLIENT_TIMEOUT, ConnectionHandler, GatewayHandle, reset
from onboarding.rehearsal.faults.responses import (
    HEALTHY,
    ClientRequest,
    Instruction,
    Responder,
    ResponseStream,
    http_response,
)
from onboarding.rehearsal.gateway import BASE_PATH, HAL

HEALTHY_RESPONSE: Responder = http_response(200, HEALTHY, HAL)


class ClientAuth(StrEnum):
    """Whether the gateway asks for a client certificate, and which CAs it accepts."""

    REQUIRED = "required"  # requires a certificate of the rehearsal's authority
    OPTIONAL = "optional"  # asks for a certificate, and continues without it
    UNTRUSTED_CA = "untrusted CA"  # requires a certificate, and trusts only a foreign CA
    ROOT_ONLY = "root only"  # requires a certificate, and knows only the root: the client must send the intermediate
    LATE = "late"  # requires a certificate, but asks for it only after the request (RFC 8446, 4.6.2)
    OFF = "off"  # does not ask


@dataclass(frozen=True)
class Fault:
    """What differs from a healthy gateway.

    `text` describes the fault to a partner and is marked for translation; `params` are its parameters.
    `certificate` names an identity of `FaultyIdentities`. `configure` changes the server's SSLContext.
    `connection` replaces the whole handling of the connection; the fields above then apply only as far as it uses them.
    `respond` makes the HTTP response; None reads the request and never responds.
    """

    name: str
    text: str
    certificate: str = "good"
    client_auth: ClientAuth = ClientAuth.REQUIRED
    connection: ConnectionHandler | None = None
    configure: Callable[[ssl.SSLContext], None] | None = None
    respond: Responder | None = HEALTHY_RESPONSE
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The description, with its parameters filled in."""
        return render(self.text, self.params)


def _ask_late(stream: ssl.SSLSocket) -> None:
    """Ask for the client's certificate after the handshake. Raise OSError if there is none, or no valid one."""
    stream.verify_client_post_handshake()
    stream.do_handshake()  # sends the request
    stream.setblocking(False)
    while not stream.getpeercert(binary_form=True):
        if not select.select([stream], [], [], CLIENT_TIMEOUT)[0]:
            raise TimeoutError
        with contextlib.suppress(ssl.SSLWantReadError):
            stream.recv(1)  # the client sends no data of its own before the response, only the certificate
    stream.settimeout(CLIENT_TIMEOUT)


REQUEST_HEAD_LIMIT = 65536  # bytes of a request's head
TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class FaultyGateway:
    """A server with `fault` on `host` and `port` (0: any free port); `tls` "1.2" or "1.3" allows only that version.

    A context manager. `requests` has the heads of the HTTP requests that arrived; `connections` counts all connections.
    """

    def __init__(
        self, fault: Fault, identities: FaultyIdentities, *, host: str = "127.0.0.1", port: int = 0, tls: str = ""
    ) -> None:
        self.fault = fault
        self.requests: list[bytes] = []
        self.connections = 0
        self._identities = identities
        self._tls = tls
        self._stopping = threading.Event()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._threads: list[threading.Thread] = []
        self._handle = GatewayHandle(self.new_context, self._stopping, self._serve_tls)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self.port = self._listener.getsockname()[1]
        self.base_url = f"https://{f'[{host}]' if ':' in host else host}:{self.port}{BASE_PATH}"

    def new_context(self) -> ssl.SSLContext:
        """Return a new server context with the fault's certificate, client authentication and configuration."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._tls:
            context.minimum_version = context.maximum_version = TLS_VERSIONS[self._tls]
        self._identities.get(self.fault.certificate).load_into(context)
        if self.fault.client_auth != ClientAuth.OFF:
            context.verify_mode = (
                ssl.CERT_OPTIONAL if self.fault.client_auth == ClientAuth.OPTIONAL else ssl.CERT_REQUIRED
            )
            context.load_verify_locations(cadata=self._client_anchors())
        if self.fault.client_auth == ClientAuth.LATE:
            context.minimum_version, context.post_handshake_auth = ssl.TLSVersion.TLSv1_3, True
        if self.fault.configure:
            self.fault.configure(context)
        return context

    def _client_anchors(self) -> str:
        """Return the CA certificates that client certificates are verified against, in PEM."""
        identities = self._identities
        if self.fault.client_auth == ClientAuth.UNTRUSTED_CA:
            return pem(identities.untrusted_ca.certificate)
        return (
            pem(identities.root.certificate)
            if self.fault.client_auth == ClientAuth.ROOT_ONLY
            else identities.authority.ca_pem
        )

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        # On Linux, close() alone does not wake the thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(CLIENT_TIMEOUT)  # before the other threads, because it may still start one
        for thread in self._threads:
            thread.join(CLIENT_TIMEOUT)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads = [*(started for started in self._threads if started.is_alive()), thread]

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(CLIENT_TIMEOUT)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.fault.connection:
                    self.fault.connection(connection, self._handle)
                else:
                    self._serve_tls(connection)
        # The client has closed the connection or refused it. OpenSSL reports some alerts of old versions as ValueError.
        except (OSError, ValueError):
            return

    def _serve_tls(self, connection: socket.socket) -> None:
        """Do the TLS handshake, read one HTTP request and respond to it."""
        with self.new_context().wrap_socket(connection, server_side=True) as stream:
            head = self._read_head(stream)
            if not head:
                return
            self.requests.append(head)
            if self.fault.client_auth == ClientAuth.LATE:
                _ask_late(stream)
            if not self.fault.respond:
                self._handle.wait_for_close(stream)
                return
            request = ClientRequest(
                bool(stream.getpeercert(binary_form=True)), b"\r\nauthorization: basic " in head.lower()
            )
            if self._send(stream, self.fault.respond(request)):
                # close_notify tells the client that the response is complete (RFC 8446, 6.1).
                with contextlib.suppress(OSError):
                    stream.unwrap()

    @staticmethod
    def _read_head(stream: ssl.SSLSocket) -> bytes:
        """Return the bytes up to the empty line after the headers; b"" if the client closes or sends too much."""
        head = b""
        while b"\r\n\r\n" not in head:
            received = stream.recv(REQUEST_HEAD_LIMIT)
            if not received or len(head) > REQUEST_HEAD_LIMIT:
                return b""
            head += received
        return head

    def _send(self, stream: ssl.SSLSocket, response: ResponseStream) -> bool:
        """Send `response` and follow its instructions; return whether the connection can be closed in order."""
        slowly = False
        for part in response:
            if self._stopping.is_set():
                return False
            if part is Instruction.HANG:
                self._handle.wait_for_close(stream)
                return False
            if part is Instruction.RESET:
                reset(stream)
                return False
            if part is Instruction.DRIP:
                slowly = True
            elif slowly:
                self._handle.send_slowly(stream, part)
            else:
                stream.sendall(part)
        return True
