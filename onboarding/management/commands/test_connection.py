"""`manage.py test_connection`: the live test from the command line, with this site's address and proxy."""

import getpass
import os
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from onboarding.fleets.command import EXIT_TEXT, add_arguments, run


class Command(BaseCommand):
    """Makes the request for the fleets once and says what came of it; writes nothing."""

    help = f"Makes the request for the fleets once and says what came of it. {EXIT_TEXT}"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The same as `python -m onboarding.fleets`, with this site's defaults."""
        add_arguments(parser)
        parser.set_defaults(base_url=settings.FLEETS_API_URL, proxy=settings.FLEETS_PROXY or None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; the exit code says whose move it is."""
        code = run(Namespace(**options), environment=os.environ, ask=getpass.getpass, out=sys.stdout, err=sys.stderr)
        if code:
            sys.exit(code)
