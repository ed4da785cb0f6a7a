"""Faults of the connection itself: handlers that speak TCP and TLS wrongly, hang up, or stay silent."""

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

CLIENT_TIMEOUT = 5  # seconds without a byte from the client until its connection is closed
BYTE_INTERVAL = 0.05  # seconds between two bytes that are sent slowly, and between checks whether to stop


@dataclass(frozen=True)
class GatewayHandle:
    """The parts of a gateway that its connection handlers may use."""

    new_context: Callable[[], ssl.SSLContext]
    stopping: threading.Event
    serve_normally: Callable[[socket.socket], None]

    def wait_for_close(self, sock: socket.socket) -> None:
        """Send nothing until the client closes the connection or the gateway stops."""
        while not self.stopping.is_set():
            sock.settimeout(BYTE_INTERVAL)
            try:
                if not socket.socket.recv(sock, 65536):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def send_slowly(self, sock: socket.socket, data: bytes) -> None:
        """Send `data` one byte at a time."""
        for byte in data:
            if self.stopping.wait(BYTE_INTERVAL):
                return
            sock.sendall(bytes([byte]))


ConnectionHandler = Callable[[socket.socket, GatewayHandle], None]

# Alerts

ALERT_CODES = {
    "handshake_failure": 40, "bad_certificate": 42, "unsupported_certificate": 43, "certificate_revoked": 44,
    "certificate_expired": 45, "certificate_unknown": 46, "illegal_parameter": 47, "unknown_ca": 48,
    "access_denied": 49, "decode_error": 50, "decrypt_error": 51, "protocol_version": 70,
    "insufficient_security": 71, "internal_error": 80, "unrecognized_name": 112, "certificate_required": 116,
}  # fmt: skip


def alert_record(name: str) -> bytes:
    """Return an unencrypted record with a fatal alert (RFC 8446, 5.1 and 6)."""
    return b"\x15\x03\x03\x00\x02\x02" + bytes([ALERT_CODES[name]])


class _SocketWithTrafficSecret(ssl.SSLSocket):
    traffic_secret: bytes


def complete_handshake(context: ssl.SSLContext, sock: socket.socket) -> ssl.SSLSocket:
    """Do a TLS 1.3 handshake as the server; the result also holds the server's application traffic secret.

    The `ssl` module can't send a chosen alert, so `encrypted_alert` makes the record with this secret.
    """
    descriptor = os.memfd_create("secrets")
    try:
        context.keylog_filename = f"/proc/self/fd/{descriptor}"
        context.sslsocket_class = _SocketWithTrafficSecret
        sock.settimeout(CLIENT_TIMEOUT)
        stream = context.wrap_socket(sock, server_side=True)
        lines = os.pread(descriptor, 65536, 0).decode("ascii").splitlines()
    finally:
        os.close(descriptor)
    secret = next(line.split()[2] for line in lines if line.startswith("SERVER_TRAFFIC_SECRET_0 "))
    assert isinstance(stream, _SocketWithTrafficSecret)  # noqa: S101  # by sslsocket_class
    stream.traffic_secret = bytes.fromhex(secret)
    return stream


def encrypted_alert(stream: ssl.SSLSocket, name: str, number: int = 0) -> bytes:
    """Return a fatal alert as record `number` under the server's application key (RFC 8446, 5.2, 5.3 and 7.3)."""
    assert isinstance(stream, _SocketWithTrafficSecret)  # noqa: S101  # made by complete_handshake
    suite = (stream.cipher() or ("",))[0]
    algorithm: hashes.HashAlgorithm = hashes.SHA384() if suite.endswith("SHA384") else hashes.SHA256()
    length = 16 if "AES_128" in suite else 32
    key = _hkdf_expand_label(algorithm, stream.traffic_secret, b"key", length)
    initial = int.from_bytes(_hkdf_expand_label(algorithm, stream.traffic_secret, b"iv", 12), "big")
    nonce = (initial ^ number).to_bytes(12, "big")
    aead: AESGCM | ChaCha20Poly1305 = ChaCha20Poly1305(key) if "CHACHA20" in suite else AESGCM(key)
    plaintext = bytes([2, ALERT_CODES[name], 21])
    header = b"\x17\x03\x03" + (len(plaintext) + 16).to_bytes(2, "big")
    return header + aead.encrypt(nonce, plaintext, header)


def _hkdf_expand_label(algorithm: hashes.HashAlgorithm, secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label of RFC 8446, 7.1, with an empty context."""
    full_label = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(full_label)]) + full_label + b"\x00"
    return HKDFExpand(algorithm, length, info).derive(secret)


# Before the handshake


def hang_before_handshake(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Accept the connection and send nothing."""
    gateway.wait_for_close(sock)


def close_at_hello(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Read the ClientHello, then close."""
    _read_once(sock)


def reset_at_hello(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Read the ClientHello, then reset."""
    _read_once(sock)
    reset(sock)


def unencrypted(data: bytes) -> ConnectionHandler:
    """Return a handler that answers the ClientHello with `data`, unencrypted, and closes."""

    def handler(sock: socket.socket, gateway: GatewayHandle) -> None:
        _read_once(sock)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        _read_once(sock)

    return handler


def alert_at_hello(name: str) -> ConnectionHandler:
    """Return a handler that answers the ClientHello with a fatal alert."""
    return unencrypted(alert_record(name))


OFFERS_TLS_1_3 = b"\x00\x2b\x00\x05\x04\x03\x04"  # the supported_versions extension in a ClientHello of OpenSSL


def only_with_tls_1_3(handler: ConnectionHandler) -> ConnectionHandler:
    """Return a handler that uses `handler` for a client that offers TLS 1.3, and serves other clients normally.

    This imitates a network device that does not support TLS 1.3.
    """

    def choose(sock: socket.socket, gateway: GatewayHandle) -> None:
        sock.settimeout(CLIENT_TIMEOUT)
        if OFFERS_TLS_1_3 in sock.recv(65536, socket.MSG_PEEK):
            handler(sock, gateway)
        else:
            gateway.serve_normally(sock)

    return choose


# In the handshake


def hang_in_handshake(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Send the first half of the server's flight, then nothing."""
    flight = _server_flight(_read_once(sock), gateway)
    sock.sendall(flight[: len(flight) // 2])
    gateway.wait_for_close(sock)


def close_in_handshake(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Send the first half of the server's flight, then close."""
    flight = _server_flight(_read_once(sock), gateway)
    sock.sendall(flight[: len(flight) // 2])
    sock.shutdown(socket.SHUT_WR)
    _read_once(sock)


def drip_handshake(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Send the server's flight one byte at a time."""
    gateway.send_slowly(sock, _server_flight(_read_once(sock), gateway))


HELLO_REQUESTS = b"\x16\x03\x03\x40\x00" + bytes(4 * 4096)  # a record with 4,096 HelloRequest messages


def endless_handshake(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Answer the ClientHello with HelloRequest messages (RFC 5246, 7.4.1.1), without end."""
    _read_once(sock)
    while not gateway.stopping.is_set():
        sock.sendall(HELLO_REQUESTS)


# When the client has sent its certificate


def hang_at_certificate(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Read the client's certificate, then send nothing."""
    gateway.wait_for_close(_after_client_certificate(sock, gateway)[0])


def close_at_certificate(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Close without an alert after a certificate, as Java servers do; send certificate_required if there is none."""
    stream, has_certificate = _after_client_certificate(sock, gateway)
    if not has_certificate:
        socket.socket.sendall(stream, _alert(stream, "certificate_required"))
    _close_for_sending(stream, gateway)


def close_whatever_comes(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Close when the client's certificate is expected, whether or not the client sends one."""
    _close_for_sending(_after_client_certificate(sock, gateway)[0], gateway)


def reset_at_certificate(sock: socket.socket, gateway: GatewayHandle) -> None:
    """Reset after a certificate; send certificate_required if there is none."""
    stream, has_certificate = _after_client_certificate(sock, gateway)
    if has_certificate:
        reset(stream)
        return
    socket.socket.sendall(stream, _alert(stream, "certificate_required"))
    _close_for_sending(stream, gateway)


def alert_at_certificate(name: str) -> ConnectionHandler:
    """Return a handler that refuses the client's certificate with a fatal alert."""

    def handler(sock: socket.socket, gateway: GatewayHandle) -> None:
        stream, _ = _after_client_certificate(sock, gateway)
        socket.socket.sendall(stream, _alert(stream, name))
        _close_for_sending(stream, gateway)

    return handler


def alert_after_request(name: str) -> ConnectionHandler:
    """Return a handler that accepts the certificate, sends a session ticket, reads the HTTP request, and then an alert.

    It speaks TLS 1.3 only.
    """

    def handler(sock: socket.socket, gateway: GatewayHandle) -> None:
        context = gateway.new_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 1
        stream = complete_handshake(context, sock)
        stream.recv(65536)
        socket.socket.sendall(stream, encrypted_alert(stream, name, number=1))
        _close_for_sending(stream, gateway)

    return handler


# Helpers of the handlers


def reset(sock: socket.socket) -> None:
    """Close with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(sock.detach())


def _read_once(sock: socket.socket) -> bytes:
    """Return the result of one recv(); b"" on an error or a timeout."""
    sock.settimeout(CLIENT_TIMEOUT)
    try:
        return sock.recv(65536)
    except OSError:
        return b""


def _close_for_sending(stream: socket.socket, gateway: GatewayHandle) -> None:
    """Send FIN and wait until the client closes, too: closing with unread bytes would send RST."""
    socket.socket.shutdown(stream, socket.SHUT_WR)
    gateway.wait_for_close(stream)


def _alert(stream: socket.socket, name: str) -> bytes:
    return encrypted_alert(stream, name) if isinstance(stream, ssl.SSLSocket) else alert_record(name)


def _server_flight(hello: bytes, gateway: GatewayHandle) -> bytes:
    """Return what a server sends after `hello`: its first flight, or the alert with which it refuses."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = gateway.new_context().wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with contextlib.suppress(ssl.SSLError):
        server.do_handshake()
    return outgoing.read()


CHOSE_TLS_1_3 = b"\x00\x2b\x00\x02\x03\x04"  # the supported_versions extension in a ServerHello (RFC 8446, 4.2.1)
EMPTY_CERTIFICATE_MESSAGE = (
    b"\x0b\x00\x00\x03\x00\x00\x00"  # a Certificate message without certificates (RFC 5246, 7.4.6)
)


def _after_client_certificate(sock: socket.socket, gateway: GatewayHandle) -> tuple[socket.socket, bool]:
    """Handle the connection up to the client's certificate; return the socket, and whether there was a certificate.

    In TLS 1.3 the client has finished its handshake by then, so the result is an SSLSocket. In TLS 1.2 the server has
    not reacted to the certificate yet, so the result is `sock`, unencrypted.
    """
    sock.settimeout(CLIENT_TIMEOUT)
    flight = _server_flight(sock.recv(65536, socket.MSG_PEEK), gateway)
    if CHOSE_TLS_1_3 in flight[:256]:
        context = gateway.new_context()
        context.num_tickets = 0  # so that the alert is record 0 under the application key
        context.verify_mode = ssl.CERT_OPTIONAL
        stream = complete_handshake(context, sock)
        return stream, bool(stream.getpeercert(binary_form=True))
    sock.recv(65536)
    sock.sendall(flight)
    return sock, not _read_once(sock)[5:].startswith(EMPTY_CERTIFICATE_MESSAGE)
