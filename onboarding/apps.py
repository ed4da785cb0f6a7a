"""The app's configuration, and a system check of the keyring."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # the name in Django
from django.db.models.signals import post_migrate
from django.utils.translation import gettext, gettext_lazy, ngettext

from onboarding.messages.text import translator
from onboarding.pki.custody import Keyring
from onboarding.pki.errors import PkiError


class OnboardingConfig(AppConfig):
    """The project's one app."""

    name = "onboarding"
    verbose_name = gettext_lazy("Onboarding")

    def ready(self) -> None:
        """Update the permissions of the desk's groups after each migration, and let Django translate messages."""
        # Models can't be imported earlier.
        from onboarding.models.sessions import note_sign_in  # noqa: PLC0415
        from onboarding.review.roles import make_roles  # noqa: PLC0415
        from onboarding.views.account_signals import connect  # noqa: PLC0415

        post_migrate.connect(make_roles, sender=self)
        user_logged_in.connect(note_sign_in)
        connect()
        translator.gettext, translator.ngettext = gettext, ngettext


class DeskAdminConfig(AdminConfig):
    """Django's admin, with the review desk as its site."""

    default_site = "onboarding.review.site.DeskSite"


@register(Tags.security)
def check_keyring(**_kwargs: Any) -> list[CheckMessage]:
    """Check that the keyring can be read, before the first key is sealed with it."""
    try:
        Keyring.read(settings.KEYRING_FILE)
    except PkiError as error:
        return [
            Error(
                f"KEYRING_FILE ({settings.KEYRING_FILE}): {error.finding.text}",
                hint="`make run` creates one; the README says how to create one for production.",
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
