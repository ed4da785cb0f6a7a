"""What was said during a TLS handshake, message by message: more than its error tells.

OpenSSL reports each message through a callback that Python exposes as `SSLContext._msg_callback`. It is the only way to
see whether the server asked for a client certificate, which authorities it named, and what alert it sent.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography import x509

from onboarding.pki.validation.chain import MALFORMED

ALERT = 21  # content types and message types: RFC 8446, 5.1, 6 and B.3
HANDSHAKE = 22
SERVER_HELLO, SESSION_TICKET, CERTIFICATE, CERTIFICATE_REQUEST, FINISHED = 2, 4, 11, 13, 20
AFTER_CERTIFICATE = {12, 14, 15}  # what a server says once its certificate was verified, in TLS 1.2 and 1.3
EMPTY_CERTIFICATE = 4 + 4  # bytes of a Certificate message that holds none, in TLS 1.3; one less in TLS 1.2
CERTIFICATE_AUTHORITIES = 47  # the extension of TLS 1.3 that names them (RFC 8446, 4.2.4)
TLS_1_2, TLS_1_3 = 0x0303, 0x0304
MESSAGES_MAX = 200  # of a whole connection; the longest handshakes have about 20

ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure",
    41: "no_certificate", 42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
    45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
    49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version",
    71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
    109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip


_BASE: Any = ssl.SSLContext.__base__


@dataclass
class HandshakeLog:
    """The messages that came from the server, its certificates, the authorities it named, its alert.

    `on_stage` is told "server certificate" and "client certificate" when the handshake gets there. `on_flood` is called
    when more messages come than any server sends: OpenSSL itself would go on with them past every time-out, because it
    returns only where there is nothing left to read.
    """

    on_stage: Callable[[str], None]
    on_flood: Callable[[], None]
    received: list[int] = field(default_factory=list)
    alert: str = ""
    sent_certificate: bool = False
    version: int = 0  # that was agreed on; 0 before that
    flooded: bool = False
    _bodies: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def listen(self, context: ssl.SSLContext) -> None:
        """Note the messages of the next connection made with `context`."""
        # The built-in class's attribute: the one above it makes an enum of every number, at a price.
        _BASE._msg_callback.__set__(context, self._note)  # noqa: SLF001  # see the module's docstring

    @property
    def asked_for_certificate(self) -> bool:
        """Whether the server asked for a client certificate."""
        return CERTIFICATE_REQUEST in self.received

    @property
    def ticket(self) -> bool:
        """Whether a session ticket came, which in TLS 1.3 follows the client's part of the handshake."""
        return SESSION_TICKET in self.received

    @property
    def verified(self) -> bool:
        """Whether the handshake went on after the server's certificate, which means that it was verified."""
        return any(message in AFTER_CERTIFICATE for message in self.received)

    @property
    def asking(self) -> str:
        """In words, whether a certificate was asked for, and sent."""
        if not self.asked_for_certificate:
            return "not asked for"
        return "asked for and sent" if self.sent_certificate else "asked for, none sent"

    @property
    def chain(self) -> list[x509.Certificate]:
        """The server's certificates, leaf first, as far as they can be read; empty where none came."""
        version, body = self._bodies.get(CERTIFICATE, (0, b""))
        try:
            return list(_certificates(body, modern=version >= TLS_1_3)) if body else []
        except IndexError:
            return []  # a malformed message is OpenSSL's to refuse, not ours to trip over

    @property
    def authorities(self) -> list[x509.Name]:
        """The authorities that the server named when it asked for a client certificate, as far as they can be read."""
        version, body = self._bodies.get(CERTIFICATE_REQUEST, (0, b""))
        try:
            names = (_authorities_1_3(body) if version >= TLS_1_3 else _authorities_1_2(body)) if body else []
        except IndexError:
            return []
        return [read for name in names if (read := _name(name))]

    def _note(self, _connection: Any, direction: str, version: Any, content: Any, message: Any, data: bytes) -> None:
        if content > HANDSHAKE:
            return  # OpenSSL also reports each record's header and inner type
        if content == HANDSHAKE and direction == "write":
            self.sent_certificate |= message == CERTIFICATE and len(data) > EMPTY_CERTIFICATE
        elif content == ALERT and direction == "read" and len(data) == 2:
            name = ALERTS.get(data[1], f"alert {data[1]}")
            self.alert = self.alert if name == "close_notify" else name
        elif content == HANDSHAKE and direction == "read" and len(data) >= 4:
            self._note_message(int(message), int(version), data[4:])

    def _note_message(self, message: int, version: int, body: bytes) -> None:
        if len(self.received) >= MESSAGES_MAX:
            self.flooded = True
            self.on_flood()
            return
        if message == SERVER_HELLO and SERVER_HELLO not in self.received:
            self.on_stage("server certificate")
        elif message in AFTER_CERTIFICATE and not self.verified:
            self.on_stage("client certificate")
        if message != SERVER_HELLO:  # while that is read, OpenSSL still reports what it offered itself
            self.version = version
        self.received.append(message)
        if message in {CERTIFICATE, CERTIFICATE_REQUEST}:
            self._bodies[message] = (version, body)


def _vector(data: bytes, offset: int, width: int) -> tuple[bytes, int]:
    """A length-prefixed vector (RFC 8446, 3.4) at `offset`, and where the next value starts."""
    size = int.from_bytes(data[offset : offset + width], "big")
    end = offset + width + size
    if end > len(data):
        raise IndexError("a vector longer than its message")
    return data[offset + width : end], end


@lru_cache(maxsize=32)  # a gateway shows all partners the same chain
def _certificates(body: bytes, *, modern: bool) -> tuple[x509.Certificate, ...]:
    """The chain in a Certificate message (RFC 8446, 4.4.2; RFC 5246, 7.4.2), leaf first."""
    offset = _vector(body, 0, 1)[1] if modern else 0
    entries, _ = _vector(body, offset, 3)
    found, at = [], 0
    while at < len(entries):
        der, at = _vector(entries, at, 3)
        if modern:
            _, at = _vector(entries, at, 2)
        try:
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.subject, certificate.issuer  # parsed only when they are looked at
        except MALFORMED:
            break  # without it, what follows would stand in its place
        found.append(certificate)
    return tuple(found)


def _authorities_1_2(body: bytes) -> list[bytes]:
    """The names in a CertificateRequest of TLS 1.2 (RFC 5246, 7.4.4)."""
    _, at = _vector(body, 0, 1)
    _, at = _vector(body, at, 2)
    return _names(_vector(body, at, 2)[0])


def _authorities_1_3(body: bytes) -> list[bytes]:
    """The names in the certificate_authorities extension of a CertificateRequest (RFC 8446, 4.3.2)."""
    _, at = _vector(body, 0, 1)
    extensions, _ = _vector(body, at, 2)
    at = 0
    while at < len(extensions):
        kind = int.from_bytes(extensions[at : at + 2], "big")
        value, at = _vector(extensions, at + 2, 2)
        if kind == CERTIFICATE_AUTHORITIES:
            return _names(_vector(value, 0, 2)[0])
    return []


def _names(names: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(names):
        name, at = _vector(names, at, 2)
        found.append(name)
    return found


@lru_cache(maxsize=256)  # a gateway names the same authorities to all partners
def _name(der: bytes) -> x509.Name | None:
    try:
        return x509.Name.from_bytes(der)
    except MALFORMED:
        return None
