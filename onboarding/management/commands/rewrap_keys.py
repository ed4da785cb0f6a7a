"""`manage.py rewrap_keys`: encrypt every sealed key with the first key of the keyring, after it was rotated."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from onboarding.models import SealedPrivateKey
from onboarding.pki.custody import Keyring, rewrap
from onboarding.pki.errors import PkiError
from onboarding.workflow.requests import sealed_key


class Command(BaseCommand):
    """Replaces the outer encryption of every sealed key. The passphrases are not needed, and do not change."""

    help = "Encrypts every sealed key with the first key of the keyring. Can be interrupted and run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrap the keys that another key of the keyring encrypts, and print how many succeeded and failed."""
        keyring = Keyring.read(settings.KEYRING_FILE)
        rewrapped = failed = 0
        for pk in SealedPrivateKey.objects.exclude(server_key_id=keyring.first_id).values_list("pk", flat=True):
            with transaction.atomic():
                row = SealedPrivateKey.objects.select_for_update().get(pk=pk)
                try:
                    sealed = rewrap(sealed_key(row), keyring, str(row.request.onboarding_id))
                except PkiError as error:
                    failed += 1
                    self.stderr.write(f"Request {pk}: {error.finding.text}")
                    continue
                SealedPrivateKey.objects.filter(pk=pk).update(**asdict(sealed))
                rewrapped += 1
        self.stdout.write(f"{rewrapped} keys rewrapped with {keyring.first_id}, {failed} failed.")
        if not failed:
            self.stdout.write("The other lines of the keyring are no longer needed.")
