"""The zip with everything: unpacked by the real unzip, its programs run unedited and return the fleets."""

import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest

from onboarding.pki.bundles import (
    FILE_DESCRIPTIONS,
    ConnectionSettings,
    KeyAndCertificates,
    download_bundle,
    render_programs,
)
from onboarding.pki.intake.reading import Upload, read_uploads
from onboarding.rehearsal.authority import Authority
from tests.browser.terminal import type_at
from tests.rehearsal.members import WAY, Call, Member, served

PASSPHRASE = "a pässphrase with \"quotes\", \\ and 'more'"
MADE = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A partner's folder after unpacking, while the rehearsal is up."""
    home = tmp_path_factory.mktemp("takeaway")
    with served(home / "rehearsal") as rehearsal:
        authority = Authority.load_or_create(home / "rehearsal")
        member = Member.of(authority)
        held = KeyAndCertificates(
            member.certificate, (authority.issuing.certificate,), (authority.root.certificate,), member.key
        )
        connection = ConnectionSettings(rehearsal.base_url, member.client_id, member.login, WAY)
        (home / "all.zip").write_bytes(download_bundle(held, connection, PASSPHRASE, MADE))
        subprocess.run(["unzip", "-q", "all.zip"], cwd=home, check=True)
        expected = json.loads(Call(member, rehearsal.base_url)().body)
        yield home / member.login.lower(), member, expected


def runtime(program):
    """How a program is run, or why it can't be here."""
    commands = {
        "fleets.sh": ["./fleets.sh"],
        "fleets_httpx.py": [sys.executable, "fleets_httpx.py"],
        "fleets_requests.py": [sys.executable, "fleets_requests.py"],
        "Fleets.java": ["java", "Fleets.java"],
        "fleets.mjs": ["node", "fleets.mjs"],
        "fleets.go": ["go", "run", "fleets.go"],
        "Fleets.cs": ["dotnet", "run"],
    }
    command = commands[program]
    if program == "fleets_requests.py" and importlib.util.find_spec("requests") is None:
        pytest.skip("requests is not installed")
    if shutil.which(command[0]) is None and not command[0].startswith("./"):
        pytest.skip(f"{command[0]} is not installed")
    return command


PLAIN = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ} | {"LC_ALL": "C.UTF-8"}
RUN = ["fleets.sh", "fleets_httpx.py", "fleets_requests.py", "Fleets.java", "fleets.mjs", "fleets.go", "Fleets.cs"]


@pytest.mark.parametrize("program", RUN)
def test_each_program_prints_the_fleets_with_secrets_from_the_environment(program, folder):
    """Unedited, it makes the request and prints what any other client gets."""
    here, member, expected = folder
    secrets = {"FLEETS_PASSPHRASE": PASSPHRASE, "FLEETS_PASSWORD": member.password}
    done = subprocess.run(
        runtime(program),
        cwd=here,
        env=PLAIN | {"HOME": str(here.parent)} | secrets,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize("program", RUN)
def test_each_program_asks_for_both_secrets_in_a_terminal(program, folder):
    """Without the environment it asks, shows neither secret, and prints the same."""
    here, member, expected = folder
    line = " ".join(runtime(program))
    if program == "Fleets.java":
        line += " >/dev/tty"  # Java asks only where its output, too, is a terminal
    answers = {"(?i)pass ?phrase[^\n]*:": PASSPHRASE, "(?i)password[^\n]*:": member.password}
    session = type_at(line, here, answers, seconds=60)
    printed = session.output or session.screen[session.screen.index("{") :]
    assert (session.code, json.loads(printed)) == (0, expected), session.screen
    assert [secret for secret in (PASSPHRASE, member.password) if secret in session.screen] == []


@pytest.mark.parametrize("program", RUN)
def test_each_program_fails_loudly_with_a_wrong_password(program, folder):
    """The exit code says that it did not work."""
    here, _, _ = folder
    secrets = {"FLEETS_PASSPHRASE": PASSPHRASE, "FLEETS_PASSWORD": "wrong"}
    environment = PLAIN | {"HOME": str(here.parent)} | secrets
    done = subprocess.run(runtime(program), cwd=here, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode != 0


def test_no_file_holds_a_secret_and_the_key_files_are_for_the_owner_alone(folder):
    """Neither passphrase nor password stands anywhere; key files are unpacked readable by nobody else."""
    here, member, _ = folder
    for file in here.iterdir():
        if file.is_file():
            data = file.read_bytes()
            assert PASSPHRASE.encode() not in data
            assert member.password.encode() not in data
    names = ("key.pem", "client.p12", "fleets.sh", "ca.pem")
    modes = {name: oct((here / name).stat().st_mode & 0o777) for name in names}
    assert modes == {"key.pem": "0o600", "client.p12": "0o600", "fleets.sh": "0o755", "ca.pem": "0o644"}


def test_the_readme_lists_what_is_there(folder):
    """Every file about the certificate is explained; no mark is left unfilled."""
    here, member, _ = folder
    readme = (here / "README.txt").read_text()
    assert [name for name in FILE_DESCRIPTIONS if name not in readme] == []
    assert (member.login in readme, "{{" in readme) == (True, False)


def test_without_a_key_there_is_no_key_file_and_the_readme_says_so(folder):
    """Where the key never was here, the rest is still handed out."""
    _, member, _ = folder
    held = KeyAndCertificates(member.certificate, (), member.anchors)
    packed = download_bundle(held, ConnectionSettings("https://gateway.example/v3", "id", "MZP1", WAY), "", MADE)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = {name.split("/")[1] for name in archive.namelist()}
        readme = archive.read("mzp1/README.txt").decode()
    assert names & {"key.pem", "client.p12", "chain.pem"} == {"chain.pem"}
    assert "which never left you" in readme


def test_odd_values_stay_inside_their_literals():
    """Quotes, dollars and backslashes in a login do not break out of any program."""
    odd = "MZ\"P'$(touch here)`\\ {{x}}"
    made = render_programs(ConnectionSettings("https://gateway.example/v3", "a b&c'\"", odd, WAY))
    json.loads(made["fleets.postman_collection.json"])
    compile(made["fleets_httpx.py"], "fleets_httpx.py", "exec")
    done = subprocess.run(
        ["bash", "-c", made["fleets.sh"].split("\n{")[0].replace("cd ", "# ") + '\nprintf "%s" "$login"'],
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == odd
    assert "client_id=a+b%26c%27%22" in made["fleets.go"]


def test_postman_knows_the_request_and_no_secret():
    """The collection imports as JSON, names its variables, and leaves the password empty."""
    made = json.loads(
        render_programs(ConnectionSettings("https://g.example/v3", "id", "MZP1", WAY))["fleets.postman_collection.json"]
    )
    assert made["variable"] == [{"key": "login", "value": "MZP1"}, {"key": "password", "value": ""}]
    assert [entry["value"] for entry in made["auth"]["basic"]] == ["{{login}}", "{{password}}"]
    assert made["item"][0]["request"]["url"] == "https://g.example/v3/fleets?client_id=id"


def test_the_reading_refuses_the_zip_that_we_made(folder):
    """Handed in by mistake, the takeaway is noticed to hold a private key."""
    here, _, _ = folder
    with pytest.raises(Exception, match="private_key_uploaded"):
        read_uploads([Upload("all.zip", (here.parent / "all.zip").read_bytes())])
