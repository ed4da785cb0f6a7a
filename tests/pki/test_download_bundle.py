"""The downloaded zip file: unpacked by unzip, its programs run without changes and return the fleets."""

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
from tests.rehearsal.partners import ACCEPT_HEADER, Call, CertifiedPartner, start_rehearsal

PASSPHRASE = "a pässphrase with \"quotes\", \\ and 'more'"
MADE = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a partner's unpacked folder, while the rehearsal is running."""
    home = tmp_path_factory.mktemp("download")
    with start_rehearsal(home / "rehearsal") as rehearsal:
        authority = Authority.load_or_create(home / "rehearsal")
        member = CertifiedPartner.of(authority)
        credentials = KeyAndCertificates(
            member.certificate, (authority.issuing.certificate,), (authority.root.certificate,), member.key
        )
        connection = ConnectionSettings(rehearsal.base_url, member.client_id, member.login, ACCEPT_HEADER)
        (home / "all.zip").write_bytes(download_bundle(credentials, connection, PASSPHRASE, MADE))
        subprocess.run(["unzip", "-q", "all.zip"], cwd=home, check=True)
        expected = json.loads(Call(member, rehearsal.base_url)().body)
        yield home / member.login.lower(), member, expected


def runtime(program):
    """Return the command that runs a program; skip the test if this machine lacks it."""
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


ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ} | {"LC_ALL": "C.UTF-8"}
RUNNABLE = ["fleets.sh", "fleets_httpx.py", "fleets_requests.py", "Fleets.java", "fleets.mjs", "fleets.go", "Fleets.cs"]


@pytest.mark.parametrize("program", RUNNABLE)
def test_each_program_prints_the_fleets_with_secrets_from_the_environment(program, folder):
    """Without changes, the program makes the request and prints the same as any other client."""
    here, member, expected = folder
    secrets = {"FLEETS_PASSPHRASE": PASSPHRASE, "FLEETS_PASSWORD": member.password}
    done = subprocess.run(
        runtime(program),
        cwd=here,
        env=ENVIRONMENT | {"HOME": str(here.parent)} | secrets,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize("program", RUNNABLE)
def test_each_program_asks_for_both_secrets_in_a_terminal(program, folder):
    """Without environment variables the program asks, shows neither secret, and prints the same."""
    here, member, expected = folder
    line = " ".join(runtime(program))
    if program == "Fleets.java":
        line += " >/dev/tty"  # Java asks only where its output, too, is a terminal
    answers = {"(?i)pass ?phrase[^\n]*:": PASSPHRASE, "(?i)password[^\n]*:": member.password}
    session = type_at(line, here, answers, seconds=60)
    printed = session.output or session.screen[session.screen.index("{") :]
    assert (session.code, json.loads(printed)) == (0, expected), session.screen
    assert [secret for secret in (PASSPHRASE, member.password) if secret in session.screen] == []


@pytest.mark.parametrize("program", RUNNABLE)
def test_each_program_fails_loudly_with_a_wrong_password(program, folder):
    """The exit code is not 0."""
    here, _, _ = folder
    secrets = {"FLEETS_PASSPHRASE": PASSPHRASE, "FLEETS_PASSWORD": "wrong"}
    environment = ENVIRONMENT | {"HOME": str(here.parent)} | secrets
    done = subprocess.run(runtime(program), cwd=here, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode != 0


def test_no_file_contains_a_secret_and_only_the_owner_can_read_the_key_files(folder):
    """No file contains passphrase or password; unzip sets the permissions of the key files."""
    here, member, _ = folder
    for file in here.iterdir():
        if file.is_file():
            data = file.read_bytes()
            assert PASSPHRASE.encode() not in data
            assert member.password.encode() not in data
    names = ("key.pem", "client.p12", "fleets.sh", "ca.pem")
    modes = {name: oct((here / name).stat().st_mode & 0o777) for name in names}
    assert modes == {"key.pem": "0o600", "client.p12": "0o600", "fleets.sh": "0o755", "ca.pem": "0o644"}


def test_the_readme_lists_the_files(folder):
    """Every certificate and key file is described; every placeholder has a value."""
    here, member, _ = folder
    readme = (here / "README.txt").read_text()
    assert [name for name in FILE_DESCRIPTIONS if name not in readme] == []
    assert (member.login in readme, "{{" in readme) == (True, False)


def test_without_a_key_there_is_no_key_file_and_the_readme_says_so(folder):
    """A partner who made the key elsewhere gets the other files."""
    _, member, _ = folder
    credentials = KeyAndCertificates(member.certificate, (), member.anchors)
    packed = download_bundle(
        credentials, ConnectionSettings("https://gateway.example/v3", "id", "MZP1", ACCEPT_HEADER), "", MADE
    )
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = {name.split("/")[1] for name in archive.namelist()}
        readme = archive.read("mzp1/README.txt").decode()
    assert names & {"key.pem", "client.p12", "chain.pem"} == {"chain.pem"}
    assert "because we never had it" in readme


def test_odd_values_are_quoted_in_every_program():
    """Quotes, dollars and backslashes in a login do not end a literal in any program."""
    odd = "MZ\"P'$(touch here)`\\ {{x}}"
    made = render_programs(ConnectionSettings("https://gateway.example/v3", "a b&c'\"", odd, ACCEPT_HEADER))
    json.loads(made["fleets.postman_collection.json"])
    compile(made["fleets_httpx.py"], "fleets_httpx.py", "exec")
    done = subprocess.run(
        ["bash", "-c", made["fleets.sh"].split("\n{")[0].replace("cd ", "# ") + '\nprintf "%s" "$login"'],
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == odd
    assert "client_id=a+b%26c%27%22" in made["fleets.go"]


def test_the_postman_collection_has_the_request_and_no_secret():
    """The collection is valid JSON, names its variables, and has an empty password."""
    made = json.loads(
        render_programs(ConnectionSettings("https://g.example/v3", "id", "MZP1", ACCEPT_HEADER))[
            "fleets.postman_collection.json"
        ]
    )
    assert made["variable"] == [{"key": "login", "value": "MZP1"}, {"key": "password", "value": ""}]
    assert [entry["value"] for entry in made["auth"]["basic"]] == ["{{login}}", "{{password}}"]
    assert made["item"][0]["request"]["url"] == "https://g.example/v3/fleets?client_id=id"


def test_the_downloaded_zip_is_refused_as_an_upload(folder):
    """If it is uploaded by mistake, the private key in it is found."""
    here, _, _ = folder
    with pytest.raises(Exception, match="private_key_uploaded"):
        read_uploads([Upload("all.zip", (here.parent / "all.zip").read_bytes())])
