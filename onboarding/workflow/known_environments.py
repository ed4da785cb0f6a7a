"""What is known about each environment: from the settings, and from the tests that succeeded there."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography import x509

from onboarding.environments import Environment, addresses_of
from onboarding.fleets.classifying.responses import SUCCESS_CODES
from onboarding.models import ClientId, ConnectionTest, IssuedCertificate, Onboarding
from onboarding.pki.validation.environments import KnownEnvironment, KnownEnvironments, ca_marks, name_marks

CERTIFICATES_READ = 20  # of each environment, the newest; authorities change every few years


def known_environments(onboarding: Onboarding) -> KnownEnvironments:
    """Return what is known about every environment, for a certificate or a test of `onboarding`.

    Only certificates with which a test succeeded count, so that nobody can make an authority known by uploading its
    certificate. Client IDs are those of the same account.
    """
    environments = tuple(_known(environment, onboarding) for environment in Environment)
    return KnownEnvironments(onboarding.environment, environments)


def _known(environment: Environment, onboarding: Onboarding) -> KnownEnvironment:
    other = addresses_of(environment)
    issuers = list(_configured(environment))
    anchors = list(issuers)
    for issued in _proved(environment):
        issuers += issued.path
        anchors += issued.anchors
    clients = ClientId.objects.filter(onboarding__owner=onboarding.owner_id, onboarding__environment=environment)
    return KnownEnvironment(
        environment.value,
        issuers=frozenset([*ca_marks(issuers), *name_marks(issuers)]),
        anchors=frozenset(ca_marks(anchors)),
        hosts=frozenset(filter(None, [urlsplit(other.base_url).hostname])),
        client_ids=frozenset(clients.values_list("value", flat=True)),
    )


def _configured(environment: Environment) -> Iterator[x509.Certificate]:
    """Yield the CA certificates of the practice authority, which the settings name."""
    path = addresses_of(environment).signing_ca
    try:
        yield from x509.load_pem_x509_certificates(path.read_bytes()) if path else ()
    except (OSError, ValueError):  # there is no rehearsal on this machine
        return


def _proved(environment: Environment) -> list[IssuedCertificate]:
    """Return the certificates with which the newest tests succeeded at the gateway of `environment`."""
    tests = ConnectionTest.objects.finished().filter(verdict__in=SUCCESS_CODES, onboarding__environment=environment)
    tests = tests.order_by("-finished_at")
    pks = dict.fromkeys(tests.values_list("certificate", flat=True)[:CERTIFICATES_READ])
    return list(IssuedCertificate.objects.filter(pk__in=pks))
