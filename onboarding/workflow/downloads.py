"""The files that a partner downloads, the cURL command, and the calendar entry of the expiry."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from icalendar import Alarm, Calendar, Event

from onboarding.environments import addresses_of
from onboarding.fleets.connecting.request import ACCEPT
from onboarding.fleets.reproduction import ReproductionFiles, curl_command
from onboarding.models import Action, CertificateRequest, IssuedCertificate, Onboarding, User
from onboarding.notifications.partner_emails import owner_notice, queue_email
from onboarding.pki.bundles import (
    CA_FILE,
    FULLCHAIN_FILE,
    KEY_FILE,
    LEGACY_PKCS12_FILE,
    PKCS12_FILE,
    ConnectionSettings,
    KeyAndCertificates,
    download_bundle,
    pkcs12,
)
from onboarding.pki.key_files import encrypted_pem
from onboarding.workflow.connection_tests import last_test
from onboarding.workflow.requests import open_private_key
from onboarding.workflow.thread_pool import run_in_pool
from onboarding.workflow.transitions import locked

EXPIRY_ALARM = timedelta(days=42)  # before the expiry: some signatures took weeks


def expiry_calendar(issued: IssuedCertificate, hub_url: str) -> bytes:
    """Return an iCalendar file (RFC 5545): an all-day entry on the certificate's last day, and an earlier alarm."""
    onboarding = issued.request.onboarding
    values = {"login": onboarding.mzp_login, "url": hub_url}
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Renew the fleet API certificate of %(login)s") % values)
    alarm.add("trigger", -EXPIRY_ALARM)
    event = _all_day(issued.fingerprint, issued.received_at, issued.not_after, hub_url)
    event.add("summary", _("The fleet API certificate of %(login)s expires") % values)
    event.add(
        "description",
        _("Ask your contact at Stellantis for a new certificate well before this day. Your onboarding: %(url)s")
        % values,
    )
    event.add_component(alarm)
    return _calendar(event)


def follow_up_calendar(request: CertificateRequest, hub_url: str, day: datetime) -> bytes:
    """Return an iCalendar file (RFC 5545): an all-day entry on `day`, to ask the operator about a sent request."""
    values = {"login": request.onboarding.mzp_login, "url": hub_url}
    event = _all_day(request.fingerprint, request.sent_at or request.created_at, day, hub_url)
    event.add("summary", _("Ask Stellantis about the certificate of %(login)s") % values)
    event.add("description", _("Your onboarding has a prepared email: %(url)s") % values)
    return _calendar(event)


def _all_day(fingerprint: str, stamp: datetime, day: datetime, hub_url: str) -> Event:
    event = Event()
    event.add("uid", f"{fingerprint}@fleet-api-onboarding")
    event.add("dtstamp", stamp)
    event.add("dtstart", day.date())
    event.add("url", hub_url)
    return event


def _calendar(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Fleet API onboarding//EN")  # not shown: identifies this program (RFC 5545, 3.7.3)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


EVERYTHING = "everything.zip"


def connection_settings(onboarding: Onboarding) -> ConnectionSettings:
    """Return the settings for the partner's own programs, with the client ID of the last test that succeeded."""
    test = last_test(onboarding, succeeded=True)
    return ConnectionSettings(
        base_url=addresses_of(onboarding.environment).base_url,
        client_id=test.client_id if test else "",
        login=onboarding.mzp_login,
        accept=ACCEPT,
    )


def curl_command_for(onboarding: Onboarding) -> str:
    """Return the request as a cURL command that uses the downloaded files. It asks for passphrase and password."""
    connection = connection_settings(onboarding)
    return curl_command(
        base_url=connection.base_url,
        client_id=connection.client_id,
        login=connection.login,
        files=ReproductionFiles(FULLCHAIN_FILE, KEY_FILE, CA_FILE),
    )


FilePacker = Callable[[KeyAndCertificates, ConnectionSettings, str], bytes]


@sensitive_variables()
def _pack_key(material: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    if material.key is None:
        raise ValueError("the key is not stored here")
    return encrypted_pem(material.key, passphrase)


@sensitive_variables()
def _pack_pkcs12(material: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    return pkcs12(material, passphrase, name=connection.login)


@sensitive_variables()
def _pack_legacy_pkcs12(material: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    return pkcs12(material, passphrase, name=connection.login, old=True)


@sensitive_variables()
def _pack_everything(material: KeyAndCertificates, connection: ConnectionSettings, passphrase: str) -> bytes:
    return download_bundle(material, connection, passphrase, timezone.now())


PRIVATE_FILES: dict[str, FilePacker] = {
    KEY_FILE: _pack_key,
    PKCS12_FILE: _pack_pkcs12,
    LEGACY_PKCS12_FILE: _pack_legacy_pkcs12,
    EVERYTHING: _pack_everything,
}


PKCS12_FILES = (PKCS12_FILE, LEGACY_PKCS12_FILE)


def key_and_certificates(issued: IssuedCertificate, key: RSAPrivateKey | None = None) -> KeyAndCertificates:
    """Return the certificates of `issued`, and `key`, as the downloads need them."""
    trusted = issued.trusted_anchors
    # An issuer that is not trusted for the gateway can still be a part of the chain that the client presents.
    chain = [*issued.chain, *(ca for ca in issued.anchors if ca not in trusted)]
    return KeyAndCertificates(issued.certificate, tuple(chain), tuple(trusted), key)


@sensitive_variables("passphrase", "file_passphrase", "key", "material", "content")
def export_private_file(
    issued: IssuedCertificate,
    actor: User,
    name: str,
    connection: ConnectionSettings,
    passphrase: str,
    file_passphrase: str = "",
) -> bytes:
    """Return the content of the file `name`, a key of PRIVATE_FILES.

    `passphrase` opens the key. It also encrypts the file, unless there is a `file_passphrase`.

    If the partner made the request elsewhere, only EVERYTHING is available, without the key. Raise PkiError if the
    passphrase does not open the key.
    """
    key = None if issued.request.externally_generated else open_private_key(issued.request, actor, passphrase)
    content = run_in_pool(
        PRIVATE_FILES[name], key_and_certificates(issued, key), connection, file_passphrase or passphrase
    )
    with locked(issued.request.onboarding, actor) as change:
        change.record(Action.EXPORT_KEY if key else Action.EXPORT, name)
        if key:
            queue_email(change, owner_notice(Action.EXPORT_KEY, change.onboarding))
    return content
