"""The rehearsal as servers: the gateway, which demands a client certificate, and the signing desk, which can't yet."""

import json
import socket
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote

from cryptography import x509

from onboarding.rehearsal.authority import NOTE, Authority, RehearsalError, common_name, pem
from onboarding.rehearsal.faults.registry import FaultsDesk
from onboarding.rehearsal.gateway import BASE_PATH, HAL, Gateway, as_json

BODY_LIMIT = 64 * 1024
JSON = "application/json"
FAULTS_PATH = "/faults"
PATIENCE = 30  # seconds that a silent client is waited for


def server_context(authority: Authority, *, demand_certificate: bool) -> ssl.SSLContext:
    """TLS 1.2 and 1.3 under the authority's server certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(authority.folder / "server-chain.pem", authority.folder / "server.key")
    if demand_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=authority.ca_pem)
    return context


class TLSServer(ThreadingHTTPServer):
    """A server whose handshakes happen in the connection's own thread, so that a slow one holds up nobody."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext
    ) -> None:
        self.context = context
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind, without asking a name server for the machine's name as the base class does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, then handle; a refused handshake has told the client why."""
        request.settimeout(PATIENCE)
        try:
            with self.context.wrap_socket(request, server_side=True) as encrypted:
                super().finish_request(encrypted, client_address)
        except (ssl.SSLError, OSError):
            return


class Handler(BaseHTTPRequestHandler):
    """What both servers have in common."""

    protocol_version = "HTTP/1.1"
    server_version = "Rehearsal"
    sys_version = ""

    def body(self) -> bytes:
        """The request's body, as far as it is within bounds; left unread, it would reset the connection."""
        length = self.headers.get("Content-Length") or ""
        size = int(length) if length.isdecimal() and len(length) < 9 else 0
        return self.rfile.read(min(size, BODY_LIMIT + 1))

    def reply(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer, and close."""
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # the base's
        """One line without the query: it holds the client ID."""
        self.log_message("%s %s: %s", self.command, self.path.partition("?")[0], code)


def gateway_handler(gateway: Gateway) -> type[Handler]:
    """The handler of the gateway."""

    class GatewayHandler(Handler):
        def do_GET(self) -> None:  # the base class's name for it
            der = self.connection.getpeercert(binary_form=True)  # an SSLSocket
            self.body()  # the quick start's line sends the client ID there, where it does not count
            login = common_name(x509.load_der_x509_certificate(der).subject)
            said = gateway.answer(self.path, {k.lower(): v for k, v in self.headers.items()}, login)
            content_type = HAL if said.status == 200 else JSON
            self.reply(said.status, as_json(said), content_type, dict(said.headers))

    return GatewayHandler


def signing_handler(authority: Authority, faults: FaultsDesk) -> type[Handler]:
    """The handler of the signing desk, which also opens faulty gateways for whoever wants to try one."""

    class SigningHandler(Handler):
        def do_GET(self) -> None:  # the base class's name for it
            self.body()
            if self.path == FAULTS_PATH:
                self.say(200, {"faults": faults.listed()})
            else:
                self.say(404, {})

        def do_POST(self) -> None:  # the base class's name for it
            sent = self.body()
            try:
                if self.path.startswith(f"{FAULTS_PATH}/"):
                    name = unquote(self.path.removeprefix(f"{FAULTS_PATH}/"))
                    self.say(201, {"name": name, "base_url": faults.open(name)})
                elif self.path == "/sign" and 0 < len(sent) <= BODY_LIMIT:
                    self.say(200, self._signed(sent))
                else:
                    self.say(404, {})
            except RehearsalError as error:
                refused = {"code": error.code, "message": " ".join(error.problems), "problems": error.problems}
                self.say(404 if error.code == "fault_unknown" else 422, refused)

        def say(self, status: int, what: dict[str, Any]) -> None:
            self.reply(status, json.dumps(what).encode(), JSON)

        @staticmethod
        def _signed(csr: bytes) -> dict[str, str]:
            issued = authority.sign(csr)
            return {
                "certificate": pem(issued.certificate),
                "ca_certificate": authority.ca_pem,
                "client_id": issued.client_id,
                "note": NOTE,
            }

    return SigningHandler


class SigningDesk:
    """The server that signs, in a thread; a context manager that leaves nothing running."""

    def __init__(self, authority: Authority, host: str, port: int) -> None:
        context = server_context(authority, demand_certificate=False)
        self.faults = FaultsDesk(authority, host)
        self.signing_server = TLSServer((host, port), signing_handler(authority, self.faults), context)
        self.host = f"[{host}]" if ":" in host else host

    @property
    def servers(self) -> tuple[TLSServer, ...]:
        """Everything that listens."""
        return (self.signing_server,)

    @property
    def signing_url(self) -> str:
        """Where requests are signed."""
        return f"https://{self.host}:{self.signing_server.server_address[1]}/sign"

    @property
    def faults_url(self) -> str:
        """Where the faults are listed, and gateways that have one are opened."""
        return self.signing_url.removesuffix("/sign") + FAULTS_PATH

    def __enter__(self) -> Self:
        for server in self.servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()
        self.faults.close()


class Rehearsal(SigningDesk):
    """The signing desk, and the gateway beside it."""

    def __init__(self, authority: Authority, host: str, gateway_port: int, signing_port: int) -> None:
        super().__init__(authority, host, signing_port)
        context = server_context(authority, demand_certificate=True)
        gateway = Gateway(authority, "")
        self.gateway_server = TLSServer((host, gateway_port), gateway_handler(gateway), context)
        gateway.base = self.base_url

    @property
    def servers(self) -> tuple[TLSServer, ...]:
        """Everything that listens."""
        return (self.gateway_server, self.signing_server)

    @property
    def base_url(self) -> str:
        """The gateway's base URL."""
        return f"https://{self.host}:{self.gateway_server.server_address[1]}{BASE_PATH}"
