"""A rotation of the server's key that is killed again and again loses no key (ASVS 11.1.1, 13.3.4).

ROTATION_KEYS and ROTATION_KILLS set the numbers; 10,000 keys and 100 kills take about ten minutes.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from onboarding.pki.keyring import Keyring
from tests.browser.processes import PROJECT, manage, run
from tests.browser.sites import install

KEYS = int(os.environ.get("ROTATION_KEYS", "200"))
KILLS = int(os.environ.get("ROTATION_KILLS", "2"))
REWRAP = [sys.executable, PROJECT / "manage.py", "keyring", "rewrap"]


def rotation(*arguments: str) -> list[str | Path]:
    return [sys.executable, "-m", "tests.security.rotation", *arguments]


def rewrapped(folder: Path, keyring: Path) -> int:
    """Return the number of keys that the first key of `keyring` encrypts."""
    connection = sqlite3.connect(f"file:{folder / 'onboarding.sqlite3'}?mode=ro", uri=True, timeout=20)
    with closing(connection):
        query = "SELECT count(*) FROM onboarding_sealedprivatekey WHERE server_key_id = ?"
        return int(connection.execute(query, [Keyring.read(keyring).first_id]).fetchone()[0])


@pytest.mark.asvs("11.1.1", "13.3.4")
def test_a_rotation_that_is_killed_leaves_every_key_readable(tmp_path):
    """Processes are killed at random moments while another server, with the old keyring, adds keys."""
    old = install(tmp_path)
    rotated = tmp_path / "rotated"
    rotated.write_text(Keyring.new_text() + Path(old["KEYRING_FILE"]).read_text())
    new = old | {"KEYRING_FILE": str(rotated)}
    run(rotation("fill", str(KEYS)), env=old, cwd=PROJECT)
    other = subprocess.Popen(rotation("fill", str(KEYS // 4)), env=old, cwd=PROJECT, stdout=subprocess.DEVNULL)
    for kill in range(1, KILLS + 1):
        rewrapping = subprocess.Popen(REWRAP, env=new, cwd=PROJECT, stdout=subprocess.DEVNULL)
        # Let each process do a part of the work, so that it is killed in the middle.
        while rewrapped(tmp_path, rotated) < kill * KEYS // (2 * KILLS) and rewrapping.poll() is None:
            time.sleep(0.001 + 0.01 * random.random())
        rewrapping.kill()
        assert rewrapping.wait() == -signal.SIGKILL
    assert rewrapped(tmp_path, rotated) < KEYS
    assert other.wait(3000) == 0
    output = manage("keyring", "rewrap", env=new)
    number, *ids = run(rotation("check"), env=new, cwd=PROJECT).stdout.split()
    assert "0 failed" in output
    assert (int(number), ids) == (KEYS + KEYS // 4, [Keyring.read(rotated).first_id])
