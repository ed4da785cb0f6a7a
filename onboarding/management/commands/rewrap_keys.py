"""`manage.py rewrap_keys`: move every sealed key under the keyring's first key, after a new one was put there."""

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
    """Renews the outer lock, key by key; the passphrases are not needed and stay as they are."""

    help = "Moves every sealed key under the first key of the keyring. Can be interrupted and run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrap what is under another key than the first, and say how many are left that can't be."""
        keyring = Keyring.read(settings.KEYRING_FILE)
        moved = failed = 0
        for pk in SealedPrivateKey.objects.exclude(server_key_id=keyring.first_id).values_list("pk", flat=True):
            with transaction.atomic():
                row = SealedPrivateKey.objects.select_for_update().get(pk=pk)
                try:
                    fresh = rewrap(sealed_key(row), keyring, str(row.request.onboarding_id))
                except PkiError as error:
                    failed += 1
                    self.stderr.write(f"Request {pk}: {error.finding.text}")
                    continue
                SealedPrivateKey.objects.filter(pk=pk).update(**asdict(fresh))
                moved += 1
        self.stdout.write(f"{moved} moved under {keyring.first_id}, {failed} could not be.")
        if not failed:
            self.stdout.write("No key needs the keyring's other lines any more.")
