"""What a partner gets to see and keep at the end: the last test, the cURL line, where the programs connect to."""

from onboarding.environments import counterpart
from onboarding.fleets.curl import curl_command
from onboarding.fleets.request import ACCEPT
from onboarding.models import FleetsTest, Onboarding
from onboarding.pki.takeaway import Connection

KEY_FILE = "key.pem"
CERTIFICATE_FILE = "certificate.pem"
FULLCHAIN_FILE = "fullchain.pem"
CA_FILE = "ca.pem"


# Where a partner can do what a verdict asks for: verdict codes, the page, and the words of the link there.
_HAND_IN = "Hand in a certificate or a client ID"
_WAYS = {
    ("certificate", _HAND_IN): (
        "certificate_absent certificate_expired certificate_for_servers certificate_self_signed certificate_chain_weak "
        "ca_certificate_absent client_id_missing client_id_is_login client_id_unknown hidden_character "
        "server_ca_mismatch server_chain_incomplete server_certificate_expired client_chain_incomplete "
        "client_certificate_demanded client_certificate_revoked identity_refused"
    ),
    ("replace", "Make a new key"): "key_not_of_certificate certificate_too_weak",
}
WAYS = {code: way for way, codes in _WAYS.items() for code in codes.split()}


def last_test(onboarding: Onboarding, *, succeeded: bool = False, fault: str = "") -> FleetsTest | None:
    """The newest finished test of the current request; with `succeeded`, the newest that did.

    With a `fault`, the newest that met it; without, of those that met the real gateway.
    """
    tests = onboarding.tests.filter(finished_at__isnull=False, certificate__request__replaced_at=None, fault=fault)
    if succeeded:
        tests = tests.filter(result__succeeded=True)
    return tests.first()


def connection_of(onboarding: Onboarding) -> Connection:
    """Where the partner's own programs connect to, with the client ID that the last good test used."""
    good = last_test(onboarding, succeeded=True)
    return Connection(
        base_url=counterpart(onboarding.environment).base_url,
        client_id=good.client_id if good else "",
        login=onboarding.mzp_login,
        accept=ACCEPT,
    )


def curl_for(onboarding: Onboarding) -> str:
    """The request as one cURL line over the downloaded files; it asks for the passphrase and the password."""
    connection = connection_of(onboarding)
    return curl_command(
        base_url=connection.base_url,
        client_id=connection.client_id,
        login=connection.login,
        key_file=KEY_FILE,
        certificate_file=FULLCHAIN_FILE,
        ca_file=CA_FILE,
    )
