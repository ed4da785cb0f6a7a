"""Judge the client's certificates locally, before anybody else is blamed for their refusal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from onboarding.fleets.classifying.preparation import missing_issuer
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials
from onboarding.messages.verdict import Observation, Verdict
from onboarding.pki.validation.chain import display_name, find_issuers, is_ca
from onboarding.pki.validation.fitness import relevant_weakness

# Servers also send these refusals for a certificate whose issuer they can't find, or whose issuer has a fault.
POSSIBLY_OF_CHAIN = {
    "client_certificate_unknown_ca", "client_certificate_refused", "client_certificate_expired",
    "client_certificate_unsupported",
}  # fmt: skip
POSSIBLY_INCOMPLETE = {"client_certificate_unknown_ca", "client_certificate_refused"}
AUTHORITIES_QUOTED = 5


@dataclass(frozen=True)
class ChainFault:
    """What is wrong with a certificate above the partner's own: a variant of the verdict "client_chain_faulty"."""

    variant: str
    issuer: str
    date: str = ""


def chain_fault(credentials: Credentials, now: datetime) -> ChainFault | None:
    """Return the first fault in the certificates above the client's own; None if they are in order.

    Whether the chain is complete is the question of `missing_issuer`. Does not check revocation.
    """
    if not credentials.identity or not credentials.identity.certificates:
        return None
    leaf, *sent = credentials.identity.certificates
    path = find_issuers(leaf, [*sent, *(credentials.anchors or ())])
    for certificate in path:
        fault = _fault_of(certificate, now)
        if fault:
            return fault
    unrelated = unrelated_certificates(credentials)
    if unrelated and missing_issuer(credentials):
        return ChainFault("unrelated", display_name(unrelated[0].subject))
    return None


def unrelated_certificates(credentials: Credentials) -> list[x509.Certificate]:
    """Return the certificates that are sent with the client's own, but do not stand above it."""
    if not credentials.identity or not credentials.identity.certificates:
        return []
    leaf, *sent = credentials.identity.certificates
    path = find_issuers(leaf, [*sent, *(credentials.anchors or ())])
    return [certificate for certificate in sent if certificate not in path]


def _fault_of(certificate: x509.Certificate, now: datetime) -> ChainFault | None:
    name = display_name(certificate.subject)
    if certificate.not_valid_after_utc < now:
        return ChainFault("expired", name, f"{certificate.not_valid_after_utc:%Y-%m-%d}")
    if certificate.not_valid_before_utc > now:
        return ChainFault("not_yet_valid", name, f"{certificate.not_valid_before_utc:%Y-%m-%d}")
    if not is_ca(certificate):
        return ChainFault("not_ca", name)
    return ChainFault("weak", name) if relevant_weakness(certificate) else None


def certificate_verdict(
    code: str,
    params: dict[str, str | int],
    credentials: Credentials,
    now: datetime,
    *,
    is_authority_named: bool = False,
) -> Verdict:
    """Return the verdict on a refusal of the client's certificate, after a look at the client's own chain.

    `is_authority_named`: the server named an authority of this chain, so it can find the issuer.
    """
    leaf = credentials.identity.certificates[0] if credentials.identity else None
    missing = missing_issuer(credentials)
    params = params | {"issuer": missing, "date": f"{leaf.not_valid_after_utc:%Y-%m-%d}" if leaf else ""}
    fault = chain_fault(credentials, now)
    if fault and code in POSSIBLY_OF_CHAIN:
        return Verdict("client_chain_faulty", params | {"issuer": fault.issuer, "date": fault.date}, fault.variant)
    if missing and code in POSSIBLY_INCOMPLETE and not is_authority_named:
        return Verdict("client_chain_incomplete", params)
    consistent = () if fault or missing else (Observation("chain_consistent"),)
    return Verdict(code, params, observations=consistent)


def is_authority_named(connection: Connection, credentials: Credentials) -> bool:
    """Return whether the server requested a certificate of an authority in the client's chain."""
    issuers = _issuers(credentials)
    return any(display_name(name) in issuers for name in connection.handshake.authorities)


def observe_authorities(connection: Connection, credentials: Credentials) -> Iterator[Observation]:
    """Yield whether the authorities that the server names are those of the client's chain; nothing if it names none."""
    authorities = connection.handshake.authorities
    if not authorities or not credentials.identity:
        return
    if is_authority_named(connection, credentials):
        yield Observation("authority_named")
        return
    shown = ", ".join(display_name(name) for name in authorities[:AUTHORITIES_QUOTED])
    yield Observation(
        "authority_not_named", {"names": shown + (", …" if len(authorities) > AUTHORITIES_QUOTED else "")}
    )


def observe_root(connection: Connection, credentials: Credentials) -> Iterator[Observation]:
    """Yield that one root stands above both certificates, the client's and the server's; nothing if none does."""
    chain, identity = connection.handshake.chain, credentials.identity
    if not chain or not identity or not identity.certificates:
        return
    anchors = credentials.anchors or ()
    of_server = find_issuers(chain[0], [*chain[1:], *anchors])[-1:]
    of_client = find_issuers(identity.certificates[0], [*identity.certificates[1:], *anchors])[-1:]
    if of_server and of_server == of_client and of_server[0] in anchors:
        yield Observation("same_root", {"issuer": display_name(of_server[0].subject)})


def _issuers(credentials: Credentials) -> set[str]:
    """Return the names of all issuers above the client's certificate, as far as they are known here."""
    if not credentials.identity or not credentials.identity.certificates:
        return set()
    leaf, *sent = credentials.identity.certificates
    path = find_issuers(leaf, [*sent, *(credentials.anchors or ())])
    return {display_name(certificate.issuer) for certificate in (leaf, *sent, *path)}
