"""A partner with valid credentials, the authority that signed the certificate, and gateways with a fault."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Credentials, Diagnosis, Endpoint, Limits, diagnose
from onboarding.pki.csr import make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.subject import Subject
from onboarding.rehearsal.authority import Authority, password_of
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.gateway import FaultyGateway
from onboarding.rehearsal.faults.registry import fault_called

LOGIN = "MZP128745"
SUBJECT = Subject("FR", "Île-de-France", "Saint-Ouen", "Société Générale de Flottes", "it@flottes.example", LOGIN)
QUICK = Limits(total=0.8, body=64 * 1024)
GRACE_MS = 2_500  # tolerance for a busy machine, in addition to the client's limit


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority.load_or_create(tmp_path_factory.mktemp("authority") / "rehearsal")


@pytest.fixture(scope="session")
def identities(authority) -> FaultyIdentities:
    return FaultyIdentities(authority)


@pytest.fixture(scope="session")
def partner_key():
    return generate_key(2048)


@pytest.fixture(scope="session")
def credentials(authority, partner_key) -> Credentials:
    issued = authority.sign(make_csr(partner_key, SUBJECT).public_bytes(Encoding.PEM))
    return Credentials(
        identity=ClientIdentity((issued.certificate, authority.issuing.certificate), partner_key),
        anchors=(authority.root.certificate,),
        login=LOGIN,
        password=password_of(LOGIN),
        client_id=issued.client_id,
    )


@pytest.fixture
def without_intermediate(credentials) -> Credentials:
    """Credentials of the same partner, without the intermediate certificate."""
    identity = credentials.identity
    return replace(credentials, identity=ClientIdentity(identity.certificates[:1], identity.key))


Gateways = Callable[..., AbstractContextManager[FaultyGateway]]


@pytest.fixture
def gateway(identities) -> Gateways:
    """Return a function that starts a gateway with the named fault."""
    return lambda name, **options: FaultyGateway(fault_called(name), identities, **options)


@pytest.fixture
def diagnose_fault(gateway, credentials) -> Callable[..., Diagnosis]:
    """Return a function that diagnoses a gateway with the named fault."""

    def run(name: str, *, tls: str = "", who: Credentials = credentials, **options: object) -> Diagnosis:
        options.setdefault("limits", QUICK)
        with gateway(name, tls=tls) as served:
            return diagnose(Endpoint(served.base_url), who, **options)

    return run
