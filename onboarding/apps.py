"""The app's configuration, and system checks of its files and settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # the name in Django
from django.core.signals import request_finished
from django.db.models.signals import post_migrate
from django.utils.translation import gettext, gettext_lazy, ngettext

from onboarding import error_reports
from onboarding.catalogs import stale_catalogs
from onboarding.languages import forget_reader
from onboarding.messages.text import translator
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring


class OnboardingConfig(AppConfig):
    """The project's one app."""

    name = "onboarding"
    verbose_name = gettext_lazy("Onboarding")

    def ready(self) -> None:
        """Connect signals and error reports, and let Django translate messages."""
        # Models can't be imported earlier.
        from onboarding.models.sessions import note_sign_in  # noqa: PLC0415
        from onboarding.review.roles import make_roles  # noqa: PLC0415
        from onboarding.views.account_signals import connect  # noqa: PLC0415
        from onboarding.workflow import account_audit  # noqa: PLC0415

        error_reports.connect(settings.SENTRY_DSN)
        post_migrate.connect(make_roles, sender=self)
        user_logged_in.connect(note_sign_in)
        request_finished.connect(forget_reader)
        connect()
        account_audit.connect()
        translator.gettext, translator.ngettext = gettext, ngettext


class DeskAdminConfig(AdminConfig):
    """Django's admin, with the review desk as its site."""

    default_site = "onboarding.review.site.DeskSite"


@register(Tags.security)
def check_key_files(**_kwargs: Any) -> list[CheckMessage]:
    """Check that the keyring and the audit key can be read, before they are needed."""
    return [message for name in ("KEYRING_FILE", "AUDIT_KEY_FILE") for message in _check_key_file(name)]


@register(Tags.translation)
def check_catalogs(**_kwargs: Any) -> list[CheckMessage]:
    """Check that the translations are compiled: a text without one is shown in English."""
    stale = [path.parent.parent.name for path in stale_catalogs()]
    text = f"These translations are not compiled: {', '.join(stale)}."  # not translated: for administrators
    return [Warning(text, hint="manage.py compilemessages", id="onboarding.W002")] if stale else []


@register(Tags.compatibility)
def check_site_pages(**_kwargs: Any) -> list[CheckMessage]:
    """Check that a site with an address of its own says who runs it."""
    names = ("SITE_OPERATOR", "SITE_ADDRESS", "SITE_CONTACT")
    missing = [name for name in names if not getattr(settings, name)]
    if not missing or not settings.SITE_IS_HTTPS:
        return []
    # not translated: for administrators
    text = f"There are no pages about privacy, accessibility and the legal notice: set {', '.join(missing)}."
    return [Warning(text, hint="The README says to what.", id="onboarding.W003")]


def _check_key_file(name: str) -> Iterator[CheckMessage]:
    path: Path | None = getattr(settings, name)
    if path is None:  # the keyring is in a key-management service
        return
    try:
        Keyring.read(path)
    except PkiError as error:
        hint = "`make run` creates one; the README says how to create your own."  # not translated: for administrators
        yield Error(f"{name} ({path}): {error.finding.text}", hint=hint, id="onboarding.E001")
    else:
        if path.stat().st_mode & 0o077:
            yield Warning(
                f"{name} ({path}) can be read by others on this machine.", hint="chmod 600", id="onboarding.W001"
            )
