"""The messages of a TLS handshake. They show more about a failure than the error that OpenSSL raises.

OpenSSL reports each message through a callback that Python exposes as `SSLContext._msg_callback`. No other interface
shows whether the server requested a client certificate, which authorities it named, and which alert it sent.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography import x509

from onboarding.fleets.connecting.timing import StageName
from onboarding.pki.validation.chain import MALFORMED

RECORD_HEADER = 256  # OpenSSL's content type for the header of a record
ALERT_RECORD = 21  # content types and message types: RFC 8446, 5.1, 6 and B.3
HANDSHAKE_RECORD = 22
SERVER_HELLO, SESSION_TICKET, CERTIFICATE, CERTIFICATE_REQUEST, FINISHED = 2, 4, 11, 13, 20
AFTER_CERTIFICATE = {12, 14, 15}  # messages of a server whose certificate was verified, in TLS 1.2 and 1.3
EMPTY_CERTIFICATE_LENGTH = 4 + 4  # bytes of a Certificate message without a certificate in TLS 1.3; one less in TLS 1.2
CERTIFICATE_AUTHORITIES = 47  # the extension of TLS 1.3 that names authorities (RFC 8446, 4.2.4)
TLS_1_2, TLS_1_3 = 0x0303, 0x0304
VERSIONS = {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}  # that this software speaks
MESSAGES_MAX = 200  # of a connection; the longest handshakes have about 20

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
    """The messages from the server, its certificates, the authorities that it named, and its alert.

    `on_stage` is called when the handshake reaches the server's certificate and the client's. `on_flood` is called when
    the server sends more messages than any normal server. OpenSSL would then read beyond every time-out, because it
    returns only when there is nothing left to read.
    """

    on_stage: Callable[[StageName], None]
    on_flood: Callable[[], None]
    received: list[int] = field(default_factory=list)
    alert: str = ""  # received
    sent_alert: str = ""
    sent_certificate: bool = False
    offered_versions: tuple[str, ...] = ()
    version: int = 0  # the negotiated version; 0 before negotiation
    is_flooded: bool = False
    first_header: bytes = b""  # of the first record that came, which may be none
    _bodies: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    _sent_body: tuple[int, bytes] = (0, b"")

    def attach(self, context: ssl.SSLContext) -> None:
        """Record the messages of the next connection that `context` makes."""
        # The built-in base class's attribute: Python's own wrapper converts every number to an enum, which is slow.
        _BASE._msg_callback.__set__(context, self._on_message)  # noqa: SLF001  # see the module's docstring
        lowest, highest = context.minimum_version, context.maximum_version
        highest = ssl.TLSVersion.TLSv1_3 if highest == ssl.TLSVersion.MAXIMUM_SUPPORTED else highest
        self.offered_versions = tuple(name for version, name in VERSIONS.items() if lowest <= version <= highest)

    @property
    def requested_certificate(self) -> bool:
        """Whether the server requested a client certificate."""
        return CERTIFICATE_REQUEST in self.received

    @property
    def has_session_ticket(self) -> bool:
        """Whether a session ticket was received. In TLS 1.3 it follows the client's part of the handshake."""
        return SESSION_TICKET in self.received

    @property
    def is_server_verified(self) -> bool:
        """Whether the handshake continued after the server's certificate, which means that OpenSSL verified it."""
        return any(message in AFTER_CERTIFICATE for message in self.received)

    @property
    def chain(self) -> list[x509.Certificate]:
        """The server's certificates, leaf first, up to the first unreadable certificate; empty if none was received."""
        return _chain_in(*self._bodies.get(CERTIFICATE, (0, b"")))

    @property
    def sent_chain(self) -> list[x509.Certificate]:
        """The certificates that the client sent, leaf first; empty if none was sent."""
        return _chain_in(*self._sent_body)

    @property
    def authorities(self) -> list[x509.Name]:
        """The authorities that the server named in its request for a certificate, without unreadable names."""
        version, body = self._bodies.get(CERTIFICATE_REQUEST, (0, b""))
        try:
            names = (_authorities_1_3(body) if version >= TLS_1_3 else _authorities_1_2(body)) if body else []
        except IndexError:
            return []
        return [name for der in names if (name := _name(der))]

    def _on_message(self, _ssl: Any, direction: str, version: Any, content: Any, message: Any, data: bytes) -> None:
        if content == RECORD_HEADER and direction == "read" and not self.first_header:
            self.first_header = bytes(data)
        if content > HANDSHAKE_RECORD:
            return  # OpenSSL also reports the header and the inner type of each record
        if content == HANDSHAKE_RECORD and direction == "write":
            if message == CERTIFICATE and len(data) > EMPTY_CERTIFICATE_LENGTH:
                self.sent_certificate, self._sent_body = True, (int(version), data[4:])
        elif content == ALERT_RECORD and len(data) == 2:
            self._on_alert(direction, ALERTS.get(data[1], f"alert {data[1]}"))
        elif content == HANDSHAKE_RECORD and direction == "read" and len(data) >= 4:
            self._on_handshake_message(int(message), int(version), data[4:])

    def _on_alert(self, direction: str, name: str) -> None:
        if name != "close_notify" and direction == "read":
            self.alert = name
        elif name != "close_notify":
            self.sent_alert = name

    def _on_handshake_message(self, message: int, version: int, body: bytes) -> None:
        if len(self.received) >= MESSAGES_MAX:
            self.is_flooded = True
            self.on_flood()
            return
        if message == SERVER_HELLO and SERVER_HELLO not in self.received:
            self.on_stage(StageName.SERVER_CERTIFICATE)
        elif message in AFTER_CERTIFICATE and not self.is_server_verified:
            self.on_stage(StageName.CLIENT_CERTIFICATE)
        if message != SERVER_HELLO:  # while OpenSSL reads that message, it reports the version that it offered
            self.version = version
        self.received.append(message)
        if message in {CERTIFICATE, CERTIFICATE_REQUEST}:
            self._bodies[message] = (version, body)


def _vector(data: bytes, offset: int, width: int) -> tuple[bytes, int]:
    """Return the length-prefixed vector (RFC 8446, 3.4) at `offset`, and the offset of the next value.

    Raise IndexError if the vector is longer than `data`.
    """
    size = int.from_bytes(data[offset : offset + width], "big")
    end = offset + width + size
    if end > len(data):
        raise IndexError("a vector longer than its message")
    return data[offset + width : end], end


def _chain_in(version: int, body: bytes) -> list[x509.Certificate]:
    try:
        return list(_certificates(body, is_tls_1_3=version >= TLS_1_3)) if body else []
    except IndexError:
        return []  # OpenSSL refuses a malformed message, so its reader must not raise


@lru_cache(maxsize=32)  # a gateway shows all partners the same chain
def _certificates(body: bytes, *, is_tls_1_3: bool) -> tuple[x509.Certificate, ...]:
    """Return the chain in a Certificate message (RFC 8446, 4.4.2; RFC 5246, 7.4.2), leaf first."""
    offset = _vector(body, 0, 1)[1] if is_tls_1_3 else 0
    entries, _ = _vector(body, offset, 3)
    chain, at = [], 0
    while at < len(entries):
        der, at = _vector(entries, at, 3)
        if is_tls_1_3:
            _, at = _vector(entries, at, 2)
        try:
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.subject, certificate.issuer  # parsed only on access
        except MALFORMED:
            break  # the following certificate would take its position in the chain
        chain.append(certificate)
    return tuple(chain)


def _authorities_1_2(body: bytes) -> list[bytes]:
    """Return the names in a CertificateRequest of TLS 1.2 (RFC 5246, 7.4.4), in DER."""
    _, at = _vector(body, 0, 1)
    _, at = _vector(body, at, 2)
    return _names(_vector(body, at, 2)[0])


def _authorities_1_3(body: bytes) -> list[bytes]:
    """Return the names in the certificate_authorities extension of a CertificateRequest (RFC 8446, 4.3.2), in DER."""
    _, at = _vector(body, 0, 1)
    extensions, _ = _vector(body, at, 2)
    at = 0
    while at < len(extensions):
        extension_type = int.from_bytes(extensions[at : at + 2], "big")
        value, at = _vector(extensions, at + 2, 2)
        if extension_type == CERTIFICATE_AUTHORITIES:
            return _names(_vector(value, 0, 2)[0])
    return []


def _names(vector: bytes) -> list[bytes]:
    names, at = [], 0
    while at < len(vector):
        name, at = _vector(vector, at, 2)
        names.append(name)
    return names


@lru_cache(maxsize=256)  # a gateway names the same authorities to all partners
def _name(der: bytes) -> x509.Name | None:
    try:
        return x509.Name.from_bytes(der)
    except MALFORMED:
        return None
