"""`manage.py rehearsal`: run the stand-in for the operator until it is told to stop."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from onboarding.rehearsal.authority import Authority, RehearsalError
from onboarding.rehearsal.faults.certificates import FaultyIdentities
from onboarding.rehearsal.faults.gateway import FaultyGateway
from onboarding.rehearsal.faults.registry import GROUPS, fault
from onboarding.rehearsal.server import Rehearsal, SigningDesk


class Command(BaseCommand):
    """The rehearsal's authority, signing desk and gateway, in one process."""

    help = "Runs the rehearsal: an authority that signs, and a gateway that answers over mutual TLS."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where it keeps its keys, where it listens, and what is wrong with the gateway."""
        parser.add_argument("--folder", type=Path, default=settings.VAR_DIR / "rehearsal")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--gateway-port", type=int, default=8443)
        parser.add_argument("--signing-port", type=int, default=8444)
        parser.add_argument("--fault", default="", metavar="NAME", help="give the gateway this fault")
        parser.add_argument("--tls", default="", choices=["1.2", "1.3"], help="with --fault: only this version")
        parser.add_argument("--list-faults", action="store_true", help="print the faults there are, and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until INT or TERM."""
        if options["list_faults"]:
            self._list()
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        authority = Authority.load_or_create(options["folder"])
        try:
            with _serving(authority, options) as (base_url, signing_url):
                self.stdout.write(f"Rehearsal gateway: {base_url}")
                self.stdout.write(f"Rehearsal signing: {signing_url}")
                self.stdout.flush()
                stop.wait()
        except RehearsalError as exc:
            raise CommandError(" ".join(exc.problems)) from exc
        except OSError as exc:
            raise CommandError(f"The rehearsal can't listen on {options['host']}: {exc.strerror}.") from exc

    def _list(self) -> None:
        for title, group in GROUPS.items():
            self.stdout.write(f"\n{title}")
            for one in group():
                self.stdout.write(f"  {one.name:<32}{one.words}")


@contextmanager
def _serving(authority: Authority, options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The gateway's and the signing desk's addresses, for as long as they are served."""
    host, port, signing_port = options["host"], options["gateway_port"], options["signing_port"]
    if not options["fault"]:
        with Rehearsal(authority, host, port, signing_port) as both:
            yield both.base_url, both.signing_url
        return
    wrong, identities = fault(options["fault"]), FaultyIdentities(authority)
    with (
        SigningDesk(authority, host, signing_port) as desk,
        FaultyGateway(wrong, identities, host=host, port=port, tls=options["tls"]) as gateway,
    ):
        yield gateway.base_url, desk.signing_url
