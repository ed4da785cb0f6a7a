"""`manage.py check_csr FILE`: check a certificate request against the operator's rules."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from onboarding.pki.preflight.checks import preflight


class Command(BaseCommand):
    """The preflight on the command line. Exit code 0: the request can be sent; 1: the operator would refuse it."""

    help = "Checks a certificate request against the operator's rules. Contacts no server and stores nothing."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file and the options."""
        parser.add_argument("file", type=Path, help="the file with the request; - reads standard input")
        parser.add_argument("--login", help="the MZP login that the request must have as its common name")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings. Exit with 1 if one of them is an error."""
        file: Path = options["file"]
        try:
            data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as exc:
            raise CommandError(f"{file} can't be read: {exc.strerror}.") from exc
        checked = preflight(data, options["login"])
        if options["json"]:
            findings = [finding.to_dict() for finding in checked.findings]
            self.stdout.write(
                json.dumps({"passes": checked.passes, "findings": findings}, indent=2, ensure_ascii=False)
            )
        else:
            for finding in checked.findings:
                self.stdout.write(f"{finding.severity.value}: {finding.text} {finding.remedy} [{finding.code}]")
            self.stdout.write(
                "You can send this request." if checked.passes else "Stellantis would refuse this request."
            )
        if not checked.passes:
            sys.exit(1)
