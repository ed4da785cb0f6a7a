"""The connection and its limits: name lookup, ports, proxies, deadlines, cancellation."""

import base64
import contextlib
import socket
import threading
import time
from dataclasses import replace

import pytest

from onboarding.fleets import diagnosis as diagnosis_module
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.handshake import MESSAGES_MAX
from onboarding.fleets.diagnosis import Endpoint, Limits, diagnose
from tests.fleets.conftest import GRACE_MS, QUICK

BASE = "/connectedcar/v3"


def test_an_impossible_host_name_fails_the_lookup(credentials):
    """The resolver refuses a label of 64 letters without asking any server."""
    diagnosis = diagnose(Endpoint(f"https://{'a' * 64}.invalid{BASE}"), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.verdict.owner, diagnosis.stage_reached) == (
        "dns_failed",
        "network",
        "name lookup",
    )


def test_a_hanging_resolver_is_abandoned_at_the_deadline(credentials, monkeypatch):
    """The verdict differs from the one on a resolver that answers with an error."""
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: ended.wait(10) and [])
    diagnosis = diagnose(Endpoint(f"https://gateway.example{BASE}"), credentials, limits=QUICK)
    ended.set()
    assert (diagnosis.verdict.code, diagnosis.stage_reached) == ("dns_unanswered", "name lookup")
    assert diagnosis.duration_ms < QUICK.total * 1000 + GRACE_MS


def test_a_closed_port_refuses_the_connection(credentials):
    """The verdict is connect_refused, not connect_timeout."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    diagnosis = diagnose(Endpoint(f"https://127.0.0.1:{port}{BASE}"), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.stage_reached) == ("connect_refused", "connection")


def test_an_endless_handshake_is_ended(gateway, credentials, monkeypatch):
    """OpenSSL would read endless messages beyond every time-out. The client shuts down, and keeps MESSAGES_MAX."""
    connections = []

    class RecordedConnection(Connection):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            connections.append(self)

    monkeypatch.setattr(diagnosis_module, "Connection", RecordedConnection)
    with gateway("endless_handshake") as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=Limits(total=60))
    assert (diagnosis.verdict.code, diagnosis.verdict.confidence) == ("tls_failed", "unknown")
    assert {len(connection.handshake.received) for connection in connections} == {MESSAGES_MAX}


def test_the_most_telling_error_of_several_addresses_decides(credentials, monkeypatch):
    """The first address refuses the connection, and the second has no route. The verdict is about the refusal."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    family, hosts = (socket.AF_INET, socket.SOCK_STREAM, 6, ""), ("127.0.0.1", "255.255.255.255")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*family, (host, port)) for host in hosts])
    diagnosis = diagnose(Endpoint(f"https://gateway.example:{port}{BASE}"), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.stage_reached) == ("connect_refused", "connection")


@contextlib.contextmanager
def full_port():
    """Yield a port whose queue of connections is full, so that further connections get no response."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def test_a_port_that_never_answers_times_out(credentials):
    """The test ends in time."""
    with full_port() as port:
        diagnosis = diagnose(Endpoint(f"https://127.0.0.1:{port}{BASE}"), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, diagnosis.stage_reached) == ("connect_timeout", "connection")
    assert diagnosis.duration_ms < QUICK.total * 1000 + GRACE_MS


def test_ipv6_addresses_work(gateway, credentials):
    """The client connects to an address in brackets, and the Host header has the brackets."""
    try:
        served = gateway("healthy", host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=Limits(total=15))
    assert diagnosis.verdict.code == "connected"
    assert f"host: [::1]:{served.port}\r\n".encode() in served.requests[0].lower()


@pytest.mark.parametrize(
    "name", ["hang_before_handshake", "hang_in_handshake", "hang_after_request", "hang_in_body", "drip_body"]
)
def test_a_waiting_test_can_be_cancelled(gateway, credentials, name):
    """The test ends long before its deadline with the verdict cancelled, and leaves no thread."""
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    before = time.monotonic()
    with gateway(name) as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=Limits(total=60), cancelled=stop.is_set)
    assert (diagnosis.verdict.code, diagnosis.verdict.owner, diagnosis.experiments) == ("cancelled", "nobody", ())
    assert time.monotonic() - before < 30


def test_a_test_can_be_cancelled_while_it_connects(credentials):
    """The attempt to connect is ended, too."""
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with full_port() as port:
        diagnosis = diagnose(
            Endpoint(f"https://127.0.0.1:{port}{BASE}"), credentials, limits=Limits(total=60), cancelled=stop.is_set
        )
    assert (diagnosis.verdict.code, diagnosis.duration_ms < 30_000) == ("cancelled", True)


def test_a_redirect_is_not_followed(gateway, credentials):
    """The verdict names the target, and the gateway gets one connection."""
    with gateway("302") as served:
        diagnosis = diagnose(Endpoint(served.base_url), credentials, limits=QUICK)
    assert (diagnosis.verdict.code, served.connections) == ("redirected", 1)
    assert "https://127.0.0.1:1/elsewhere" in diagnosis.verdict.text


def test_the_proxies_of_the_environment_are_ignored(gateway, credentials, monkeypatch):
    """Only the proxy of the endpoint is used."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with gateway("healthy") as served:
        assert diagnose(Endpoint(served.base_url), credentials, limits=QUICK).verdict.code == "connected"


class Proxy:
    """A proxy for CONNECT. `reply` None opens the tunnel, b"" closes the connection."""

    def __init__(self, reply: bytes | None, *, hangs: bool = False) -> None:
        self.reply, self.hangs, self.heads = reply, hangs, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client:
                    self._handle(client)

    def _handle(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.heads.append(head)
        if self.hangs:
            self._stop.wait(10)
        elif self.reply is not None:
            client.sendall(self.reply)
        else:
            host, port = head.split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                response_thread = threading.Thread(target=_pump, args=(server, client))
                response_thread.start()
                _pump(client, server)
                response_thread.join(5)


def _pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_an_explicit_proxy_is_used_and_its_login_is_not_shown(gateway, credentials):
    """The request goes through the proxy. Only the proxy gets its login, and no report contains it."""
    with gateway("healthy") as served, Proxy(None) as proxy:
        endpoint = Endpoint(served.base_url, f"http://agent:pr0xy-secret@{proxy.address}")
        diagnosis = diagnose(endpoint, credentials, limits=Limits(total=5))
    assert (diagnosis.verdict.code, [remark.code for remark in diagnosis.remarks]) == ("connected", ["through_proxy"])
    assert base64.b64encode(b"agent:pr0xy-secret") in proxy.heads[0]
    assert "pr0xy-secret" not in repr(endpoint) + repr(diagnosis) + str(diagnosis.to_dict())


PROXY_REPLIES = [
    (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "proxy_wants_login", "certain"),
    (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "proxy_refuses", "certain"),
    (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "proxy_failed", "probable"),
    (b"", "proxy_failed", "probable"),
    (b"SSH-2.0-OpenSSH\r\n\r\n", "not_a_proxy", "certain"),
]


@pytest.mark.parametrize(("reply", "code", "confidence"), PROXY_REPLIES)
def test_a_refusal_of_a_proxy_is_not_blamed_on_the_gateway(credentials, reply, code, confidence):
    """A proxy's refusal, demand for a login, fault and hang-up each have a verdict owned by the network."""
    with Proxy(reply) as proxy:
        diagnosis = diagnose(
            Endpoint(f"https://127.0.0.1:9{BASE}", f"http://{proxy.address}"), credentials, limits=QUICK
        )
    verdict = diagnosis.verdict
    assert (verdict.code, verdict.confidence, verdict.owner, diagnosis.stage_reached) == (
        code,
        confidence,
        "network",
        "proxy",
    )


def test_a_hanging_proxy_and_an_absent_proxy_have_different_verdicts(credentials):
    """Both tests end in time."""
    with Proxy(None, hangs=True) as proxy:
        hanging = diagnose(Endpoint(f"https://127.0.0.1:9{BASE}", f"http://{proxy.address}"), credentials, limits=QUICK)
    absent = diagnose(Endpoint(f"https://127.0.0.1:9{BASE}", "http://127.0.0.1:1"), credentials, limits=QUICK)
    assert (hanging.verdict.code, absent.verdict.code) == ("proxy_failed", "proxy_unreachable")
    assert hanging.duration_ms < QUICK.total * 1000 + GRACE_MS


def test_the_size_of_the_body_is_limited_also_if_it_is_compressed(diagnose_fault, credentials):
    """The client reads no more than the limit from an endless body and from a compression bomb."""
    for name in ("endless_body", "gzip_bomb"):
        diagnosis = diagnose_fault(name, who=replace(credentials), limits=Limits(total=5, body=10_000))
        body = next(stage for stage in diagnosis.stages if stage.name == "body")
        assert (diagnosis.verdict.code, body.detail) == ("answer_too_large", "10000 bytes")
