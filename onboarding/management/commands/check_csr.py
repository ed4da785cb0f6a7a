"""`manage.py check_csr FILE`: hold a certificate request against the operator's rules."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onboarding.pki.preflight.checks import preflight


class Command(BaseCommand):
    """The preflight on the command line: exit code 0 where the request can be sent, 1 where it would be refused."""

    help = "Checks a certificate request against the operator's rules; contacts nobody and stores nothing."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what it is held against."""
        parser.add_argument("file", type=Path, help="the request; - reads standard input")
        parser.add_argument("--login", help="the MZP login that the common name must be")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found; exit with 1 if anything stops."""
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
                self.stdout.write(f"{finding.severity}: {finding.text} {finding.remedy} [{finding.code}]")
            self.stdout.write("This request can be sent." if checked.passes else "This request would be refused.")
        if not checked.passes:
            sys.exit(1)
