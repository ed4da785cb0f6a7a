"""Every corrected command runs as printed with the real tool, and what it makes passes the preflight."""

import os
import pty
import re
import select

import pytest

from onboarding.pki.preflight.checks import LABELS, Tool, preflight
from onboarding.pki.preflight.corrections import (
    PLACEHOLDERS,
    correct,
    corrected_subject,
    keytool_command,
    openssl_command,
)
from onboarding.pki.subject import Subject
from tests.pki.corpus_requests import CASES, LOGIN

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
    """The request that the command makes, run in a terminal in a plain locale; every question is answered there."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve("/bin/bash", ["bash", "-c", command], {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(folder)})
    shown = unanswered = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the terminal's other end was closed: the command has ended
            break
        shown, unanswered = shown + part, unanswered + part
        if re.search(rb"pass(?:word|[ ]?phrase)[^\n]*:\s*$", unanswered, re.IGNORECASE):
            os.write(terminal, f"{PASSPHRASE}\n".encode())
            unanswered = b""
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == 0, shown
    return (folder / "mzp128745.csr").read_bytes()


@pytest.mark.parametrize("name", REFUSED)
def test_the_command_for_each_refused_request_makes_one_that_passes(name, workshop, tmp_path):
    """For every request of the corpus that is refused and can be read, the corrected one is made and passes clean."""
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
    """Quotes, slashes, dollars, accents and separators arrive in the request as they were; nothing else is run."""
    checked = preflight(run(command(AWKWARD), tmp_path), LOGIN)
    assert checked.subject == AWKWARD
    assert not (tmp_path / "here").exists()


def test_the_command_overwrites_no_key(tmp_path):
    """Run a second time, openssl's command leaves the first key alone and says so."""
    run(openssl_command(KNOWN), tmp_path)
    before = (tmp_path / "mzp128745-key.pem").read_bytes()
    run(openssl_command(KNOWN), tmp_path)
    assert (tmp_path / "mzp128745-key.pem").read_bytes() == before
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in before


def test_missing_values_are_named_and_a_placeholder_that_is_left_is_refused(workshop, tmp_path):
    """Where nothing is known the command holds a placeholder, and the preflight stops a request that still has it."""
    correction = correct(preflight(CASES["recipe_all_left_empty"].make(workshop), LOGIN), LOGIN)
    assert correction.missing == tuple(
        label for field, label in LABELS.items() if field not in {"organizational_unit", "common_name"}
    )
    stopped = {finding.field for finding in preflight(run(correction.command, tmp_path), LOGIN).findings}
    assert stopped == {"country", "state", "locality", "organization", "email"}


def test_the_tool_stays_the_one_that_was_used(workshop):
    """Who came with keytool gets a keytool command, everybody else openssl's."""
    made = {name: correct(preflight(CASES[name].make(workshop)), LOGIN).tool for name in ("good", "good_by_keytool")}
    assert made == {"good": Tool.OPENSSL, "good_by_keytool": Tool.KEYTOOL}


def test_repairs_are_those_that_are_certain():
    """Double encoding, case, spaces and hidden characters are mended; what can't be known becomes a placeholder."""
    double = "Île-de-France".encode().decode("latin-1")
    wrong = Subject(
        "fr", f" {double} ", "Saint\u200b-Ouen", "X" * 65, "not an address", "mzp 128745", "Programs Partner"
    )
    assert corrected_subject(wrong) == Subject(
        "FR", "Île-de-France", "Saint-Ouen", PLACEHOLDERS["organization"], PLACEHOLDERS["email"], LOGIN
    )
