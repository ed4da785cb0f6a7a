"""What leaves with a key in it: opened with the passphrase, packed under the same one, recorded before it leaves."""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from onboarding.journey.requests import opened
from onboarding.journey.transitions import turn
from onboarding.models import IssuedCertificate, User
from onboarding.pki.bundles import Holdings, pkcs12
from onboarding.pki.pkcs8 import encrypted_pem
from onboarding.pki.takeaway import Connection, takeaway
from onboarding.workbench import at_the_bench

KEY, PKCS12, PKCS12_OLD, TAKEAWAY = "key.pem", "client.p12", "client-old.p12", "everything.zip"
Packing = Callable[[Holdings, Connection, str], bytes]


@sensitive_variables()
def _key_alone(held: Holdings, connection: Connection, passphrase: str) -> bytes:
    if held.key is None:
        raise ValueError("there is no key here")
    return encrypted_pem(held.key, passphrase)


@sensitive_variables()
def _pkcs12(held: Holdings, connection: Connection, passphrase: str) -> bytes:
    return pkcs12(held, passphrase, name=connection.login)


@sensitive_variables()
def _pkcs12_old(held: Holdings, connection: Connection, passphrase: str) -> bytes:
    return pkcs12(held, passphrase, name=connection.login, old=True)


@sensitive_variables()
def _takeaway(held: Holdings, connection: Connection, passphrase: str) -> bytes:
    return takeaway(held, connection, passphrase, timezone.now())


PACKINGS: dict[str, Packing] = {
    KEY: _key_alone,
    PKCS12: _pkcs12,
    PKCS12_OLD: _pkcs12_old,
    TAKEAWAY: _takeaway,
}


def holdings(answer: IssuedCertificate, key: RSAPrivateKey | None = None) -> Holdings:
    """What an onboarding ends with."""
    return Holdings(answer.certificate, tuple(answer.chain), tuple(answer.anchors), key)


@sensitive_variables("passphrase", "key", "packed")
def export(answer: IssuedCertificate, actor: User, name: str, connection: Connection, passphrase: str) -> bytes:
    """The file `name`, one of PACKINGS, under `passphrase` (PkiError: it does not open the key).

    Where the partner brought the request, the key is not here: only TAKEAWAY can be had, without it.
    """
    key = None if answer.request.brought else opened(answer.request, passphrase)
    packed = at_the_bench(PACKINGS[name], holdings(answer, key), connection, passphrase)
    with turn(answer.request.onboarding, actor) as now:
        now.record("export_key" if key else "export", name)
    return packed
