"""A look at a gateway without anybody's certificate: what it shows in a TLS handshake that it may then refuse."""

import ssl
from dataclasses import dataclass
from datetime import datetime

import h11
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.handshake import VERSIONS
from onboarding.fleets.connecting.request import Endpoint, NoResponseError, ProxyRefusedError, connect
from onboarding.fleets.connecting.timing import Deadline, Stages
from onboarding.fleets.connecting.tls import client_context
from onboarding.pki.validation.chain import MALFORMED


@dataclass(frozen=True)
class GatewayView:
    """What a gateway showed: its certificates, leaf first, and the TLS versions that it speaks, newest first."""

    chain: tuple[x509.Certificate, ...]
    versions: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its certificate in hex."""
        return self.chain[0].fingerprint(hashes.SHA256()).hex()

    @property
    def not_after(self) -> datetime:
        """When its certificate expires."""
        return self.chain[0].not_valid_after_utc

    @property
    def issuer(self) -> str:
        """The name of the CA that signed its certificate, as RFC 4514 writes it."""
        return self.chain[0].issuer.rfc4514_string()

    @property
    def root(self) -> str:
        """The name of the CA above the last certificate that it sends."""
        return self.chain[-1].issuer.rfc4514_string()

    @property
    def ca_keys(self) -> str:
        """The identifiers of the keys of these two CAs, in hex: a new CA can have the name of the old one."""
        return f"{_issuer_key(self.chain[0])} {_issuer_key(self.chain[-1])}"


def _issuer_key(certificate: x509.Certificate) -> str:
    """Return the identifier of the key that signed `certificate` (RFC 5280, 4.2.1.1) in hex; "" if it names none."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, *MALFORMED):
        return ""
    return (extension.value.key_identifier or b"").hex()


def look_at_gateway(endpoint: Endpoint, seconds: float) -> GatewayView | None:
    """Return what the gateway shows; None if it can't be reached or shows no certificate within `seconds`.

    Nothing is verified, and no certificate, login or request is sent. There is one handshake for each TLS version. A
    gateway that demands a client certificate refuses the handshake only after it has shown its own certificates. A
    version whose handshake got no certificate counts as not spoken.
    """
    deadline = Deadline(seconds)
    chains = {name: _chain(endpoint, version, deadline) for version, name in VERSIONS.items()}
    spoken = [name for name in reversed(chains) if chains[name]]
    return GatewayView(chains[spoken[0]], tuple(spoken)) if spoken else None


def _chain(endpoint: Endpoint, version: ssl.TLSVersion, deadline: Deadline) -> tuple[x509.Certificate, ...]:
    context = client_context(None, ())
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    connection = Connection(deadline, Stages())
    try:
        with connection:
            connect(connection, endpoint)
            connection.start_tls(context, endpoint.host)
    except (OSError, ProxyRefusedError, NoResponseError, h11.RemoteProtocolError):
        pass  # the chain was received before a refusal, or not at all
    return tuple(connection.handshake.chain)
