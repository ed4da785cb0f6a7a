"""The rehearsal's HTTPS servers: the gateway, which requires a client certificate, and the signing server.

The signing server accepts clients without a certificate, because a partner has none before the request is signed.
"""

import json
import socket
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote

from cryptography import x509

from onboarding.rehearsal.authority import PASSWORD_NOTE, Authority, RehearsalError, common_name, pem
from onboarding.rehearsal.faults.registry import FaultyGatewayPool
from onboarding.rehearsal.gateway import BASE_PATH, HAL, JSON, Gateway

BODY_LIMIT = 64 * 1024  # bytes
SIGN_PATH = "/sign"
FAULTS_PATH = "/faults"
SOCKET_TIMEOUT = 30  # seconds without a byte from the client until its connection is closed


def server_context(authority: Authority, *, demand_certificate: bool) -> ssl.SSLContext:
    """Return a context for TLS 1.2 and 1.3 with the authority's server certificate.

    `demand_certificate` refuses clients without a certificate that the authority issued. Revocation is not checked.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(authority.folder / "server-chain.pem", authority.folder / "server.key")
    if demand_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=authority.ca_pem)
    return context


class TLSServer(ThreadingHTTPServer):
    """A threaded HTTPS server. The TLS handshake runs in the connection's thread, so no client blocks others."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext
    ) -> None:
        self.context = context
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind to the address, without the base class's DNS lookup of the machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Do the TLS handshake and handle the request; a failed handshake or connection is not reported."""
        request.settimeout(SOCKET_TIMEOUT)
        try:
            with self.context.wrap_socket(request, server_side=True) as encrypted:
                super().finish_request(encrypted, client_address)
        except (ssl.SSLError, OSError):
            return


class RehearsalHandler(BaseHTTPRequestHandler):
    """The base class of both servers' handlers."""

    protocol_version = "HTTP/1.1"
    server_version = "Rehearsal"
    sys_version = ""

    def read_body(self) -> bytes:
        """Return the request's body, at most BODY_LIMIT + 1 bytes.

        The body is read even if it is not used: closing a connection with unread bytes would reset it.
        """
        length = self.headers.get("Content-Length") or ""
        size = int(length) if length.isdecimal() and len(length) < 9 else 0
        return self.rfile.read(min(size, BODY_LIMIT + 1))

    def send(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        """Send a complete response and close the connection."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log one line without the query, which contains the client ID."""
        self.log_message("%s %s: %s", self.command, self.path.partition("?")[0], code)


def gateway_handler(gateway: Gateway) -> type[RehearsalHandler]:
    """Return the handler class of the gateway's server."""

    class GatewayHandler(RehearsalHandler):
        def do_GET(self) -> None:
            der = self.connection.getpeercert(binary_form=True)  # the connection is an SSLSocket
            # The cURL command in the operator's quick start sends the client ID in the body, which the gateway ignores.
            self.read_body()
            login = common_name(x509.load_der_x509_certificate(der).subject)
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = gateway.respond(self.path, headers, login)
            content_type = HAL if response.status == 200 else JSON
            self.send(response.status, response.json(), content_type, dict(response.headers))

    return GatewayHandler


def signed_response(authority: Authority, csr_pem: bytes) -> dict[str, str]:
    """Sign a request; return the content of the operator's email to the partner (RehearsalError: refused request)."""
    issued = authority.sign(csr_pem)
    return {
        "certificate": pem(issued.certificate),
        "ca_certificate": authority.ca_pem,
        "client_id": issued.client_id,
        "note": PASSWORD_NOTE,
    }


def signing_handler(authority: Authority, faults: FaultyGatewayPool) -> type[RehearsalHandler]:
    """Return the handler class of the signing server.

    POST /sign signs a request, GET /faults lists the faults, POST /faults/NAME opens a gateway with a fault.
    """

    class SigningHandler(RehearsalHandler):
        def do_GET(self) -> None:
            self.read_body()
            if self.path == FAULTS_PATH:
                self.send_json(200, {"faults": faults.listed()})
            else:
                self.send_json(404, {})

        def do_POST(self) -> None:
            body = self.read_body()
            try:
                if self.path.startswith(f"{FAULTS_PATH}/"):
                    name = unquote(self.path.removeprefix(f"{FAULTS_PATH}/"))
                    self.send_json(201, {"name": name, "base_url": faults.open(name)})
                elif self.path == SIGN_PATH and 0 < len(body) <= BODY_LIMIT:
                    self.send_json(200, signed_response(authority, body))
                else:
                    self.send_json(404, {})
            except RehearsalError as error:
                refused = {"code": error.code, "message": " ".join(error.problems), "problems": error.problems}
                self.send_json(404 if error.code == "fault_unknown" else 422, refused)

        def send_json(self, status: int, content: dict[str, Any]) -> None:
            self.send(status, json.dumps(content).encode(), JSON)

    return SigningHandler


class SigningServer:
    """The signing server in a thread; a context manager that stops everything it started."""

    def __init__(self, authority: Authority, host: str, port: int) -> None:
        context = server_context(authority, demand_certificate=False)
        self.faults = FaultyGatewayPool(authority, host)
        self.signing_server = TLSServer((host, port), signing_handler(authority, self.faults), context)
        self.host = f"[{host}]" if ":" in host else host

    @property
    def servers(self) -> tuple[TLSServer, ...]:
        """The servers that run inside the `with` block."""
        return (self.signing_server,)

    @property
    def signing_url(self) -> str:
        """The URL that requests are posted to."""
        return f"https://{self.host}:{self.signing_server.server_address[1]}{SIGN_PATH}"

    @property
    def faults_url(self) -> str:
        """The URL that lists the faults and opens gateways."""
        return self.signing_url.removesuffix(SIGN_PATH) + FAULTS_PATH

    def __enter__(self) -> Self:
        for server in self.servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()
        self.faults.close()


class Rehearsal(SigningServer):
    """The signing server and the gateway."""

    def __init__(self, authority: Authority, host: str, gateway_port: int, signing_port: int) -> None:
        super().__init__(authority, host, signing_port)
        context = server_context(authority, demand_certificate=True)
        gateway = Gateway(authority, base_url="")
        self.gateway_server = TLSServer((host, gateway_port), gateway_handler(gateway), context)
        gateway.base_url = self.base_url  # known once the server has its port

    @property
    def servers(self) -> tuple[TLSServer, ...]:
        """The servers that run inside the `with` block."""
        return (self.gateway_server, self.signing_server)

    @property
    def base_url(self) -> str:
        """The gateway's base URL."""
        return f"https://{self.host}:{self.gateway_server.server_address[1]}{BASE_PATH}"
