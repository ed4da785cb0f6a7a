"""A user at a terminal: runs a command line in bash and types an answer at each prompt."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Session:
    """The result of a command: its exit code, its standard output, and what the terminal showed."""

    code: int
    output: str
    screen: str


# Makes the terminal at its standard input the controlling terminal, on which prompts appear, then runs bash.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp("bash", ["bash", "-c", sys.argv[1]])
"""


def type_at(line: str, folder: Path, answers: Mapping[str, str], *, seconds: float = 30) -> Session:
    """Run `line` in bash in `folder`; when the terminal shows a prompt (a pattern), type its answer once."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, line],
        cwd=folder,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    os.close(terminal)
    screen, output, waiting = "", b"", dict(answers)
    deadline = time.monotonic() + seconds
    assert process.stdout is not None
    sources = [controller, process.stdout.fileno()]
    while sources and time.monotonic() < deadline:
        for source in select.select(sources, [], [], 0.2)[0]:
            try:
                data = os.read(source, 65536)
            except OSError:  # Linux raises this after the last program at the terminal has ended
                data = b""
            if not data:
                sources.remove(source)
            elif source == controller:
                screen += data.decode(errors="replace")
                for prompt in [prompt for prompt in waiting if re.search(prompt, screen)]:
                    time.sleep(0.1)  # the prompt is written before echo is switched off
                    os.write(controller, waiting.pop(prompt).encode() + b"\n")
            else:
                output += data
    os.close(controller)
    process.stdout.close()
    process.kill()
    assert not waiting, f"these prompts did not appear: {[*waiting]}: {screen}"
    return Session(process.wait(), output.decode(), screen)
