"""The technical details of a connection test."""

import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from onboarding.fleets.classifying.response_headers import REFERENCE_HEADERS
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint, Response
from onboarding.messages.text import sanitize
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.chain import MALFORMED

CHAIN_SHOWN, AUTHORITIES_LISTED = 10, 50  # a server may send very many
HEADERS_SHOWN = (
    "server", "date", "content-type", "via", "x-backside-transport", "location", "www-authenticate",
    "x-envoy-upstream-service-time",
)  # fmt: skip
PARSED_FIELDS = ("subject", "issuer", "serial", "not_before", "not_after", "spki")


@dataclass(frozen=True)
class CertificateSummary:
    """One certificate of a chain. `sha256` is the fingerprint of the DER, `spki` of the public key, both in hex."""

    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    sha256: str
    spki: str


@dataclass(frozen=True)
class ConnectionDetails:
    """The technical details that support the verdict. Contains no secret."""

    local_address: str = ""
    peer: str = ""
    addresses: tuple[str, ...] = ()
    proxy: str = ""
    server_name: str = ""  # that the client sent (SNI); "" if none
    offered_versions: tuple[str, ...] = ()
    alpn: str = ""
    tls_version: str = ""
    cipher: str = ""
    server_chain: tuple[CertificateSummary, ...] = ()
    certificate_requested: bool | None = None  # None: the handshake did not get that far
    authorities: tuple[str, ...] = ()
    client_chain: tuple[CertificateSummary, ...] = ()
    certificate_sent: bool = False
    certificate_accepted: bool = False
    alert: str = ""  # that the other side sent
    sent_alert: str = ""
    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    clock_offset_minutes: int = 0

    def to_dict(self) -> dict[str, object]:
        """Return the details as a dict for JSON."""
        return asdict(self) | {"headers": dict(self.headers)}


def connection_details(
    endpoint: Endpoint,
    connection: Connection,
    response: Response | None,
    error: Exception | None,
    credentials: Credentials,
    clock_offset: int,
    redact: Callable[[str], str],
) -> ConnectionDetails:
    """Return the details of an attempt; `clock_offset` is how many minutes the gateway's clock is ahead.

    `redact` removes secrets from what the other side wrote.
    """
    handshake = connection.handshake
    is_known = handshake.is_server_verified or handshake.requested_certificate
    headers = response.headers if response else {}
    given = credentials.identity.certificates if credentials.identity else ()
    shown = (*HEADERS_SHOWN, *REFERENCE_HEADERS)
    return ConnectionDetails(
        local_address=connection.local_address,
        peer=connection.peer,
        addresses=connection.addresses,
        proxy=endpoint.proxy_name,
        server_name=connection.server_name,
        offered_versions=handshake.offered_versions,
        alpn=connection.alpn,
        tls_version=connection.tls_version,
        cipher=connection.cipher,
        server_chain=summarize_chain(handshake.chain),
        certificate_requested=handshake.requested_certificate if is_known else None,
        authorities=tuple(_format_name(name) for name in handshake.authorities[:AUTHORITIES_LISTED]),
        client_chain=summarize_chain(handshake.sent_chain or given),
        certificate_sent=handshake.sent_certificate,
        certificate_accepted=connection.certificate_accepted,
        alert=handshake.alert,
        sent_alert=handshake.sent_alert,
        error=_error_name(error),
        headers=tuple((name, redact(headers[name])) for name in shown if name in headers),
        clock_offset_minutes=clock_offset,
    )


def summarize_chain(chain: Sequence[x509.Certificate]) -> tuple[CertificateSummary, ...]:
    """Return the first CHAIN_SHOWN certificates of a chain, leaf first, as text."""
    return tuple(_summarize(certificate) for certificate in chain[:CHAIN_SHOWN])


@lru_cache(maxsize=256)  # a gateway sends all partners the same certificates
def _summarize(certificate: x509.Certificate) -> CertificateSummary:
    sha256 = certificate.fingerprint(hashes.SHA256()).hex()
    try:
        return CertificateSummary(
            subject=sanitize(certificate.subject.rfc4514_string()),
            issuer=sanitize(certificate.issuer.rfc4514_string()),
            serial=f"{certificate.serial_number:x}",
            not_before=f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S}",
            not_after=f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S}",
            sha256=sha256,
            spki=spki_fingerprint(certificate.public_key()),
        )
    except MALFORMED:  # a server may send any bytes
        return CertificateSummary(**dict.fromkeys(PARSED_FIELDS, "unreadable"), sha256=sha256)


@lru_cache(maxsize=256)  # a gateway names the same authorities to all partners
def _format_name(name: x509.Name) -> str:
    return sanitize(name.rfc4514_string())


def _error_name(error: Exception | None) -> str:
    """Return OpenSSL's reason, or the type of the error. Never its message, which could contain anything."""
    if error is None:
        return ""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    verify = f" {cause.verify_code}" if isinstance(cause, ssl.SSLCertVerificationError) else ""
    return f"{getattr(cause, 'reason', None) or type(cause).__name__}{verify}"


def versions() -> dict[str, str]:
    """Return the versions of the software that sent the request."""
    return {"python": sys.version.split()[0], "tls": ssl.OPENSSL_VERSION}
