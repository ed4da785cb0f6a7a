"""The numbers of tests and of keys at the same time hold over several processes (ASVS 5.0, 2.4.1)."""

import subprocess
import sys
from collections import Counter

import pytest

from tests.browser.processes import PROJECT
from tests.browser.sites import install
from tests.postgresql import start
from tests.security.places import THREADS

PROCESSES = 3
MODULE = [sys.executable, "-m", "tests.security.places"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_places_are_counted_over_all_processes(tmp_path, kind):
    """Nine threads of three processes want four tests and three keys; the places are free when the processes end."""
    url = start() if kind == "postgresql" else f"sqlite:///{tmp_path / 'onboarding.sqlite3'}"
    env = install(tmp_path, collect=False, DATABASE_URL=url) | {"TESTS_AT_ONCE": "4", "KEYS_AT_ONCE": "3"}
    subprocess.run([*MODULE, "fill", str(PROCESSES * THREADS)], env=env, cwd=PROJECT, check=True, capture_output=True)
    running = [
        subprocess.Popen(
            [*MODULE, "take", str(number * THREADS)],
            env=env,
            cwd=PROJECT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    assert [process.stdout.readline() for process in running] == ["ready\n"] * PROCESSES
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = Counter()
    for process in running:
        said.update(iter(lambda stdout=process.stdout: stdout.readline().strip(), "done"))
    for process in running:
        process.communicate(timeout=60)
        assert process.returncode == 0
    said = {line: number for line, number in said.items() if not line.startswith("{")}  # the audit stream
    assert said == {"test": 4, "test refused": 5, "key": 3, "key refused": 6}
