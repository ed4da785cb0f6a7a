"""How a faulty gateway behaves on the connection: alerts, hanging up, staying silent."""

import contextlib
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

PATIENCE = 5  # seconds that a client is waited for
ALERT_CODES = {
    "handshake_failure": 40, "bad_certificate": 42, "unsupported_certificate": 43, "certificate_revoked": 44,
    "certificate_expired": 45, "certificate_unknown": 46, "illegal_parameter": 47, "unknown_ca": 48,
    "access_denied": 49, "decode_error": 50, "decrypt_error": 51, "protocol_version": 70,
    "insufficient_security": 71, "internal_error": 80, "unrecognized_name": 112, "certificate_required": 116,
}  # fmt: skip


def alert_record(name: str) -> bytes:
    """A fatal alert in clear (RFC 8446, 5.1 and 6)."""
    return b"\x15\x03\x03\x00\x02\x02" + bytes([ALERT_CODES[name]])


class _KeptSecret(ssl.SSLSocket):
    traffic_secret: bytes


def shaken_hands(context: ssl.SSLContext, sock: socket.socket) -> ssl.SSLSocket:
    descriptor = os.memfd_create("secrets")
    try:
        context.keylog_filename = f"/proc/self/fd/{descriptor}"
        context.sslsocket_class = _KeptSecret
        sock.settimeout(PATIENCE)
        stream = context.wrap_socket(sock, server_side=True)
        lines = os.pread(descriptor, 65536, 0).decode("ascii").splitlines()
    finally:
        os.close(descriptor)
    secret = next(line.split()[2] for line in lines if line.startswith("SERVER_TRAFFIC_SECRET_0 "))
    assert isinstance(stream, _KeptSecret)  # noqa: S101  # the context was told to make one
    stream.traffic_secret = bytes.fromhex(secret)
    return stream


def sealed_alert(stream: ssl.SSLSocket, name: str, number: int = 0) -> bytes:
    """A fatal alert as record `number` under the server's application key (RFC 8446, 5.2, 5.3 and 7.3)."""
    assert isinstance(stream, _KeptSecret)  # noqa: S101  # made by _wrapped
    suite = (stream.cipher() or ("",))[0]
    algorithm: hashes.HashAlgorithm = hashes.SHA384() if suite.endswith("SHA384") else hashes.SHA256()
    length = 16 if "AES_128" in suite else 32
    key = _expand(algorithm, stream.traffic_secret, b"key", length)
    initial = int.from_bytes(_expand(algorithm, stream.traffic_secret, b"iv", 12), "big")
    nonce = (initial ^ number).to_bytes(12, "big")
    aead: AESGCM | ChaCha20Poly1305 = ChaCha20Poly1305(key) if "CHACHA20" in suite else AESGCM(key)
    inner = bytes([2, ALERT_CODES[name], 21])
    header = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2, "big")
    return header + aead.encrypt(nonce, inner, header)


def _expand(algorithm: hashes.HashAlgorithm, secret: bytes, label: bytes, length: int) -> bytes:
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(full)]) + full + b"\x00"
    return HKDFExpand(algorithm, length, info).derive(secret)


OFFERS_TLS_1_3 = b"\x00\x2b\x00\x05\x04\x03\x04"  # supported_versions in a ClientHello of OpenSSL
CHOSE_TLS_1_3 = b"\x00\x2b\x00\x02\x03\x04"  # supported_versions in a ServerHello (RFC 8446, 4.2.1)
NO_CERTIFICATE = b"\x0b\x00\x00\x03\x00\x00\x00"  # a Certificate message without any (RFC 5246, 7.4.6)
HELLO_REQUESTS = b"\x16\x03\x03\x40\x00" + bytes(4 * 4096)  # a record full of them
TICK = 0.05  # seconds between the bytes of a side that drips, and between looks at whether it is time to stop


@dataclass(frozen=True)
class Scene:
    """What a behaviour works with: a maker of server contexts, the sign to stop, and how a healthy gateway goes on."""

    new_context: Callable[[], ssl.SSLContext]
    stop: threading.Event
    serve: Callable[[socket.socket], None]

    def linger(self, sock: socket.socket) -> None:
        """Say nothing more until the other side leaves or the gateway stops."""
        while not self.stop.is_set():
            sock.settimeout(TICK)
            try:
                if not socket.socket.recv(sock, 65536):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def drip(self, sock: socket.socket, data: bytes) -> None:
        """Send `data` one byte at a time."""
        for byte in data:
            if self.stop.wait(TICK):
                return
            sock.sendall(bytes([byte]))


Behaviour = Callable[[socket.socket, Scene], None]


def reset(sock: socket.socket) -> None:
    """Close with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(sock.detach())


def hang(sock: socket.socket, scene: Scene) -> None:
    """Accept, then silence."""
    scene.linger(sock)


def close(sock: socket.socket, scene: Scene) -> None:  # a Behaviour
    """Read the ClientHello, then close."""
    _first_bytes(sock)


def reset_at_hello(sock: socket.socket, scene: Scene) -> None:
    """Read the ClientHello, then reset."""
    _first_bytes(sock)
    reset(sock)


def unless_tls_1_3(behave: Behaviour) -> Behaviour:
    """`behave` at a ClientHello that offers TLS 1.3, as a device would that never heard of it; else be healthy."""

    def look(sock: socket.socket, scene: Scene) -> None:
        sock.settimeout(PATIENCE)
        if OFFERS_TLS_1_3 in sock.recv(65536, socket.MSG_PEEK):
            behave(sock, scene)
        else:
            scene.serve(sock)

    return look


def says(data: bytes) -> Behaviour:
    """Answer the ClientHello with `data`, in clear, and close."""

    def behave(sock: socket.socket, scene: Scene) -> None:
        _first_bytes(sock)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        _first_bytes(sock)

    return behave


def hello_alert(name: str) -> Behaviour:
    """Answer the ClientHello with a fatal alert."""
    return says(alert_record(name))


def hang_in_handshake(sock: socket.socket, scene: Scene) -> None:
    """Send the first half of the server's flight, then silence."""
    flight = _server_flight(_first_bytes(sock), scene)
    sock.sendall(flight[: len(flight) // 2])
    scene.linger(sock)


def close_in_handshake(sock: socket.socket, scene: Scene) -> None:
    """Send the first half of the server's flight, then close."""
    flight = _server_flight(_first_bytes(sock), scene)
    sock.sendall(flight[: len(flight) // 2])
    sock.shutdown(socket.SHUT_WR)
    _first_bytes(sock)


def drip_handshake(sock: socket.socket, scene: Scene) -> None:
    """Send the server's flight one byte at a time."""
    scene.drip(sock, _server_flight(_first_bytes(sock), scene))


def hang_at_certificate(sock: socket.socket, scene: Scene) -> None:
    """Take the client's certificate, then silence."""
    scene.linger(_up_to_certificate(sock, scene)[0])


def close_at_certificate(sock: socket.socket, scene: Scene) -> None:
    """Close at the client's certificate without a word, as Java servers do; say so where none comes."""
    stream, came = _up_to_certificate(sock, scene)
    if not came:
        socket.socket.sendall(stream, _alert(stream, "certificate_required"))
    _end(stream, scene)


def close_anyway(sock: socket.socket, scene: Scene) -> None:
    """Close where the client's certificate would come, whether it does or not."""
    _end(_up_to_certificate(sock, scene)[0], scene)


def reset_at_certificate(sock: socket.socket, scene: Scene) -> None:
    """Reset at the client's certificate; say so where none comes."""
    stream, came = _up_to_certificate(sock, scene)
    if came:
        reset(stream)
        return
    socket.socket.sendall(stream, _alert(stream, "certificate_required"))
    _end(stream, scene)


def alert_at_certificate(name: str) -> Behaviour:
    """Take the client's certificate, and refuse it with a fatal alert; in TLS 1.3 an encrypted one (RFC 8446, 5.2)."""

    def behave(sock: socket.socket, scene: Scene) -> None:
        stream, _ = _up_to_certificate(sock, scene)
        socket.socket.sendall(stream, _alert(stream, name))
        _end(stream, scene)

    return behave


def alert_after_request(sock: socket.socket, scene: Scene) -> None:
    """Take certificate and request, with a session ticket between, then break off with an alert; TLS 1.3 alone."""
    context = scene.new_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 1
    stream = shaken_hands(context, sock)
    stream.recv(65536)
    socket.socket.sendall(stream, sealed_alert(stream, "internal_error", number=1))
    _end(stream, scene)


def flood(sock: socket.socket, scene: Scene) -> None:
    """Answer the ClientHello with requests to begin anew (RFC 5246, 7.4.1.1), without end."""
    _first_bytes(sock)
    while not scene.stop.is_set():
        sock.sendall(HELLO_REQUESTS)


def _first_bytes(sock: socket.socket) -> bytes:
    sock.settimeout(PATIENCE)
    try:
        return sock.recv(65536)
    except OSError:
        return b""


def _end(stream: socket.socket, scene: Scene) -> None:
    """Close from this side, and wait for the other: closing with unread bytes would reset."""
    socket.socket.shutdown(stream, socket.SHUT_WR)
    scene.linger(stream)


def _alert(stream: socket.socket, name: str) -> bytes:
    return sealed_alert(stream, name) if isinstance(stream, ssl.SSLSocket) else alert_record(name)


def _server_flight(hello: bytes, scene: Scene) -> bytes:
    """What a server says to a ClientHello, up to where it waits for the client's next flight, or refuses."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = scene.new_context().wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with contextlib.suppress(ssl.SSLError):
        server.do_handshake()
    return outgoing.read()


def _up_to_certificate(sock: socket.socket, scene: Scene) -> tuple[socket.socket, bool]:
    """The connection just after the client's certificate came, an SSLSocket in TLS 1.3, bare in 1.2; and if one came.

    In TLS 1.2 the server's refusal is part of the handshake; in TLS 1.3 the client has finished by then.
    """
    sock.settimeout(PATIENCE)
    flight = _server_flight(sock.recv(65536, socket.MSG_PEEK), scene)
    if CHOSE_TLS_1_3 in flight[:256]:
        context = scene.new_context()
        context.num_tickets = 0  # so that the alert is the first record under the application's key
        context.verify_mode = ssl.CERT_OPTIONAL
        stream = shaken_hands(context, sock)
        return stream, bool(stream.getpeercert(binary_form=True))
    sock.recv(65536)
    sock.sendall(flight)
    return sock, not _first_bytes(sock)[5:].startswith(NO_CERTIFICATE)
