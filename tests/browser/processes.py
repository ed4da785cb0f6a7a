"""Programs that run during a test: started on free ports, logged to a file, and stopped at the end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0  # seconds for a program to listen on its port; the machine may be busy


def free_port() -> int:
    """Return a port of the loopback interface on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Return whether a program accepts connections on this port of the loopback interface."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def run(command: Sequence[str | Path], **options) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; fail with its output if it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=120, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def manage(*arguments: str, env: Mapping[str, str]) -> str:
    """Run a command of manage.py; return its output."""
    return run([sys.executable, PROJECT / "manage.py", *arguments], env=env, cwd=PROJECT).stdout


class Running:
    """A program in its own session, which prints to `log`."""

    def __init__(self, command: Sequence[str | Path], log: Path, *, ports: Sequence[int], **options) -> None:
        self.log = log
        self.ports = ports
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_SECONDS
        while not all(map(listens, self.ports)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"{self.process.args} does not serve:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send SIGTERM; after 20 seconds, kill the whole session."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
