"""The other sides that an onboarding can be with: where each is reached, and where it signs, if it does so at once."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import models


class Environment(models.TextChoices):
    """Which side an onboarding is with; the value is what the database and the forms hold."""

    REHEARSAL = "rehearsal", "Rehearsal"
    PRODUCTION = "production", "Production"


@dataclass(frozen=True)
class Counterpart:
    """One environment's addresses: `base_url` of the API; `signing_url` and its trust anchors file, or "" and None.

    `faults_url`, under the same trust anchors, has faults to try; "" where there are none.
    """

    base_url: str
    signing_url: str = ""
    signing_ca: Path | None = None
    faults_url: str = ""

    @property
    def signs_at_once(self) -> bool:
        """Whether a request can be signed by asking an address, instead of by mail to a person."""
        return bool(self.signing_url)

    @property
    def has_faults(self) -> bool:
        """Whether gateways with a fault can be tried here."""
        return bool(self.faults_url and self.signing_ca)


def counterpart(environment: str) -> Counterpart:
    """The addresses of `environment`, from the settings."""
    if environment == Environment.REHEARSAL:
        return Counterpart(
            settings.REHEARSAL_API_URL,
            settings.REHEARSAL_SIGNING_URL,
            settings.REHEARSAL_CA_FILE,
            settings.REHEARSAL_FAULTS_URL,
        )
    return Counterpart(settings.FLEETS_API_URL)


def offered() -> list[tuple[str, str]]:
    """The environments that are configured here, as choices for a form: the first is the default."""
    return [(value, label) for value, label in Environment.choices if counterpart(value).base_url]
