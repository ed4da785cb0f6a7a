"""`manage.py rehearsal` as a process: it serves until it is stopped, and reports errors."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.faults.registry import FAULTS, GROUPS
from tests.rehearsal.partners import Call, CertifiedPartner

MANAGE = Path(__file__).parents[2] / "manage.py"
ENVIRONMENT = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}


@contextmanager
def started(*arguments):
    """Start the command as a process; kill it at the end if it is still running."""
    process = subprocess.Popen(
        [sys.executable, MANAGE, "rehearsal", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        cwd=MANAGE.parent,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def addresses(process):
    """Return the two addresses that the command prints once it serves; kill it if it prints nothing in 30 seconds."""
    timer = threading.Timer(30, process.kill)
    timer.start()
    printed = process.stdout.readline() + process.stdout.readline()
    timer.cancel()
    return re.search(r"gateway: (\S+)", printed)[1], re.search(r"signing: (\S+)", printed)[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal_arrives(tmp_path, number):
    """The gateway responds to a partner. TERM and INT end the command with code 0, and the ports are closed."""
    options = ("--folder", tmp_path / "rehearsal", "--gateway-port", 0, "--signing-port", 0)
    with started(*options) as process:
        base_url, _ = addresses(process)
        partner = CertifiedPartner.of(Authority.load_or_create(tmp_path / "rehearsal"))
        assert Call(partner, base_url)().status == 200
        process.send_signal(number)
        assert process.wait(10) == 0
    port = int(re.search(r":(\d+)/", base_url)[1])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_a_port_in_use_is_reported(tmp_path):
    """The command ends with a sentence, not with a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with started("--folder", tmp_path / "rehearsal", "--gateway-port", port, "--signing-port", 0) as process:
            _, problem = process.communicate(timeout=30)
            assert process.returncode == 1
    assert problem == "CommandError: The rehearsal can't listen on 127.0.0.1: Address already in use.\n"


def test_the_fault_option_gives_the_gateway_a_fault(tmp_path):
    """With --fault 503, the gateway answers with status 503."""
    options = ("--folder", tmp_path / "rehearsal", "--gateway-port", 0, "--signing-port", 0)
    with started(*options, "--fault", "503") as process:
        base_url, _ = addresses(process)
        partner = CertifiedPartner.of(Authority.load_or_create(tmp_path / "rehearsal"))
        assert Call(partner, base_url)().status == 503


def test_an_unknown_fault_is_reported(tmp_path):
    """The command ends with a sentence, not with a traceback."""
    with started("--folder", tmp_path / "rehearsal", "--fault", "nonsense") as process:
        _, problem = process.communicate(timeout=30)
        assert process.returncode == 1
    assert problem == "CommandError: There is no fault “nonsense”; --list-faults shows them all.\n"


def test_every_fault_is_listed():
    """--list-faults prints one line for each fault, and exits."""
    with started("--list-faults") as process:
        printed, _ = process.communicate(timeout=30)
        assert process.returncode == 0
    assert [line.split()[0] for line in printed.splitlines() if line.startswith("  ")] == [*FAULTS]


def test_the_list_has_names_and_descriptions(capsys):
    """Called from Python, --list-faults prints the name of each fault, its description, and the groups' titles."""
    call_command("rehearsal", "--list-faults")
    printed = capsys.readouterr().out.splitlines()
    lines = [
        line for title in GROUPS for line in ("", title, *(f"  {f.name:<32}{f.description}" for f in GROUPS[title]))
    ]
    assert printed == lines


def test_an_unknown_fault_raises_a_command_error(tmp_path):
    """Called from Python, the command does not serve a healthy gateway for a mistyped name."""
    options = {"folder": tmp_path / "rehearsal", "gateway_port": 0, "signing_port": 0}
    with pytest.raises(CommandError, match="no_such_fault"):
        call_command("rehearsal", fault="no_such_fault", **options)


def test_curl_gets_the_response_of_a_faulty_gateway(tmp_path):
    """A gateway with a proxy's certificate answers a client that does not verify it, and TERM ends the command."""
    options = ("--folder", tmp_path / "rehearsal", "--gateway-port", 0, "--signing-port", 0)
    with started(*options, "--fault", "server_intercepted") as process:
        base_url, signing_url = addresses(process)
        assert signing_url.startswith("https://")
        response = subprocess.run(
            ["curl", "--silent", "--insecure", "--write-out", "%{http_code}", "--output", "/dev/null", base_url],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        process.terminate()
        assert (response.stdout, process.wait(20)) == ("200", 0)
