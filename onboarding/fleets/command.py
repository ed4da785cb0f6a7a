"""The live test as a command, for a server without the wizard: `python -m onboarding.fleets`."""

import argparse
import getpass
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.fleets.connecting.timing import Stage
from onboarding.fleets.connecting.tls import ClientIdentity
from onboarding.fleets.diagnosis import Diagnosis, Limits, diagnose
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.report import report_json, report_text
from onboarding.messages.message import Confidence, Owner

PRODUCTION = "https://api-cert.groupe-psa.com/connectedcar/v3"
PASSWORD_VARIABLE, PASSPHRASE_VARIABLE = "FLEETS_PASSWORD", "FLEETS_KEY_PASSPHRASE"  # names, no secrets
TIMEOUT_MAX = 600  # seconds
UNUSABLE = 2  # as argparse exits on wrong arguments
EXIT_CODES = {Owner.NOBODY: 0, Owner.PARTNER: 3, Owner.OPERATOR: 4, Owner.NETWORK: 5}
NO_FLEETS, CANCELLED, UNCERTAIN = 0, 130, 6
EXIT_TEXT = (
    "Exit codes: 0 it works; 2 wrong arguments or files; 3 the next move is yours; 4 Stellantis’; 5 your network’s; "
    "6 the cause is not known; 130 stopped."
)

AskSecret = Callable[[str], str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes; secrets are not among it: those come from a prompt or the environment."""
    parser.add_argument("--cert", type=Path, required=True, help="certificate in PEM, with its intermediates if any")
    parser.add_argument("--key", type=Path, required=True, help="private key in PEM, encrypted or not")
    parser.add_argument("--ca", type=Path, help="CA certificates in PEM; without it, those of the system")
    parser.add_argument("--login", required=True, help="MZP login")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--base-url", default=PRODUCTION, help="address of the API (default: %(default)s)")
    parser.add_argument("--proxy", help="http:// address of a proxy; the environment’s are not used")
    parser.add_argument(
        "--timeout", type=_seconds, default=Limits().total, help="seconds in all (default: %(default)g)"
    )
    parser.add_argument("--try-anyway", action="store_true", help="send the request even if it is certain to fail")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print the report as JSON")
    shape.add_argument("--report", action="store_true", help="print the whole report as text")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"between 0 and {TIMEOUT_MAX} seconds")
    return seconds


def main(
    arguments: Sequence[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    ask: AskSecret = getpass.getpass,
) -> int:
    """Run the command; its exit code (see EXIT_TEXT)."""
    parser = argparse.ArgumentParser(
        prog="python -m onboarding.fleets",
        description="Makes the request for the fleets once and says what came of it.",
        epilog=f"The password is read from {PASSWORD_VARIABLE}, the key’s passphrase from {PASSPHRASE_VARIABLE}; what "
        f"is not there is asked for. {EXIT_TEXT}",
    )
    add_arguments(parser)
    return run(parser.parse_args(arguments), environment=environment, ask=ask, out=sys.stdout, err=sys.stderr)


def run(
    options: argparse.Namespace, *, environment: Mapping[str, str], ask: AskSecret, out: TextIO, err: TextIO
) -> int:
    """Read the files, ask for the secrets, make the test, print it; the exit code."""
    try:
        credentials = read_credentials(options, environment, ask)
    except FleetsError as error:
        print(error.text, file=err)  # a command speaks
        return UNUSABLE
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    quiet = options.json or options.report
    try:
        found = diagnose(
            Endpoint(options.base_url, options.proxy),
            credentials,
            limits=Limits(total=options.timeout),
            watch=None if quiet else lambda stage: _tell(stage, err),
            cancelled=stop.is_set,
            try_anyway=options.try_anyway,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    out.write(_shown(found, options))
    return exit_code(found)


def exit_code(found: Diagnosis) -> int:
    """0 where the list came, else who moves next."""
    if found.succeeded:
        return NO_FLEETS
    if found.verdict.code == "cancelled":
        return CANCELLED
    return UNCERTAIN if found.verdict.confidence == Confidence.UNKNOWN else EXIT_CODES[found.verdict.owner]


def _tell(stage: Stage, err: TextIO) -> None:
    detail = f"  {stage.detail}" if stage.detail else ""
    err.write(f"{'ok  ' if stage.ok else 'FAIL'} {stage.name:<20}{stage.milliseconds:8.1f} ms{detail}\n")
    err.flush()


def _shown(found: Diagnosis, options: argparse.Namespace) -> str:
    if options.json:
        return report_json(found.to_dict()) + "\n"
    if options.report:
        return report_text(found.to_dict())
    lines = ["", found.verdict.text, found.verdict.remedy]
    lines += [f"- {fleet.id}  {fleet.name}".rstrip() for fleet in found.fleets]
    if "details below" in found.verdict.remedy:
        lines.append("The details: run it again with --report.")
    lines += [f"Noticed besides: {remark.text} {remark.remedy}".rstrip() for remark in found.remarks]
    if not found.connected:
        lines.append("Nothing was sent; --try-anyway sends the request all the same.")
    return "\n".join(lines) + f"\n({found.verdict.code}, {found.verdict.confidence})\n"


def read_credentials(options: argparse.Namespace, environment: Mapping[str, str], ask: AskSecret) -> Credentials:
    """The files and secrets (FleetsError: file_unreadable, not_certificates, not_a_key, passphrase_wrong)."""
    certificates = _certificates(options.cert)
    anchors = _certificates(options.ca) if options.ca else None
    key, passphrase = _key(options.key, environment.get(PASSPHRASE_VARIABLE), ask)
    password = environment.get(PASSWORD_VARIABLE)
    return Credentials(
        identity=ClientIdentity(certificates, key),
        anchors=anchors,
        login=options.login,
        password=ask(f"Password of {options.login}: ") if password is None else password,
        client_id=options.client_id,
        passphrase=passphrase,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FleetsError("file_unreadable", f"{path}: {error.strerror}") from error


def _certificates(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(_read(path)))
    except ValueError as error:
        raise FleetsError("not_certificates", str(path)) from error


def _key(path: Path, passphrase: str | None, ask: AskSecret) -> tuple[RSAPrivateKey, str]:
    """The key and the passphrase that opened it, "" where none was needed; asked for only if needed."""
    data = _read(path)
    try:
        key = load_pem_private_key(data, None)
        passphrase = ""
    except TypeError:  # it is encrypted
        passphrase = ask(f"Passphrase of {path}: ") if passphrase is None else passphrase
        try:
            key = load_pem_private_key(data, passphrase.encode())
        except (ValueError, TypeError):
            raise FleetsError("passphrase_wrong", str(path)) from None
    except ValueError:
        raise FleetsError("not_a_key", str(path)) from None
    if not isinstance(key, RSAPrivateKey):
        raise FleetsError("not_a_key", str(path))
    return key, passphrase
