"""Alerts that no TLS library sends on demand: in clear, or sealed as a record after a handshake of TLS 1.3."""

import os
import socket
import ssl

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
