"""What is worth saying beside a verdict, whatever it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cryptography.x509.oid import NameOID

from onboarding.fleets.classifying.preparation import missing_issuer
from onboarding.fleets.classifying.responses import CLOCK_TOLERANCE, FleetPage
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.messages.verdict import Remark, Verdict

SAID_AS = {"client_chain_incomplete": "chain_not_complete"}  # a verdict, and the remark that says the same
CLIENT_EXPIRES_SOON = timedelta(days=30)
PARTNERS_HOSTS = {"api.groupe-psa.com": "api-cert.groupe-psa.com"}  # a common mix-up: drivers' API, and partners'


def without_repetition(verdict: Verdict, remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Those of `remarks` that the verdict does not say itself."""
    said = {verdict.code, SAID_AS.get(verdict.code)}
    return tuple(one for one in remarks if one.code not in said)


def remarks_before(endpoint: Endpoint, credentials: Credentials, now: datetime) -> Iterator[Remark]:
    """What may go wrong, and what should be known whatever comes of the test."""
    if endpoint.host in PARTNERS_HOSTS:
        yield Remark("end_users_address", {"host": endpoint.host, "partners": PARTNERS_HOSTS[endpoint.host]})
    if "".join(credentials.client_id.split()) != credentials.client_id:
        yield Remark("client_id_has_spaces")
    if credentials.password and credentials.password == credentials.passphrase:
        yield Remark("passphrase_as_password")
    if not credentials.password.isascii():
        yield Remark("password_not_latin")
    if credentials.password != credentials.password.strip():
        yield Remark("password_has_spaces")
    if credentials.identity and credentials.identity.certificates:
        yield from _remarks_on(credentials.identity, credentials, now)


def _remarks_on(identity: ClientIdentity, credentials: Credentials, now: datetime) -> Iterator[Remark]:
    leaf = identity.certificates[0]
    names = [str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names and credentials.login and credentials.login not in names:
        yield Remark("login_not_in_certificate", {"found": names[0], "login": credentials.login})
    if timedelta() < leaf.not_valid_after_utc - now < CLIENT_EXPIRES_SOON:
        yield Remark("certificate_expires_soon", {"date": f"{leaf.not_valid_after_utc:%Y-%m-%d}"})


def remarks_after(
    endpoint: Endpoint, credentials: Credentials, wire: Connection, collection: FleetPage | None, off: int
) -> Iterator[Remark]:
    """What the attempt showed besides; `off` is how many minutes the gateway's clock is ahead."""
    if endpoint.proxy and wire.log.received:
        yield Remark("through_proxy", {"proxy": endpoint.proxy_host})
    if abs(off) > CLOCK_TOLERANCE:
        yield Remark("clock_skew", {"host": endpoint.host, "minutes": abs(off)})
    if collection is None:
        missing = missing_issuer(credentials)
        if missing:  # a success disproves it: the gateway followed the chain as it was sent
            yield Remark("chain_not_complete", {"issuer": missing})
        return
    if not wire.log.asked_for_certificate:
        yield Remark("certificate_not_asked_for", {"host": endpoint.host})
    if collection.total > len(collection.fleets):
        yield Remark("total_differs", {"shown": len(collection.fleets), "total": collection.total})
