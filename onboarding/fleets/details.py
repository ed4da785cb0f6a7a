"""The technical details of a connection test, without secrets."""

import re
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from onboarding.fleets.classifying.responses import Fleet, GatewayError
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Response
from onboarding.fleets.experiments import Experiment
from onboarding.messages.text import sanitize
from onboarding.messages.verdict import Verdict
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.chain import MALFORMED

CHAIN_SHOWN, AUTHORITIES_SHOWN = 10, 50  # of what may be very many
HEADERS_SHOWN = ("server", "date", "content-type", "via", "x-backside-transport", "x-global-transaction-id", "location")

UNREADABLE = ("subject", "issuer", "serial", "not_before", "not_after", "spki")


@dataclass(frozen=True)
class CertificateSummary:
    """One certificate of a chain. `sha256` is of the DER, `spki` of the public key, both in hex."""

    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    sha256: str
    spki: str


@dataclass(frozen=True)
class ConnectionDetails:
    """What the verdict rests on; nothing in it is secret."""

    peer: str = ""
    tls_version: str = ""
    cipher: str = ""
    server_chain: tuple[CertificateSummary, ...] = ()
    asked_for_certificate: bool | None = None
    authorities: tuple[str, ...] = ()
    client_chain: tuple[CertificateSummary, ...] = ()
    certificate_sent: bool = False
    certificate_accepted: bool = False
    alert: str = ""
    error: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    clock_off_minutes: int = 0

    def to_dict(self) -> dict[str, object]:
        """As JSON can hold it."""
        return asdict(self) | {"headers": dict(self.headers)}


def connection_details(
    wire: Connection,
    reply: Response | None,
    error: Exception | None,
    credentials: Credentials,
    off: int,
    fit: Callable[[str], str],
) -> ConnectionDetails:
    """What was seen of an attempt; `off` is how many minutes the gateway's clock is ahead.

    `fit` makes what the other side wrote fit to be shown.
    """
    known = wire.log.verified or wire.log.asked_for_certificate
    asked = wire.log.asked_for_certificate if known else None
    headers = reply.headers if reply else {}
    return ConnectionDetails(
        peer=wire.peer,
        tls_version=wire.tls_version,
        cipher=wire.cipher,
        server_chain=summarize_chain(wire.log.chain),
        asked_for_certificate=asked,
        authorities=tuple(_in_words(name) for name in wire.log.authorities[:AUTHORITIES_SHOWN]),
        client_chain=summarize_chain(credentials.identity.certificates if credentials.identity else ()),
        certificate_sent=wire.log.sent_certificate,
        certificate_accepted=wire.certificate_accepted,
        alert=wire.log.alert,
        error=_error_name(error),
        headers=tuple((name, fit(headers[name])) for name in HEADERS_SHOWN if name in headers),
        clock_off_minutes=off,
    )


def summarize_chain(chain: Sequence[x509.Certificate]) -> tuple[CertificateSummary, ...]:
    """A chain, leaf first, as text; no more than anybody would read."""
    return tuple(_link(one) for one in chain[:CHAIN_SHOWN])


@lru_cache(maxsize=256)  # a gateway shows all partners the same certificates
def _link(one: x509.Certificate) -> CertificateSummary:
    sha256 = one.fingerprint(hashes.SHA256()).hex()
    try:
        return CertificateSummary(
            subject=sanitize(one.subject.rfc4514_string()),
            issuer=sanitize(one.issuer.rfc4514_string()),
            serial=f"{one.serial_number:x}",
            not_before=f"{one.not_valid_before_utc:%Y-%m-%d %H:%M:%S}",
            not_after=f"{one.not_valid_after_utc:%Y-%m-%d %H:%M:%S}",
            sha256=sha256,
            spki=spki_fingerprint(one.public_key()),
        )
    except MALFORMED:  # servers show all kinds
        return CertificateSummary(**dict.fromkeys(UNREADABLE, "unreadable"), sha256=sha256)


@lru_cache(maxsize=256)  # the same authorities, too
def _in_words(name: x509.Name) -> str:
    return sanitize(name.rfc4514_string())


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


REMOVED = "[removed]"
TEXT_LIMIT = 500  # characters
WORD_LIMIT = 200  # characters of what stands inside a sentence
THEIR_WORDS = {"target", "alert", "reason", "issuer", "names"}  # what of a verdict's context the other side wrote


class Redaction:
    """Takes `secrets`, the longest first, out of everything that the other side had a hand in, in capitals or not."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = tuple(secret.lower() for secret in secrets)

    def __repr__(self) -> str:
        return f"Redaction(of {len(self._secrets)})"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._secrets)), re.IGNORECASE)

    def text(self, text: str) -> str:
        """`text` without secrets and without hidden characters; cut last, as a secret cut in half is not recognised."""
        lowered = text.lower()
        if any(secret in lowered for secret in self._secrets):
            text = self._pattern.sub(REMOVED, text)
        return sanitize(text[:TEXT_LIMIT], TEXT_LIMIT)

    def verdict(self, verdict: Verdict) -> Verdict:
        """A verdict whose words quote the other side."""
        context = {
            name: self.text(value)[:WORD_LIMIT] if name in THEIR_WORDS and isinstance(value, str) else value
            for name, value in verdict.params.items()
        }
        evidence = tuple(self.text(one) for one in verdict.evidence)
        if (context, evidence) == (verdict.params, verdict.evidence):
            return verdict
        return replace(verdict, params=context, evidence=evidence)

    def operator(self, said: GatewayError | None) -> GatewayError | None:
        """What a refusal says."""
        if said is None:
            return None
        code, uuid, message, timestamp = (
            self.text(one) for one in (said.code, said.uuid, said.message, said.timestamp)
        )
        return GatewayError(code, uuid, message, timestamp, said.dialect)

    def fleet(self, fleet: Fleet) -> Fleet:
        """One fleet."""
        return Fleet(
            *(self.text(one) for one in (fleet.id, fleet.name, fleet.description, fleet.created_at, fleet.updated_at))
        )

    def control(self, control: Experiment) -> Experiment:
        """A control experiment, without the answer that it was compared by."""
        outcome = replace(control.outcome, message="", verdict=self.verdict(control.outcome.verdict))
        return replace(control, outcome=outcome)
