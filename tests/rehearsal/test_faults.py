"""The faults, as the command offers them."""

import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from onboarding.rehearsal.authority import Authority, RehearsalError
from onboarding.rehearsal.faults.certificates import MAKERS, FaultyIdentities
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.registry import FAULTS, GROUPS, fault


@pytest.fixture(scope="module")
def identities(tmp_path_factory) -> FaultyIdentities:
    return FaultyIdentities(Authority.load_or_create(tmp_path_factory.mktemp("faults") / "rehearsal"))


def test_every_fault_has_a_name_of_its_own_and_words():
    """No name stands twice, and each is explained in a sentence."""
    names = [one.name for group in GROUPS.values() for one in group()]
    assert len(names) == len(set(names)) == len(FAULTS)
    assert [one.name for one in FAULTS.values() if not one.words.endswith(".")] == []


def test_an_unknown_fault_is_refused_by_name():
    """The error says where the list is."""
    with pytest.raises(RehearsalError) as caught:
        fault("no_such_fault")
    assert caught.value.code == "fault_unknown"


def test_the_command_lists_every_fault(capsys):
    """--list-faults prints each name, and starts nothing."""
    call_command("rehearsal", "--list-faults")
    printed = capsys.readouterr().out
    assert [name for name in FAULTS if f"  {name} " not in printed] == []


def test_the_command_refuses_an_unknown_fault(tmp_path):
    """A mistyped name ends in a sentence, not in a healthy gateway."""
    how = {"folder": tmp_path / "r", "gateway_port": 0, "signing_port": 0}
    with pytest.raises(CommandError, match="no_such_fault"):
        call_command("rehearsal", fault="no_such_fault", **how)


def test_the_command_serves_a_fault(tmp_path):
    """curl, through the command's own gateway, gets the fault's status."""
    command = [sys.executable, "manage.py", "rehearsal", "--fault", "server_intercepted", "--gateway-port", "0"]
    command += ["--signing-port", "0", "--folder", str(tmp_path / "r"), "--settings", "tests.settings"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        try:
            address = served.stdout.readline().removeprefix("Rehearsal gateway: ").strip()
            assert served.stdout.readline().startswith("Rehearsal signing: https://")
            got = subprocess.run(
                ["curl", "--silent", "--insecure", "--write-out", "%{http_code}", "--output", "/dev/null", address],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
        finally:
            served.terminate()
        assert (got.stdout, served.wait(20)) == ("200", 0)


@pytest.mark.parametrize("name", MAKERS)
def test_every_identity_can_be_made_once(identities, name):
    """Each wrong certificate is made on demand, and is the same the next time."""
    assert identities.get(name) is identities.get(name)
    assert identities.get(name).chain


def test_a_gateway_leaves_nothing_listening(identities):
    """After the block the port is free again."""
    with FaultyGateway(Fault("x", "."), identities) as first:
        port = first.port
    with FaultyGateway(Fault("x", "."), identities, port=port) as second:
        assert second.port == port
