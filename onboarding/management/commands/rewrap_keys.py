"""`manage.py rewrap_keys`: the earlier name of `manage.py keyring rewrap`."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Runs `keyring rewrap`, for scripts that know the earlier name."""

    help = "The earlier name of `manage.py keyring rewrap`."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run `keyring rewrap`."""
        call_command("keyring", "rewrap", stdout=self.stdout, stderr=self.stderr)
