"""What a partner downloads: files with the key in them, the cURL command, the calendar entry."""

from collections.abc import Callable
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from icalendar import Alarm, Calendar, Event

from onboarding.environments import counterpart
from onboarding.fleets.connecting.request import ACCEPT
from onboarding.fleets.report import curl_command
from onboarding.models import Action, ConnectionTest, IssuedCertificate, Onboarding, User
from onboarding.pki.bundles import ConnectionSettings, KeyAndCertificates, download_bundle, pkcs12
from onboarding.pki.key_files import encrypted_pem
from onboarding.workflow.requests import open_private_key
from onboarding.workflow.thread_pool import run_in_pool
from onboarding.workflow.transitions import locked

REMINDER = timedelta(days=42)  # signing has been seen to take weeks


def expiry_calendar(answer: IssuedCertificate, hub_url: str) -> bytes:
    """An iCalendar file (RFC 5545) with one all-day entry on the certificate's last day, and an alarm before it."""
    onboarding = answer.request.onboarding
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Renew the fleet API certificate of {onboarding.mzp_login}")
    alarm.add("trigger", -REMINDER)
    event = Event()
    event.add("uid", f"{answer.fingerprint}@fleet-api-onboarding")
    event.add("dtstamp", answer.received_at)
    event.add("dtstart", answer.not_after.date())
    event.add("summary", f"Fleet API certificate of {onboarding.mzp_login} expires")
    event.add(
        "description",
        f"Ask your contact at Stellantis for a new one well before this day. Everything about it: {hub_url}",
    )
    event.add("url", hub_url)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Fleet API onboarding//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


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


def last_test(onboarding: Onboarding, *, succeeded: bool = False, fault: str = "") -> ConnectionTest | None:
    """The newest finished test of the current request; with `succeeded`, the newest that did.

    With a `fault`, the newest that met it; without, of those that met the real gateway.
    """
    tests = onboarding.tests.filter(finished_at__isnull=False, certificate__request__replaced_at=None, fault=fault)
    if succeeded:
        tests = tests.filter(result__succeeded=True)
    return tests.first()


def connection_of(onboarding: Onboarding) -> ConnectionSettings:
    """Where the partner's own programs connect to, with the client ID that the last good test used."""
    good = last_test(onboarding, succeeded=True)
    return ConnectionSettings(
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


KEY, PKCS12, PKCS12_OLD, EVERYTHING = "key.pem", "client.p12", "client-old.p12", "everything.zip"
FilePacker = Callable[[KeyAndCertificates, ConnectionSettings, str], bytes]


@sensitive_variables()
def _key_alone(held: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    if held.key is None:
        raise ValueError("there is no key here")
    return encrypted_pem(held.key, passphrase)


@sensitive_variables()
def _pkcs12(held: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    return pkcs12(held, passphrase, name=connection.login)


@sensitive_variables()
def _pkcs12_old(held: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    return pkcs12(held, passphrase, name=connection.login, old=True)


@sensitive_variables()
def _everything(held: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    return download_bundle(held, connection, passphrase, timezone.now())


PRIVATE_FILES: dict[str, FilePacker] = {
    KEY: _key_alone,
    PKCS12: _pkcs12,
    PKCS12_OLD: _pkcs12_old,
    EVERYTHING: _everything,
}


def key_and_certificates(answer: IssuedCertificate, key: RSAPrivateKey | None = None) -> KeyAndCertificates:
    """What an onboarding ends with."""
    return KeyAndCertificates(answer.certificate, tuple(answer.chain), tuple(answer.anchors), key)


@sensitive_variables("passphrase", "key", "packed")
def export(answer: IssuedCertificate, actor: User, name: str, connection: ConnectionSettings, passphrase: str) -> bytes:
    """The file `name`, one of PACKINGS, under `passphrase` (PkiError: it does not open the key).

    Where the partner made the request elsewhere, the key is not here: only TAKEAWAY can be had, without it.
    """
    key = None if answer.request.externally_generated else open_private_key(answer.request, passphrase)
    packed = run_in_pool(PRIVATE_FILES[name], key_and_certificates(answer, key), connection, passphrase)
    with locked(answer.request.onboarding, actor) as change:
        change.record(Action.EXPORT_KEY if key else Action.EXPORT, name)
    return packed
