"""The app, and what is checked before it serves."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's name for it
from django.db.models.signals import post_migrate
from django.utils.translation import gettext, ngettext

from onboarding.messages.text import translator
from onboarding.pki.custody import Keyring
from onboarding.pki.errors import PkiError


class OnboardingConfig(AppConfig):
    """The project's one app."""

    name = "onboarding"
    verbose_name = "Onboarding"

    def ready(self) -> None:
        """Keep the groups' permissions as the desk's table says, and have messages translated by Django."""
        from onboarding.review.roles import make_roles  # noqa: PLC0415  # models are not there earlier

        post_migrate.connect(make_roles, sender=self)
        translator.gettext, translator.ngettext = gettext, ngettext


@register(Tags.security)
def keyring_opens(**_kwargs: Any) -> list[CheckMessage]:
    """The keyring must be there and readable before the first key is sealed, not after."""
    try:
        Keyring.read(settings.KEYRING_FILE)
    except PkiError as error:
        return [
            Error(
                f"KEYRING_FILE ({settings.KEYRING_FILE}): {error.finding.text}",
                hint="`make run` makes one; the README says how to make one for production.",
                id="onboarding.E001",
            )
        ]
    if settings.KEYRING_FILE.stat().st_mode & 0o077:
        return [
            Warning(
                f"KEYRING_FILE ({settings.KEYRING_FILE}) can be read by others on this machine.",
                hint="chmod 600",
                id="onboarding.W001",
            )
        ]
    return []
