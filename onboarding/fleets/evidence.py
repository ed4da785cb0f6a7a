"""What was seen, kept as it was: the server's chain, TLS version and cipher, who was asked for what, whose clock."""

import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from onboarding.fleets.request import Credentials, Reply
from onboarding.fleets.wire import Wire
from onboarding.pki.chain import MALFORMED
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.taming import tame

CHAIN_SHOWN, AUTHORITIES_SHOWN = 10, 50  # of what may be very many
HEADERS_SHOWN = ("server", "date", "content-type", "via", "x-backside-transport", "x-global-transaction-id", "location")

UNREADABLE = ("subject", "issuer", "serial", "not_before", "not_after", "spki")


@dataclass(frozen=True)
class Link:
    """One certificate of a chain. `sha256` is of the DER, `spki` of the public key, both in hex."""

    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    sha256: str
    spki: str


@dataclass(frozen=True)
class Evidence:
    """What the verdict rests on; nothing in it is secret."""

    peer: str = ""
    tls_version: str = ""
    cipher: str = ""
    server_chain: tuple[Link, ...] = ()
    asked_for_certificate: bool | None = None
    authorities: tuple[str, ...] = ()
    client_chain: tuple[Link, ...] = ()
    certificate_sent: bool = False
    certificate_accepted: bool = False
    alert: str = ""
    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    clock_off_minutes: int = 0

    def to_dict(self) -> dict[str, object]:
        """As JSON can hold it."""
        return asdict(self) | {"headers": dict(self.headers)}


def gather(
    wire: Wire,
    reply: Reply | None,
    error: Exception | None,
    credentials: Credentials,
    off: int,
    fit: Callable[[str], str],
) -> Evidence:
    """What was seen of an attempt; `off` is how many minutes the gateway's clock is ahead.

    `fit` makes what the other side wrote fit to be shown.
    """
    known = wire.log.verified or wire.log.asked_for_certificate
    asked = wire.log.asked_for_certificate if known else None
    headers = reply.headers if reply else {}
    return Evidence(
        peer=wire.peer,
        tls_version=wire.tls_version,
        cipher=wire.cipher,
        server_chain=links(wire.log.chain),
        asked_for_certificate=asked,
        authorities=tuple(_in_words(name) for name in wire.log.authorities[:AUTHORITIES_SHOWN]),
        client_chain=links(credentials.identity.certificates if credentials.identity else ()),
        certificate_sent=wire.log.sent_certificate,
        certificate_accepted=wire.certificate_accepted,
        alert=wire.log.alert,
        error=_error_name(error),
        headers=tuple((name, fit(headers[name])) for name in HEADERS_SHOWN if name in headers),
        clock_off_minutes=off,
    )


def links(chain: Sequence[x509.Certificate]) -> tuple[Link, ...]:
    """A chain, leaf first, as text; no more than anybody would read."""
    return tuple(_link(one) for one in chain[:CHAIN_SHOWN])


@lru_cache(maxsize=256)  # a gateway shows all partners the same certificates
def _link(one: x509.Certificate) -> Link:
    sha256 = one.fingerprint(hashes.SHA256()).hex()
    try:
        return Link(
            subject=tame(one.subject.rfc4514_string()),
            issuer=tame(one.issuer.rfc4514_string()),
            serial=f"{one.serial_number:x}",
            not_before=f"{one.not_valid_before_utc:%Y-%m-%d %H:%M:%S}",
            not_after=f"{one.not_valid_after_utc:%Y-%m-%d %H:%M:%S}",
            sha256=sha256,
            spki=spki_fingerprint(one.public_key()),
        )
    except MALFORMED:  # servers show all kinds
        return Link(**dict.fromkeys(UNREADABLE, "unreadable"), sha256=sha256)


@lru_cache(maxsize=256)  # the same authorities, too
def _in_words(name: x509.Name) -> str:
    return tame(name.rfc4514_string())


def _error_name(error: Exception | None) -> str:
    """What the software called it: an OpenSSL reason or the type. Never the message, which could hold anything."""
    if error is None:
        return ""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    verify = f" {cause.verify_code}" if isinstance(cause, ssl.SSLCertVerificationError) else ""
    return f"{getattr(cause, 'reason', None) or type(cause).__name__}{verify}"


def versions() -> dict[str, str]:
    """The software that made the request."""
    return {"python": sys.version.split()[0], "tls": ssl.OPENSSL_VERSION}
