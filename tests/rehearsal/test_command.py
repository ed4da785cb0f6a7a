"""`manage.py rehearsal` as a process: it serves until it is told to stop, and says what is in its way."""

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

from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.faults.registry import FAULTS
from tests.rehearsal.members import Call, Member

MANAGE = Path(__file__).parents[2] / "manage.py"
ENVIRONMENT = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}


@contextmanager
def started(*arguments):
    """The command as a process, and what it printed until it served; killed at the end if it still runs."""
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
    """Where it listens, as it says once it does; killed where it never does."""
    patience = threading.Timer(30, process.kill)
    patience.start()
    printed = process.stdout.readline() + process.stdout.readline()
    patience.cancel()
    return re.search(r"gateway: (\S+)", printed)[1], re.search(r"signing: (\S+)", printed)[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path, number):
    """It answers a member, and ends with code 0 and closed ports on TERM and INT."""
    where = ("--folder", tmp_path / "kept", "--gateway-port", 0, "--signing-port", 0)
    with started(*where) as process:
        base_url, _ = addresses(process)
        member = Member.of(Authority.load_or_create(tmp_path / "kept"))
        assert Call(member, base_url)().status == 200
        process.send_signal(number)
        assert process.wait(10) == 0
    port = int(re.search(r":(\d+)/", base_url)[1])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)


def test_a_port_that_is_taken_is_told(tmp_path):
    """It ends with a sentence, not with a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started("--folder", tmp_path / "kept", "--gateway-port", port, "--signing-port", 0) as process:
            _, problem = process.communicate(timeout=30)
            assert process.returncode == 1
    assert problem == "CommandError: The rehearsal can't listen on 127.0.0.1: Address already in use.\n"


def test_a_fault_can_be_asked_for(tmp_path):
    """With --fault, the gateway fails in that way, and the signing desk still signs."""
    where = ("--folder", tmp_path / "kept", "--gateway-port", 0, "--signing-port", 0)
    with started(*where, "--fault", "503") as process:
        base_url, _ = addresses(process)
        member = Member.of(Authority.load_or_create(tmp_path / "kept"))
        assert Call(member, base_url)().status == 503


def test_a_fault_that_there_is_not_is_told(tmp_path):
    """An unknown name ends with a sentence."""
    with started("--folder", tmp_path / "kept", "--fault", "nonsense") as process:
        _, problem = process.communicate(timeout=30)
        assert process.returncode == 1
    assert problem == "CommandError: There is no fault “nonsense”; --list-faults shows them all.\n"


def test_every_fault_is_listed():
    """--list-faults has one line for each, and starts nothing."""
    with started("--list-faults") as process:
        printed, _ = process.communicate(timeout=30)
        assert process.returncode == 0
    assert [line.split()[0] for line in printed.splitlines() if line.startswith("  ")] == [*FAULTS]
