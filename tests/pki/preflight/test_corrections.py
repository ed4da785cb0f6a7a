"""Every corrected command runs as printed with the real tool, and the request that it makes passes the preflight."""

import os
import pty
import re
import select

import pytest

from onboarding.pki.preflight.checks import PLACEHOLDERS, Tool, preflight
from onboarding.pki.preflight.corrections import correct, corrected_subject, keytool_command, openssl_command
from onboarding.pki.subject import Subject
from tests.pki.preflight.corpus_requests import CASES, LOGIN

PASSPHRASE = "only for this test"
KNOWN = Subject("FR", "Île-de-France", "Saint-Ouen", "Société Générale de Flottes", "it@flottes.example", LOGIN)
AWKWARD = Subject(
    "DE",
    "Baden-Württemberg",
    'L’Haÿ-les-Roses / "Süd"',
    "Müller & Söhne's $(touch here) `id` \\ + A=B; <C>, #1!",
    "it+fleet@xn--mller-kva.example",
    LOGIN,
)
REFUSED = [name for name, case in CASES.items() if case.verdict.startswith("refused")]


def run(command, folder):
    """Run the command in a terminal with the C locale, answer its passphrase prompts, and return the request."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve("/bin/bash", ["bash", "-c", command], {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(folder)})
    output = unanswered = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the other end of the terminal was closed: the command has ended
            break
        output, unanswered = output + chunk, unanswered + chunk
        if re.search(rb"pass(?:word|[ ]?phrase)[^\n]*:\s*$", unanswered, re.IGNORECASE):
            os.write(terminal, f"{PASSPHRASE}\n".encode())
            unanswered = b""
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == 0, output
    return (folder / "mzp128745.csr").read_bytes()


@pytest.mark.parametrize("name", REFUSED)
def test_the_command_for_each_refused_request_makes_a_request_that_passes(name, workshop, tmp_path):
    """Every refused request with a readable subject gets a command, and its request passes without findings."""
    checked = preflight(CASES[name].make(workshop), LOGIN)
    correction = correct(checked, LOGIN, KNOWN)
    if correction is None:
        assert checked.subject is None
        return
    assert correction.missing == ()
    again = preflight(run(correction.command, tmp_path), LOGIN)
    assert (again.passes, again.findings) == (True, ())


@pytest.mark.parametrize("command", [openssl_command, keytool_command])
def test_no_value_escapes_its_quotes(command, tmp_path):
    """Quotes, slashes, dollars, accents and separators are unchanged in the request; the shell runs nothing else."""
    checked = preflight(run(command(AWKWARD), tmp_path), LOGIN)
    assert checked.subject == AWKWARD
    assert not (tmp_path / "here").exists()


def test_the_command_overwrites_no_key(tmp_path):
    """A second run of the openssl command does not change the first key."""
    run(openssl_command(KNOWN), tmp_path)
    before = (tmp_path / "mzp128745-key.pem").read_bytes()
    run(openssl_command(KNOWN), tmp_path)
    assert (tmp_path / "mzp128745-key.pem").read_bytes() == before
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in before


def test_missing_values_are_named_and_a_remaining_placeholder_is_refused(workshop, tmp_path):
    """Without a known value, the command holds a placeholder, and the preflight refuses a request that has it."""
    correction = correct(preflight(CASES["recipe_all_left_empty"].make(workshop), LOGIN), LOGIN)
    assert correction.missing == ("Country", "State or province", "City", "Company", "Email address")
    fields = {finding.field for finding in preflight(run(correction.command, tmp_path), LOGIN).findings}
    assert fields == {"country", "state", "locality", "organization", "email"}


def test_the_command_is_for_the_tool_that_made_the_request(workshop):
    """A request of keytool gets a keytool command, every other request an openssl command."""
    tools = {name: correct(preflight(CASES[name].make(workshop)), LOGIN).tool for name in ("good", "good_by_keytool")}
    assert tools == {"good": Tool.OPENSSL, "good_by_keytool": Tool.KEYTOOL}


def test_only_certain_repairs_are_made():
    """Double encoding, case, spaces and hidden characters are repaired; other values become a placeholder."""
    double = "Île-de-France".encode().decode("latin-1")
    wrong = Subject(
        "fr", f" {double} ", "Saint\u200b-Ouen", "X" * 65, "not an address", "mzp 128745", "Programs Partner"
    )
    assert corrected_subject(wrong) == Subject(
        "FR", "Île-de-France", "Saint-Ouen", PLACEHOLDERS["organization"], PLACEHOLDERS["email"], LOGIN
    )
