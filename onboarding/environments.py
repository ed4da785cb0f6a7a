"""The environments of an onboarding, production and practice, and the addresses of each.

The partner chooses the environment in the login step (`forms.details.LoginForm`), and it is stored with the onboarding.
A connection test goes to the `base_url` of this environment (`workflow.connection_tests`). Only a test with a practice
fault goes elsewhere: to the gateway that was opened for it.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Environment(models.TextChoices):
    """The environment of an onboarding. The value is stored in the database and sent by forms."""

    REHEARSAL = "rehearsal", _("Practice")
    PRODUCTION = "production", _("Real")


@dataclass(frozen=True)
class EnvironmentAddresses:
    """The addresses of an environment.

    `base_url` is the API's, or "" if the environment is not configured. `gateway_ca` is a PEM file with the CA
    certificates that the people who run this site trust for its gateway; None if the partner has to confirm them.
    `signing_url` is the practice authority's, and `faults_url` lists its practice faults; both are "" if there are
    none. `signing_ca` is a PEM file with the trust anchors of both.
    """

    base_url: str
    gateway_ca: Path | None = None
    signing_url: str = ""
    signing_ca: Path | None = None
    faults_url: str = ""

    @property
    def gateway_cas(self) -> tuple[x509.Certificate, ...]:
        """The certificates in `gateway_ca`; empty if there is no such file."""
        try:
            return tuple(x509.load_pem_x509_certificates(self.gateway_ca.read_bytes())) if self.gateway_ca else ()
        except FileNotFoundError:  # the rehearsal creates its file when it starts
            return ()

    @property
    def signs_at_once(self) -> bool:
        """Whether a practice authority signs requests, instead of a person who gets them by email."""
        return bool(self.signing_url)

    @property
    def has_faults(self) -> bool:
        """Whether practice gateways with a fault can be tried."""
        return bool(self.faults_url and self.signing_ca)


def addresses_of(environment: str) -> EnvironmentAddresses:
    """Return the addresses of `environment`, from the settings."""
    if environment == Environment.REHEARSAL:
        return EnvironmentAddresses(
            settings.REHEARSAL_API_URL,
            settings.REHEARSAL_CA_FILE,
            settings.REHEARSAL_SIGNING_URL,
            settings.REHEARSAL_CA_FILE,
            settings.REHEARSAL_FAULTS_URL,
        )
    return EnvironmentAddresses(settings.FLEETS_API_URL, settings.FLEETS_CA_FILE)


def practice_password(environment: str, login: str) -> str:
    """Return the password of `login` in the rehearsal, which is no secret; "" elsewhere."""
    return f"rehearsal-{login.lower()}" if environment == Environment.REHEARSAL else ""


def offered_environments() -> list[tuple[str, str]]:
    """Return the configured environments as choices for a form. The first is the default."""
    return [(value, str(label)) for value, label in Environment.choices if addresses_of(value).base_url]
