"""The remarks, which can accompany any verdict."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cryptography.x509.oid import NameOID

from onboarding.fleets.classifying.client_chain import unrelated_certificates
from onboarding.fleets.classifying.fleet_pages import FleetPage
from onboarding.fleets.classifying.pasted import pasted_remarks
from onboarding.fleets.classifying.preparation import missing_issuer
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.messages.verdict import Remark, Verdict
from onboarding.pki.validation.chain import display_name

# They state the same fact.
REMARK_OF_VERDICT = {"client_chain_incomplete": "chain_not_complete", "hidden_character": "client_id_has_spaces"}
CLIENT_EXPIRES_SOON = timedelta(days=30)
PARTNERS_HOSTS = {"api.groupe-psa.com": "api-cert.groupe-psa.com"}  # people confuse the two APIs


def without_repetition(verdict: Verdict, remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """Return the `remarks` that the verdict does not contain itself."""
    repeated = {verdict.code, REMARK_OF_VERDICT.get(verdict.code)}
    return tuple(remark for remark in remarks if remark.code not in repeated)


def remarks_before(endpoint: Endpoint, credentials: Credentials, now: datetime) -> Iterator[Remark]:
    """Yield the remarks on the endpoint and the credentials. `now` is in UTC."""
    if endpoint.host in PARTNERS_HOSTS:
        yield Remark("end_users_address", {"host": endpoint.host, "partners": PARTNERS_HOSTS[endpoint.host]})
    if "".join(credentials.client_id.split()) != credentials.client_id:
        yield Remark("client_id_has_spaces")
    if credentials.password and credentials.password == credentials.passphrase:
        yield Remark("passphrase_as_password")
    yield from pasted_remarks(credentials)
    if not credentials.password.isascii():
        yield Remark("password_not_latin")
    if credentials.password != credentials.password.strip():
        yield Remark("password_has_spaces")
    if credentials.identity and credentials.identity.certificates:
        yield from _identity_remarks(credentials.identity, credentials, now)


def _identity_remarks(identity: ClientIdentity, credentials: Credentials, now: datetime) -> Iterator[Remark]:
    leaf = identity.certificates[0]
    names = [str(attribute.value) for attribute in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names and credentials.login and credentials.login not in names:
        yield Remark("login_not_in_certificate", {"found": names[0], "login": credentials.login})
    if timedelta() < leaf.not_valid_after_utc - now < CLIENT_EXPIRES_SOON:
        yield Remark("certificate_expires_soon", {"date": f"{leaf.not_valid_after_utc:%Y-%m-%d}"})


def remarks_after(
    endpoint: Endpoint, credentials: Credentials, connection: Connection, page: FleetPage | None
) -> Iterator[Remark]:
    """Yield the remarks on an attempt."""
    if endpoint.proxy and connection.handshake.received:
        yield Remark("through_proxy", {"proxy": endpoint.proxy_name})
    if page is None:
        missing = missing_issuer(credentials)
        if missing:  # after a success there is nothing to remark: the gateway verified the chain
            yield Remark("chain_not_complete", {"issuer": missing})
        return
    unrelated = unrelated_certificates(credentials)
    if unrelated:
        yield Remark("chain_has_unrelated", {"issuer": display_name(unrelated[0].subject)})
    if page.total > len(page.fleets):
        yield Remark("total_differs", {"shown": len(page.fleets), "total": page.total})
