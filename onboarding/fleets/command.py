"""The connection test as a command, for a server without the wizard: `python -m onboarding.fleets`.

Its output is in English.
"""

import argparse
import getpass
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from onboarding.fleets.classifying.failures import WITHHELD
from onboarding.fleets.connecting.request import Credentials, Endpoint, environment_proxy
from onboarding.fleets.connecting.timing import Stage
from onboarding.fleets.diagnosis import Background, Diagnosis, Limits, diagnose
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.files import read_files
from onboarding.fleets.report import report_json, report_text
from onboarding.fleets.reproduction import ReproductionFiles
from onboarding.messages.message import Confidence, Owner
from onboarding.messages.verdict import Remark

PRODUCTION_URL = "https://api-cert.groupe-psa.com/connectedcar/v3"
PASSWORD_VARIABLE, PASSPHRASE_VARIABLE = "FLEETS_PASSWORD", "FLEETS_KEY_PASSPHRASE"  # names of environment variables
TIMEOUT_MAX = 600  # seconds
UNUSABLE_FILES = 2  # argparse exits with the same code on wrong arguments
EXIT_CODES = {Owner.NOBODY: 0, Owner.PARTNER: 3, Owner.OPERATOR: 4, Owner.NETWORK: 5}
SUCCEEDED, CANCELLED, CAUSE_UNKNOWN = 0, 130, 6
EXIT_TEXT = (
    "Exit codes: 0 it works; 2 wrong arguments or files; 3 the next move is yours; 4 Stellantis’; 5 your network’s; "
    "6 the cause is not known; 130 stopped."
)

AskSecret = Callable[[str], str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`. Secrets come from a prompt or the environment."""
    parser.add_argument(
        "--cert",
        type=Path,
        required=True,
        help="certificate with its intermediates: PEM, DER, PKCS#7 or PKCS#12",
    )
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        help="private key, encrypted or not: PEM, DER or PKCS#12",
    )
    parser.add_argument("--ca", type=Path, help="CA certificates of the gateway (default: the system’s)")
    parser.add_argument("--login", required=True, help="MZP login")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--base-url", default=PRODUCTION_URL, help="address of the API (default: %(default)s)")
    parser.add_argument("--proxy", help="http:// address of a proxy; proxies in the environment are not used")
    parser.add_argument("--timeout", type=_seconds, default=Limits().total, help="total seconds (default: %(default)g)")
    parser.add_argument("--try-anyway", action="store_true", help="send the request even if it is certain to fail")
    parser.add_argument(
        "--send-password-anyway",
        action="store_true",
        help="send login and password even if the gateway does not ask for the certificate",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print the report as JSON")
    output.add_argument("--report", action="store_true", help="print the whole report as text")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"must be between 0 and {TIMEOUT_MAX} seconds")
    return seconds


def main(
    arguments: Sequence[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    ask: AskSecret = getpass.getpass,
) -> int:
    """Run the command and return its exit code (see EXIT_TEXT)."""
    parser = argparse.ArgumentParser(
        prog="python -m onboarding.fleets",
        description="Send the request for the fleets once and print the diagnosis.",
        epilog=f"The password is read from {PASSWORD_VARIABLE}, the key’s passphrase from "
        f"{PASSPHRASE_VARIABLE}. If a variable is not set, the command asks for the secret. {EXIT_TEXT}",
    )
    add_arguments(parser)
    return run(parser.parse_args(arguments), environment=environment, ask=ask, out=sys.stdout, err=sys.stderr)


def run(
    options: argparse.Namespace, *, environment: Mapping[str, str], ask: AskSecret, out: TextIO, err: TextIO
) -> int:
    """Read the files, ask for the secrets, run the test, print its diagnosis, and return the exit code."""
    try:
        credentials, remarks = read_credentials(options, environment, ask)
    except FleetsError as error:
        err.write(f"{error.text}\n")
        return UNUSABLE_FILES
    stop = threading.Event()
    previous_handler = signal.signal(signal.SIGINT, lambda *_: stop.set())
    is_quiet = options.json or options.report
    try:
        diagnosis = diagnose(
            _endpoint(options, environment),
            credentials,
            limits=Limits(total=options.timeout),
            watch=None if is_quiet else lambda stage: _print_stage(stage, err),
            cancelled=stop.is_set,
            try_anyway=options.try_anyway,
            background=Background(remarks),
        )
    finally:
        signal.signal(signal.SIGINT, previous_handler)
    out.write(_format(diagnosis, options))
    return exit_code(diagnosis)


def _endpoint(options: argparse.Namespace, environment: Mapping[str, str]) -> Endpoint:
    endpoint = Endpoint(options.base_url, options.proxy)
    return replace(endpoint, unused_proxy=environment_proxy(environment, endpoint.host))


def exit_code(diagnosis: Diagnosis) -> int:
    """Return 0 if the gateway returned the list of fleets, else a code that says who must act next."""
    if diagnosis.succeeded:
        return SUCCEEDED
    if diagnosis.verdict.code == "cancelled":
        return CANCELLED
    if diagnosis.verdict.confidence == Confidence.UNKNOWN:
        return CAUSE_UNKNOWN
    return EXIT_CODES[diagnosis.verdict.owner]


def _print_stage(stage: Stage, err: TextIO) -> None:
    detail = f"  {stage.detail}" if stage.detail else ""
    err.write(f"{'ok  ' if stage.ok else 'FAIL'} {stage.label:<20}{stage.milliseconds:8.1f} ms{detail}\n")
    err.flush()


def _format(diagnosis: Diagnosis, options: argparse.Namespace) -> str:
    files = ReproductionFiles(str(options.cert), str(options.key), str(options.ca or ""))
    if options.json:
        return report_json(diagnosis.to_dict(), files) + "\n"
    if options.report:
        return report_text(diagnosis.to_dict(), files)
    verdict = diagnosis.verdict
    lines = ["", verdict.text, verdict.remedy]
    lines += [f"- {fleet.id}  {fleet.name}".rstrip() for fleet in diagnosis.fleets]
    if verdict.template.ask_for_details:
        lines.append("For the details, run the command again with --report.")
    lines += [f"Remark: {remark.text} {remark.remedy}".rstrip() for remark in diagnosis.remarks]
    if not diagnosis.connected:
        lines.append("The request was not sent. To send it anyway, use --try-anyway.")
    if verdict.code == WITHHELD:
        lines.append("Login and password were not sent. To send them anyway, use --send-password-anyway.")
    return "\n".join(lines) + f"\n({verdict.code}, {verdict.confidence})\n"


def read_credentials(
    options: argparse.Namespace, environment: Mapping[str, str], ask: AskSecret
) -> tuple[Credentials, tuple[Remark, ...]]:
    """Read the files, ask for the secrets that `environment` lacks, and return both with the remarks on the files.

    Raise FleetsError: file_unreadable, not_certificates, not_a_key, passphrase_wrong.
    """
    files = read_files(
        options.cert,
        options.key,
        options.ca,
        lambda path: ask(f"Passphrase of {path}: "),
        environment.get(PASSPHRASE_VARIABLE),
        datetime.now(UTC),
    )
    password = environment.get(PASSWORD_VARIABLE)
    credentials = Credentials(
        identity=files.identity,
        anchors=files.anchors,
        login=options.login,
        password=ask(f"Password of {options.login}: ") if password is None else password,
        client_id=options.client_id,
        passphrase=files.passphrase,
        send_password_anyway=options.send_password_anyway,
    )
    return credentials, files.remarks
