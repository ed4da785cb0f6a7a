"""`manage.py rehearsal`: run the stand-in for the operator until it is told to stop."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.server import Rehearsal


class Command(BaseCommand):
    """The rehearsal's authority, signing desk and gateway, in one process."""

    help = "Runs the rehearsal: an authority that signs, and a gateway that answers over mutual TLS."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where it keeps its keys, and where it listens."""
        parser.add_argument("--folder", type=Path, default=settings.VAR_DIR / "rehearsal")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--gateway-port", type=int, default=8443)
        parser.add_argument("--signing-port", type=int, default=8444)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until INT or TERM."""
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        authority = Authority.load_or_create(options["folder"])
        try:
            rehearsal = Rehearsal(authority, options["host"], options["gateway_port"], options["signing_port"])
        except OSError as exc:
            raise CommandError(f"The rehearsal can't listen on {options['host']}: {exc.strerror}.") from exc
        with rehearsal:
            self.stdout.write(f"Rehearsal gateway: {rehearsal.base_url}")
            self.stdout.write(f"Rehearsal signing: {rehearsal.signing_url}")
            self.stdout.flush()
            stop.wait()
