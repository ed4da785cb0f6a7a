"""`manage.py test_connection`: the connection test from the command line, with this site's address and proxy."""

import getpass
import os
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from onboarding.fleets.command import EXIT_TEXT, add_arguments, run


class Command(BaseCommand):
    """Sends the request for the fleets once and prints the diagnosis; writes nothing to the database."""

    help = f"Send the request for the fleets once and print the diagnosis. {EXIT_TEXT}"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments of `python -m onboarding.fleets`, with this site's defaults."""
        add_arguments(parser)
        parser.set_defaults(base_url=settings.FLEETS_API_URL, proxy=settings.FLEETS_PROXY or None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the test; the exit code says who must act next."""
        exit_code = run(
            Namespace(**options), environment=os.environ, ask=getpass.getpass, out=sys.stdout, err=sys.stderr
        )
        if exit_code:
            sys.exit(exit_code)
