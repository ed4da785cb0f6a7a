"""A rotation of the server's key that is killed again and again loses no key (ASVS 11.1.1, 13.3.4).

ROTATION_KEYS and ROTATION_KILLS set the numbers; 10,000 keys and 100 kills take about ten minutes.
"""

import os
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from onboarding.pki.custody import Keyring
from tests.browser.processes import PROJECT, manage, run
from tests.browser.sites import install

KEYS = int(os.environ.get("ROTATION_KEYS", "40"))
KILLS = int(os.environ.get("ROTATION_KILLS", "2"))
REWRAP = [sys.executable, PROJECT / "manage.py", "rewrap_keys"]


def rotation(*arguments: str) -> list[str | Path]:
    return [sys.executable, "-m", "tests.security.rotation", *arguments]


def test_a_rotation_that_is_killed_leaves_every_key_readable(tmp_path):
    """Processes are killed at random moments while another server, with the old keyring, adds keys."""
    old = install(tmp_path)
    rotated = tmp_path / "rotated"
    rotated.write_text(Keyring.new_text() + Path(old["KEYRING_FILE"]).read_text())
    new = old | {"KEYRING_FILE": str(rotated)}
    run(rotation("fill", str(KEYS)), env=old, cwd=PROJECT)
    killed = 0
    other = subprocess.Popen(rotation("fill", str(KEYS // 4)), env=old, cwd=PROJECT, stdout=subprocess.DEVNULL)
    for _ in range(KILLS):
        rewrapping = subprocess.Popen(REWRAP, env=new, cwd=PROJECT, stdout=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            rewrapping.wait(random.uniform(0.5, 3.0))
        killed += rewrapping.poll() is None
        rewrapping.kill()
        rewrapping.wait()
    assert other.wait(600) == 0
    output = manage("rewrap_keys", env=new)
    number, *ids = run(rotation("check"), env=new, cwd=PROJECT).stdout.split()
    assert killed > 0
    assert "0 failed" in output
    assert (int(number), ids) == (KEYS + KEYS // 4, [Keyring.read(rotated).first_id])
