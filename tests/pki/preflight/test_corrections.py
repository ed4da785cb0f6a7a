"""Every corrected command runs as printed with the real tool, and the request that it makes passes the preflight."""

import base64
import os
import pty
import re
import select
import shlex
import subprocess
from dataclasses import replace
from itertools import product

import pytest

from onboarding.pki.preflight.checks import Tool, preflight
from onboarding.pki.preflight.corrections import (
    certreq_script,
    correct,
    corrected_subject,
    keytool_command,
    openssl_command,
)
from onboarding.pki.preflight.leftovers import PLACEHOLDERS
from onboarding.pki.subject import Subject
from tests.pki.preflight.builder import name, request, windows_attributes, windows_pem
from tests.pki.preflight.corpus_requests import CASES, LOGIN
from tests.pki.preflight.corpus_tools import TOOL_CASES

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


@pytest.mark.parametrize("case", REFUSED)
def test_the_command_for_each_refused_request_makes_a_request_that_passes(case, workshop, tmp_path):
    """Every refused request with a readable subject gets a command, and its request passes without findings."""
    checked = preflight(CASES[case].make(workshop), LOGIN)
    correction = correct(checked, LOGIN, KNOWN)
    if correction is None:
        assert checked.subject is None
        return
    assert correction.missing == ()
    again = preflight(run(correction.command, tmp_path), LOGIN)
    assert (again.passes, again.findings) == (True, ())


def commands_for_tools(workshop):
    """Return the commands that correct the refused requests of the tools, each once, by the tool that they run."""
    commands = {}
    for case in TOOL_CASES.values():
        checked = preflight(case.make(workshop), LOGIN)
        correction = None if checked.passes else correct(checked, LOGIN, KNOWN)
        if correction:
            assert (correction.missing, correction.tool) == ((), case.tool)
            commands.setdefault(correction.tool, set()).add(correction.command)
    return commands


def test_the_commands_for_each_tool_make_requests_that_pass(workshop, tmp_path):
    """Whatever was wrong in a request of openssl, keytool or certreq, the corrected one has no errors or warnings."""
    commands = commands_for_tools(workshop)
    assert set(commands) == {Tool.OPENSSL, Tool.KEYTOOL, Tool.WINDOWS}
    # keytool is slow, and its commands differ in their values only, which the next tests try.
    for number, command in enumerate([*sorted(commands[Tool.OPENSSL]), max(commands[Tool.KEYTOOL])]):
        folder = tmp_path / str(number)
        folder.mkdir()
        again = preflight(run(command, folder), LOGIN)
        assert (again.passes, again.findings) == (True, ()), command
    for script in commands[Tool.WINDOWS]:
        again = preflight(by_certreq(script), LOGIN)
        assert (again.passes, [found.code for found in again.findings]) == (True, ["extensions_asked"])


def by_certreq(script):
    """Return the request that certreq makes from the script, by the documented rules of INF files and X.500 strings."""
    inf = re.fullmatch(
        r"@'\n(.*)\n'@ \| Set-Content -Encoding Unicode (\S+)\.inf\ncertreq -new \2\.inf \2\.csr", script, re.DOTALL
    )
    values = dict(line.split("=", 1) for line in inf[1].split("\n") if "=" in line)
    assert (values["RequestType"], values["HashAlgorithm"], values["KeyLength"]) == ("PKCS10", "SHA256", "2048")
    x500 = re.fullmatch(r'"((?:[^"]|"")*)"', values["Subject"])[1].replace('""', '"').replace("%%", "%")
    parts = re.findall(r'([A-Z]+)="((?:[^"]|"")*)"(?:,|$)', x500)
    assert ",".join(f'{short}="{value}"' for short, value in parts) == x500
    short_names = {"S": "ST"}
    return windows_pem(
        request(
            name(*((short_names.get(short, short), value.replace('""', '"')) for short, value in parts)),
            windows_attributes(),
        )
    )


def test_no_value_escapes_the_quotes_of_a_certreq_script():
    """Quotes, commas, percent signs, semicolons and plus signs reach the request unchanged."""
    awkward = replace(AWKWARD, locality="100 % „Süd“, Ost; %windir% 'x'")
    assert preflight(by_certreq(certreq_script(awkward)), LOGIN).subject == awkward


WORDS = ("Flotte", "é", "Île-de", "Στόλου", "Флот", "車両", "النقل", "צי", "ฟลีต", "&", "+", "(ΑΕ)", "1", "'é'", "#é")
READ_DNAMES = """
public class Names {
    public static void main(String[] arguments) throws Exception {
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in, "US-ASCII")).lines().toList();
        for (String line : lines) {
            String value = new sun.security.x509.X500Name(line).getOrganization();
            System.out.println(java.util.Base64.getEncoder().encodeToString(value.getBytes("UTF-8")));
        }
    }
}
"""


def organization_in(command):
    words = shlex.split(command)
    return re.search(r", O=(.*?), L=", words[words.index("-dname") + 1])[1]


def test_java_reads_every_value_of_a_keytool_command_unchanged(tmp_path):
    """keytool's own parser keeps each space between words of any scripts, also before the last word."""
    values = [" ".join(words) for count in (1, 2, 3) for words in product(WORDS, repeat=count)][:1500]
    names = [f"O={organization_in(keytool_command(replace(KNOWN, organization=value)))}" for value in values]
    (tmp_path / "Names.java").write_text(READ_DNAMES)
    done = subprocess.run(
        ["java", "--add-exports", "java.base/sun.security.x509=ALL-UNNAMED", "Names.java"],
        cwd=tmp_path, input="\n".join(names).encode("ascii"), capture_output=True, check=True,
    )  # fmt: skip
    assert [base64.b64decode(line).decode() for line in done.stdout.split()] == values


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
    tools = {case: correct(preflight(CASES[case].make(workshop)), LOGIN).tool for case in ("good", "good_by_keytool")}
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
