"""`manage.py restore`: read the two files of `manage.py backup` into a new database, and verify them."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding.management.commands.verify_audit import verify_audit
from onboarding.pki.errors import PkiError
from onboarding.workflow.backups import BackupError, problems, restore, unapplied_migrations


class Command(BaseCommand):
    """Restores a backup where there is neither a database nor another keyring. Nothing is overwritten."""

    help = "Reads the two files of `backup` into an empty database, and verifies keys and audit record."
    requires_system_checks = ()  # the key files do not exist yet

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the files."""
        parser.add_argument("--database", type=Path, help="the file with the database")
        parser.add_argument("--keys", type=Path, help="the file with the keys")
        parser.add_argument("--verify", action="store_true", help="only verify what was restored, after `migrate`")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and verify. Raise CommandError, so that the exit status is 1, if something is refused or wrong."""
        os.umask(0o077)
        try:
            if not options["verify"]:
                if not (options["database"] and options["keys"]):
                    raise CommandError("Name both files: --database FILE --keys FILE.")
                restore(options["database"], options["keys"])
            if unapplied_migrations():
                self.stdout.write("Restored from an earlier version. Run `migrate`, then `restore --verify`.")
                return
            found = [*problems(), *verify_audit()]
        except BackupError as error:
            raise CommandError(str(error)) from error
        except PkiError as error:
            raise CommandError(f"{error.code}: {error.finding.text}") from error
        for problem in found:
            self.stdout.write(problem)
        if found:
            raise CommandError(f"The restored site has {len(found)} problems.")
        self.stdout.write("Restored. Every server key opens its canary, and the audit record is intact.")
