"""A fault, and the gateway that has it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from onboarding.rehearsal.authority import pem
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.connection import PATIENCE, Behaviour, Scene, reset
from onboarding.rehearsal.faults.responses import HEALTHY, Answer, Asked, Chunks, Then, replies
from onboarding.rehearsal.gateway import BASE_PATH, HAL

GOOD: Answer = replies(200, HEALTHY, HAL)


class Asks(StrEnum):
    """Whom the gateway asks for a client certificate, and of which CA."""

    EVERYBODY = "everybody"
    POLITELY = "politely"  # does without, too
    STRANGERS = "strangers"  # trusts only a foreign CA
    WHOLE_CHAINS = "whole chains"  # knows only the root: the intermediate must be sent along
    NOBODY = "nobody"


@dataclass(frozen=True)
class Fault:
    """One fault. `connection` replaces TLS; else TLS is spoken with `certificate`, and `answer` given (None: never)."""

    name: str
    words: str
    certificate: str = "good"
    asks: Asks = Asks.EVERYBODY
    connection: Behaviour | None = None
    tune: Callable[[ssl.SSLContext], None] | None = None
    answer: Answer | None = GOOD


REQUEST_LIMIT = 65536
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class FaultyGateway:
    """Serves `fault` on `host` and `port` (0: any free one); `tls` "1.2" or "1.3" allows that version only.

    `requests` has the heads of the HTTP requests that came, `connections` their number with those that were not HTTP.
    """

    def __init__(
        self, fault: Fault, identities: FaultyIdentities, *, host: str = "127.0.0.1", port: int = 0, tls: str = ""
    ) -> None:
        self.fault = fault
        self.requests: list[bytes] = []
        self.connections = 0
        self._identities = identities
        self._tls = tls
        self._stop = threading.Event()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self.port = self._listener.getsockname()[1]
        self.base_url = f"https://{f'[{host}]' if ':' in host else host}:{self.port}{BASE_PATH}"

    def new_context(self) -> ssl.SSLContext:
        """The server's side of TLS, as the fault has it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._tls:
            context.minimum_version = context.maximum_version = VERSIONS[self._tls]
        self._identities.get(self.fault.certificate).load_into(context)
        if self.fault.asks != Asks.NOBODY:
            context.verify_mode = ssl.CERT_OPTIONAL if self.fault.asks == Asks.POLITELY else ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self._client_anchors())
        if self.fault.tune:
            self.fault.tune(context)
        return context

    def _client_anchors(self) -> str:
        """The CAs whose client certificates are taken."""
        known = self._identities
        if self.fault.asks == Asks.STRANGERS:
            return pem(known.stranger.certificate)
        return pem(known.root.certificate) if self.fault.asks == Asks.WHOLE_CHAINS else known.authority.ca_pem

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        # On Linux, closing alone does not wake the thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(PATIENCE)  # first: until then it starts others
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    def _serve(self, connection: socket.socket) -> None:
        scene = Scene(self.new_context, self._stop, self._speak_tls)
        try:
            with connection:
                connection.settimeout(PATIENCE)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.fault.connection:
                    self.fault.connection(connection, scene)
                    return
                self._speak_tls(connection)
        except (OSError, ValueError):  # the other side left, or was refused; ValueError: an alert of an old version
            return

    def _speak_tls(self, connection: socket.socket) -> None:
        with self.new_context().wrap_socket(connection, server_side=True) as stream:
            self._answer(stream, Scene(self.new_context, self._stop, self._speak_tls))

    def _answer(self, stream: ssl.SSLSocket, scene: Scene) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            more = stream.recv(REQUEST_LIMIT)
            if not more or len(request) > REQUEST_LIMIT:
                return
            request += more
        self.requests.append(request)
        if not self.fault.answer:
            scene.linger(stream)
            return
        asked = Asked(bool(stream.getpeercert(binary_form=True)), b"\r\nauthorization: basic " in request.lower())
        if self._play(stream, self.fault.answer(asked), scene):
            _say_goodbye(stream)

    def _play(self, stream: ssl.SSLSocket, chunks: Chunks, scene: Scene) -> bool:
        """Send the answer; False where it does not end in an orderly way."""
        dripping = False
        for chunk in chunks:
            if self._stop.is_set():
                return False
            if chunk is Then.DRIP:
                dripping = True
            elif chunk is Then.HANG:
                scene.linger(stream)
                return False
            elif chunk is Then.RESET:
                reset(stream)
                return False
            elif isinstance(chunk, bytes):
                (scene.drip if dripping else _send)(stream, chunk)
        return True


def _send(stream: socket.socket, data: bytes) -> None:
    stream.sendall(data)


def _say_goodbye(stream: ssl.SSLSocket) -> None:
    """Close TLS in order, so that an answer's end can be told from its being cut off."""
    with contextlib.suppress(OSError):
        stream.unwrap()
