"""`manage.py backup` and `manage.py restore`: the drill, what they refuse, and what is in which file (ASVS 13.3.1)."""

import base64
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from onboarding.models import Status
from onboarding.pki.keyring import Keyring
from tests import factories
from tests.browser.processes import PROJECT, manage, run
from tests.browser.sites import install

POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
WALKED = "key_made sent received certified sent connected draft sent sent connected key_made"


def site(folder: Path, name: str, *, empty: bool = False) -> dict[str, str]:
    """Return the environment of a site in a folder of its own. With `empty`, it has neither a database nor keys."""
    (folder / name).mkdir()
    address = {}
    if POSTGRESQL:
        from tests.postgresql import new_database, programs  # noqa: PLC0415  # only where PostgreSQL is tested

        address = {"DATABASE_URL": new_database(f"drill_{name}")}
        address["PATH"] = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    if not empty:
        return install(folder / name, collect=False, **address)
    (folder / name / "tmp").mkdir()
    sample = json.loads((folder / "env.json").read_text())
    old, new = str(folder / "first"), str(folder / name)
    return {key: value.replace(old, new) for key, value in sample.items()} | address


def drill(half: str, env: dict[str, str]) -> str:
    return run([sys.executable, "-m", "tests.security.drill", half], env=env, cwd=PROJECT).stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the backup of a site with an onboarding in every status, made while other keys were added."""
    folder = tmp_path_factory.mktemp("drill")
    env = site(folder, "first")
    (folder / "env.json").write_text(json.dumps(env))
    assert set(drill("fill", env).split()) == set(Status.values)
    filling = [sys.executable, "-m", "tests.security.rotation", "fill", "30"]
    other = subprocess.Popen(filling, env=env, cwd=PROJECT, stdout=subprocess.DEVNULL)
    manage("backup", *files(folder), env=env)
    assert other.wait(120) == 0
    return folder


def files(folder: Path) -> tuple[str, ...]:
    return ("--database", str(folder / "database.backup"), "--keys", str(folder / "keys.backup"))


@pytest.mark.database
def test_after_losing_everything_every_onboarding_walks_on_elsewhere(folder):
    """Database and keys are lost; on another machine, both are restored, and every onboarding takes its next step."""
    (folder / "first").rename(folder / "lost")
    second = site(folder, "second", empty=True)
    output = manage("restore", *files(folder), env=second)
    assert "Every server key opens its canary, and the audit record is intact." in output
    assert drill("walk", second) == WALKED
    assert "This machine can use every server key" in manage("keyring", "check", env=second)
    assert "is intact" in manage("verify_audit", env=second)
    written = [folder / "database.backup", folder / "keys.backup", *(folder / "second").glob("*key*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert len(written) == 4


@pytest.mark.skipif(POSTGRESQL, reason="looks into the SQLite file")
def test_neither_file_alone_opens_a_key(folder):
    """The database has the id of the server key only, and the file of the keys has no stored key."""
    keys = json.loads((folder / "keys.backup").read_text())
    key_id, _, key = keys["keyring"].splitlines()[1].partition(":")
    content = (folder / "database.backup").read_bytes()
    assert (key_id.encode() in content, key.encode() in content) == (True, False)
    assert base64.b64decode(key) not in content
    assert sorted(keys) == ["audit_key", "format", "keyring"]


@pytest.mark.skipif(POSTGRESQL, reason="alters the SQLite file")
def test_an_altered_backup_is_noticed_when_it_is_restored(folder, tmp_path):
    """A canary and a record of the audit that were altered in the file lead to exit code 1."""
    altered = tmp_path / "altered"
    shutil.copy(folder / "database.backup", altered)
    with closing(sqlite3.connect(altered)) as database, database:
        database.execute("UPDATE onboarding_serverkey SET canary = zeroblob(80)")
        database.execute("UPDATE onboarding_audithead SET number = 1")
    third = site(folder, "third", empty=True)
    names = ("--database", str(altered), "--keys", str(folder / "keys.backup"))
    command = [sys.executable, PROJECT / "manage.py", "restore", *names]
    done = subprocess.run(command, env=third, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, "has 2 problems" in done.stderr) == (1, True)


def refused(command: str, *arguments: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(command, *arguments)
    return str(caught.value)


@pytest.mark.skipif(POSTGRESQL, reason="needs no database server")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_overwritten(owner, tmp_path, settings):
    """Existing files, a database with tables, another keyring, files of the wrong kind: refused, and unchanged."""
    factories.with_key(owner)
    call_command("backup", *files(tmp_path))
    before = [(tmp_path / name).read_bytes() for name in ("database.backup", "keys.backup")]
    assert "nothing is overwritten" in refused("backup", *files(tmp_path))
    assert "is not empty" in refused("restore", *files(tmp_path))
    swapped = ("--database", str(tmp_path / "keys.backup"), "--keys", str(tmp_path / "database.backup"))
    assert "is not the file with the keys" in refused("restore", *swapped)
    settings.KEYRING_FILE = tmp_path / "keyring"
    settings.KEYRING_FILE.write_text(Keyring.new_text())
    kept = settings.KEYRING_FILE.read_text()
    assert "is not the file of the backup" in refused("restore", *files(tmp_path))
    assert "does not have" in refused("backup", "--database", f"{tmp_path}/a", "--keys", f"{tmp_path}/b")
    assert settings.KEYRING_FILE.read_text() == kept
    assert [(tmp_path / name).read_bytes() for name in ("database.backup", "keys.backup")] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["database.backup", "keyring", "keys.backup"]
