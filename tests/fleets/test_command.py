"""The connection test from the command line, for a server without the wizard."""

import json
import os
import pty
import select
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import call_command

from onboarding.pki.key_files import encrypted_pem
from onboarding.rehearsal.authority import pem

PASSPHRASE = "a passphrase for the key"
COMMANDS = {"module": ["-m", "onboarding.fleets"], "manage": ["manage.py", "test_connection"]}


@pytest.fixture
def files(tmp_path, credentials):
    """Return a folder with a partner's files: certificate, encrypted key, clear key, CA."""
    key = credentials.identity.key
    (tmp_path / "certificate.pem").write_text(pem(*credentials.identity.certificates))
    (tmp_path / "key.pem").write_bytes(encrypted_pem(key, PASSPHRASE))
    (tmp_path / "clear.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "ca.pem").write_text(pem(*credentials.anchors))
    return tmp_path


def arguments(files, url, credentials, *more, key="key.pem"):
    files_by_option = {"--cert": "certificate.pem", "--key": key, "--ca": "ca.pem"}
    options = [argument for name, file in files_by_option.items() for argument in (name, str(files / file))]
    return [*options, "--login", credentials.login, "--client-id", credentials.client_id, "--base-url", url, *more]


def run(options, *, environment, which="module"):
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLEETS_")}
    return subprocess.run(
        [sys.executable, *COMMANDS[which], *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env=inherited | settings | environment,
    )


def secrets(credentials, password=None):
    return {"FLEETS_PASSWORD": password or credentials.password, "FLEETS_KEY_PASSPHRASE": PASSPHRASE}


@pytest.mark.parametrize("which", COMMANDS)
def test_both_commands_reach_the_fleets(gateway, files, credentials, which):
    """The exit code is 0; standard output has the fleets, standard error the stages, and neither a secret."""
    with gateway("healthy") as served:
        options = arguments(files, served.base_url, credentials)
        done = run(options, environment=secrets(credentials), which=which)
    assert (done.returncode, "- 00000001  Sales vans" in done.stdout.splitlines()) == (0, True)
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["ok"] * 11
    assert credentials.password not in done.stdout + done.stderr
    assert PASSPHRASE not in done.stdout + done.stderr


EXITS = [
    ("healthy", 0), ("empty_list", 0), ("password_named", 3), ("foreign_client_ca", 4), ("plain_http", 5),
    ("close_whatever_comes", 6),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "code"), EXITS)
def test_the_exit_code_says_who_must_act(gateway, files, credentials, fault, code):
    """0: success; 3: the partner; 4: the operator; 5: the network; 6: the cause is unknown."""
    with gateway(fault) as served:
        done = run(arguments(files, served.base_url, credentials), environment=secrets(credentials))
    assert done.returncode == code, done.stderr


@pytest.mark.parametrize("which", COMMANDS)
def test_json_is_the_whole_report_and_nothing_else(gateway, files, credentials, which):
    """Standard output is JSON, and standard error is empty."""
    with gateway("403") as served:
        options = arguments(files, served.base_url, credentials, "--json")
        done = run(options, environment=secrets(credentials), which=which)
    result = json.loads(done.stdout)
    assert (result["verdict"]["code"], result["status"], result["login"]) == ("forbidden", 403, credentials.login)
    assert (done.returncode, done.stderr) == (4, "")
    assert credentials.password not in done.stdout


def test_the_report_is_text_for_an_email(gateway, files, credentials):
    """--report prints the verdict's codes, which support asks for."""
    with gateway("403") as served:
        done = run(arguments(files, served.base_url, credentials, "--report"), environment=secrets(credentials))
    assert done.stdout.startswith("Fleet API test of ")
    assert "forbidden (probable; next move: operator)" in done.stdout


def test_a_clear_key_needs_no_passphrase(gateway, files, credentials):
    """With a clear key the command does not ask for a passphrase."""
    with gateway("healthy") as served:
        options = arguments(files, served.base_url, credentials, key="clear.pem")
        done = run(options, environment={"FLEETS_PASSWORD": credentials.password})
    assert done.returncode == 0


def test_secrets_are_asked_for_at_the_terminal(gateway, files, credentials):
    """Secrets that the environment lacks are read from a prompt without echo."""
    with gateway("healthy") as served:
        options = [sys.executable, *COMMANDS["module"], *arguments(files, served.base_url, credentials)]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.executable, options)
        shown = b""
        for prompt, secret in ((b"Passphrase of", PASSPHRASE), (b"Password of", credentials.password)):
            shown += read_until(terminal, prompt)
            os.write(terminal, secret.encode() + b"\n")
        shown += read_until(terminal, b"(connected, certain)")
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert (PASSPHRASE.encode() in shown, credentials.password.encode() in shown) == (False, False)


def read_until(terminal, expected):
    output, deadline = b"", time.monotonic() + 30
    while expected not in output:
        assert time.monotonic() < deadline, output
        if select.select([terminal], [], [], 0.2)[0]:
            output += os.read(terminal, 65536)
    time.sleep(0.2)  # the echo is switched off after the prompt is written
    return output


def wrong_files(files):
    (files / "empty.pem").write_text("")
    return {
        "file_unreadable": ["--cert", str(files / "nothing.pem")],
        "not_certificates": ["--cert", str(files / "empty.pem")],
        "not_a_key": ["--key", str(files / "certificate.pem")],
    }


@pytest.mark.parametrize("code", ["file_unreadable", "not_certificates", "not_a_key", "passphrase_wrong"])
def test_an_unusable_file_is_named_and_nothing_is_sent(gateway, files, credentials, code):
    """The exit code is 2, standard error has one line, and the gateway gets no connection."""
    environment = secrets(credentials) | ({"FLEETS_KEY_PASSPHRASE": "wrong"} if code == "passphrase_wrong" else {})
    with gateway("healthy") as served:
        options = [*arguments(files, served.base_url, credentials), *wrong_files(files).get(code, [])]
        done = run(options, environment=environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n"), served.connections) == (2, "", 1, 0)
    assert ".pem" in done.stderr


def test_a_request_that_is_certain_to_fail_needs_try_anyway(gateway, files, credentials):
    """The login as client ID is not sent; --try-anyway sends it."""
    with gateway("healthy") as served:
        options = [*arguments(files, served.base_url, credentials), "--client-id", credentials.login]
        refused = run(options, environment=secrets(credentials))
        before = served.connections
        tried = run([*options, "--try-anyway"], environment=secrets(credentials))
    assert (refused.returncode, before, tried.returncode, served.connections) == (3, 0, 0, 1)
    assert "--try-anyway" in refused.stdout


def test_an_interrupt_cancels_the_test(gateway, files, credentials):
    """SIGINT ends a hanging test at once, with a diagnosis."""
    with gateway("hang_after_request") as served:
        options = [sys.executable, *COMMANDS["module"], *arguments(files, served.base_url, credentials)]
        environment = os.environ | secrets(credentials)
        with subprocess.Popen(
            options, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            while "client certificate" not in child.stderr.readline():
                assert child.poll() is None
            child.send_signal(2)
            out, _ = child.communicate(timeout=12)
    assert (child.returncode, "(cancelled, certain)" in out) == (130, True)


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "9999"])
def test_an_invalid_timeout_is_refused(files, credentials, seconds):
    """--timeout takes a number of seconds above 0 and up to the maximum."""
    done = run(arguments(files, "https://127.0.0.1:1", credentials, "--timeout", seconds), environment={})
    assert (done.returncode, "--timeout" in done.stderr) == (2, True)


def test_help_names_the_variables_and_exit_codes(capsys):
    """The help says how to pass secrets, and what the exit codes mean."""
    help_run = run(["--help"], environment={})
    assert (help_run.returncode, "FLEETS_PASSWORD" in help_run.stdout, "130" in help_run.stdout) == (0, True, True)
    with pytest.raises(SystemExit):
        call_command("test_connection", "--help")
    assert "Exit codes" in capsys.readouterr().out


def test_a_password_for_a_server_that_asks_for_no_certificate_needs_an_option(gateway, files, credentials):
    """Without the option, the password stays here, and the output names the option."""
    with gateway("no_certificate_asked_401") as served:
        options = arguments(files, served.base_url, credentials)
        withheld = run(options, environment=secrets(credentials))
        sent = run([*options, "--send-password-anyway"], environment=secrets(credentials))
    assert (withheld.returncode, sent.returncode) == (4, 4)
    assert [b"authorization" in request.lower() for request in served.requests] == [False, True]
    assert "use --send-password-anyway" in withheld.stdout
    assert "--send-password-anyway" not in sent.stdout
