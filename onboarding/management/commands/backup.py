"""`manage.py backup`: write the database and its keys to two files, while the site runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding.pki.errors import PkiError
from onboarding.workflow.backups import BackupError, back_up


class Command(BaseCommand):
    """Backs up what can't be made again. SECRET_KEY and the other settings are not part of it."""

    help = "Writes the database and its keys to two new files. Store them apart: neither alone opens a private key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the files."""
        parser.add_argument("--database", type=Path, required=True, help="the new file for the database")
        parser.add_argument("--keys", type=Path, required=True, help="the new file for the keyring and the audit key")

    def handle(self, *args: Any, **options: Any) -> None:
        """Back up. Raise CommandError, so that the exit status is 1, if a file exists or can't be written."""
        try:
            back_up(options["database"], options["keys"])
        except PkiError as error:
            raise CommandError(f"{error.code}: {error.finding.text}") from error
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote {options['database']} and {options['keys']}. Store them apart, and encrypted.")
