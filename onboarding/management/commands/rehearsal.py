"""`manage.py rehearsal`: run the rehearsal, which imitates the operator, until it receives INT or TERM."""

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
from onboarding.rehearsal.faults.registry import GROUPS, fault_called
from onboarding.rehearsal.server import Rehearsal, SigningServer


class Command(BaseCommand):
    """Runs the rehearsal's authority, signing server and gateway in one process."""

    help = "Runs the rehearsal: a server that signs requests, and a gateway that responds over mutual TLS."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options: where the keys are stored, where the servers listen, and the gateway's fault."""
        parser.add_argument("--folder", type=Path, default=settings.VAR_DIR / "rehearsal", help="keys and certificates")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--gateway-port", type=int, default=8443)
        parser.add_argument("--signing-port", type=int, default=8444)
        parser.add_argument("--fault", default="", metavar="NAME", help="give the gateway this fault")
        parser.add_argument(
            "--tls", default="", choices=["1.2", "1.3"], help="with --fault: allow only this version of TLS"
        )
        parser.add_argument("--list-faults", action="store_true", help="print all faults and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until INT or TERM arrives (CommandError: unknown fault, or an address that can't be listened on)."""
        if options["list_faults"]:
            self._list_faults()
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

    def _list_faults(self) -> None:
        for title, faults in GROUPS.items():
            self.stdout.write(f"\n{title}")
            for offered in faults:
                self.stdout.write(f"  {offered.name:<32}{offered.description}")


@contextmanager
def _serving(authority: Authority, options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Serve the gateway and the signing server inside the `with` block; yield the URL of each."""
    host, port, signing_port = options["host"], options["gateway_port"], options["signing_port"]
    if not options["fault"]:
        with Rehearsal(authority, host, port, signing_port) as rehearsal:
            yield rehearsal.base_url, rehearsal.signing_url
        return
    chosen, identities = fault_called(options["fault"]), FaultyIdentities(authority)
    with (
        SigningServer(authority, host, signing_port) as server,
        FaultyGateway(chosen, identities, host=host, port=port, tls=options["tls"]) as gateway,
    ):
        yield gateway.base_url, server.signing_url
