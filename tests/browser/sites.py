"""Run the wizard and the rehearsal as processes, with their data in a folder of the test."""

import os
import shlex
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from pathlib import Path

from onboarding.pki.keyring import Keyring
from tests.browser.processes import PROJECT, Running, free_port, manage

TABLES = (
    *["user", "onboarding", "certificaterequest", "sealedprivatekey", "signingresponse"],
    *["issuedcertificate", "clientid", "connectiontest", "event"],
)
INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True)
class Rehearsal:
    """A running rehearsal: its folder and ports, and the environment variables for the wizard."""

    folder: Path
    gateway_port: int
    signing_port: int
    log: Path
    pid: int

    @property
    def env(self) -> dict[str, str]:
        return {
            "REHEARSAL_API_URL": f"https://127.0.0.1:{self.gateway_port}/connectedcar/v3",
            "REHEARSAL_SIGNING_URL": f"https://127.0.0.1:{self.signing_port}/sign",
            "REHEARSAL_CA_FILE": str(self.folder / "ca.pem"),
        }


@dataclass(frozen=True)
class Site:
    """A running wizard: its address, the folder with all its data, and its process."""

    url: str
    folder: Path
    log: Path
    pid: int
    env: dict[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "onboarding.sqlite3"

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Return the rows of a query over the site's database."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def count(self) -> dict[str, int]:
        """Return the number of rows of each table; derived tables are left out."""
        return {name: self.rows(f"SELECT count(*) FROM onboarding_{name}")[0][0] for name in TABLES}

    def status(self, pk: str) -> str:
        """Return the status of the onboarding `pk`."""
        return str(self.rows("SELECT status FROM onboarding_onboarding WHERE id = ?", pk.replace("-", ""))[0][0])

    def events(self, pk: str) -> list[str]:
        """Return the verbs that were recorded for the onboarding `pk`, oldest first."""
        rows = self.rows(
            "SELECT verb FROM onboarding_event WHERE onboarding_id = ? ORDER BY at, id", pk.replace("-", "")
        )
        return [verb for (verb,) in rows]


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of every program of a test site, without the developer's own settings."""
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    return {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ} | {
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch),
        "DEBUG": "0",
        "SECRET_KEY": "only-for-a-walk-" + os.urandom(16).hex(),
        "DATABASE_URL": f"sqlite:///{folder / 'onboarding.sqlite3'}",
        "KEYRING_FILE": str(folder / "keyring"),
        "AUDIT_KEY_FILE": str(folder / "audit_key"),
        "STATIC_ROOT": str(folder / "static"),
        "DJANGO_SETTINGS_MODULE": "tests.browser.served",
        "STELLANTIS_CONTACT": "contact@operator.example",
        "GUNICORN_CMD_ARGS": "--access-logfile -",  # for tests that count requests
    }


@contextmanager
def rehearsal(folder: Path) -> Iterator[Rehearsal]:
    """Run the rehearsal with its own folder below `folder`."""
    gateway_port, signing_port = free_port(), free_port()
    for name in ("keyring", "audit_key"):
        (folder / name).write_text(Keyring.new_text())
    rehearsal_folder = folder / "rehearsal"
    command = [sys.executable, PROJECT / "manage.py", "rehearsal", "--folder", rehearsal_folder, "--host", "127.0.0.1"]
    command += ["--gateway-port", str(gateway_port), "--signing-port", str(signing_port)]
    log = folder / "rehearsal.log"
    with Running(command, log, ports=(gateway_port, signing_port), env=_environment(folder), cwd=PROJECT) as running:
        yield Rehearsal(rehearsal_folder, gateway_port, signing_port, log, running.process.pid)


def install(folder: Path, *, collect: bool = True, **addresses: str) -> dict[str, str]:
    """Create a database, a keyring and the static files below `folder`; return the environment that serves them.

    Without `collect`, the static files are served from where they are, which starts quicker.
    """
    env = _environment(folder) | addresses
    (folder / "keyring").write_text(Keyring.new_text())
    (folder / "audit_key").write_text(Keyring.new_text())
    for name in ("keyring", "audit_key"):
        (folder / name).chmod(0o600)
    manage("migrate", "--verbosity=0", env=env)
    if collect:
        manage("collectstatic", "--noinput", "--verbosity=0", env=env)
    else:
        env["STATIC_NOT_COLLECTED"] = "1"
    return env


def _web_words(port: int) -> list[str]:
    line = next(line for line in (PROJECT / "Procfile").read_text().splitlines() if line.startswith("web:"))
    return shlex.split(line.removeprefix("web:").replace("$PORT", str(port)))


def server_command(port: int) -> list[str]:
    """Return the web server's command line from the Procfile, which `make run` uses."""
    program, *arguments = dropwhile(lambda word: "=" in word, _web_words(port))
    assert Path(program).name == "gunicorn"
    return [sys.executable, "-m", "gunicorn", *arguments]


def server_variables() -> dict[str, str]:
    """Return the environment variables that the Procfile sets for the web server."""
    return dict(word.partition("=")[::2] for word in takewhile(lambda word: "=" in word, _web_words(0)))


@contextmanager
def serve(folder: Path, env: dict[str, str], name: str = "127.0.0.1") -> Iterator[Site]:
    """Run the wizard over an installed `folder`. `name` is the host of its address, on the loopback."""
    port = free_port()
    url = f"http://{name}:{port}"
    env = server_variables() | env | {"SITE_URL": url}
    command = server_command(port)
    log = folder / "site.log"
    with Running(command, log, ports=(port,), env=env, cwd=PROJECT) as running:
        yield Site(url, folder, log, running.process.pid, env)
