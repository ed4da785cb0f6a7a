"""Compile the catalogs of translations."""

from typing import Any

from django.core.management.base import BaseCommand

from onboarding.catalogs import compile_catalog, stale_catalogs


class Command(BaseCommand):
    """Compiles each catalog that has changed. Django's command of this name needs GNU gettext; this one does not."""

    help = "Compiles the translations that have changed."
    requires_system_checks: list[str] = []  # one of them warns about what this command puts right

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile the catalogs."""
        for path in stale_catalogs():
            compile_catalog(path)
            self.stdout.write(f"{path.parent.parent.name}: compiled")
