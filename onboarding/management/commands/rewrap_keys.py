"""`manage.py rewrap_keys`: encrypt every sealed key with the first key of the keyring, after it was rotated."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet

from onboarding.models import SealedPrivateKey
from onboarding.pki.custody import Keyring, rewrap
from onboarding.pki.errors import PkiError
from onboarding.workflow.requests import binding_of, sealed_key


class Command(BaseCommand):
    """Replaces the outer encryption of every sealed key. The passphrases are not needed, and do not change."""

    help = "Encrypts every sealed key with the first key of the keyring. Can be interrupted and run again."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrap the keys that another key of the keyring encrypts, and print how many succeeded and failed.

        Raise CommandError, so that the exit status is 1, if a key failed.
        """
        keyring = Keyring.read(settings.KEYRING_FILE)
        rewrapped, failed = 0, set[int]()
        # A server that has not read the new keyring yet may add keys meanwhile, so ask again until none is left.
        while remaining := list(_others(keyring).exclude(pk__in=failed).values_list("pk", flat=True)):
            for pk in remaining:
                try:
                    _rewrap_row(pk, keyring)
                    rewrapped += 1
                except PkiError as error:
                    failed.add(pk)
                    self.stderr.write(f"Request {pk}: {error.finding.text}")
        self.stdout.write(f"{rewrapped} keys rewrapped with {keyring.first_id}, {len(failed)} failed.")
        if failed:
            raise CommandError("Keep the other lines of the keyring: some keys still need them.")
        self.stdout.write("No stored key needs the other lines of the keyring.")


def _others(keyring: Keyring) -> QuerySet[SealedPrivateKey]:
    return SealedPrivateKey.objects.exclude(server_key_id=keyring.first_id)


def _rewrap_row(pk: int, keyring: Keyring) -> None:
    with transaction.atomic():
        row = SealedPrivateKey.objects.select_for_update().select_related("request").filter(pk=pk).first()
        if row is not None:
            sealed = rewrap(sealed_key(row), keyring, binding_of(row.request))
            SealedPrivateKey.objects.filter(pk=pk).update(**asdict(sealed))
