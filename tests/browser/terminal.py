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


# Makes the terminal at its standard input the one that prompts appear on, then becomes bash.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp("bash", ["bash", "-c", sys.argv[1]])
"""


def type_at(line: str, folder: Path, answers: Mapping[str, str], *, seconds: float = 30) -> Session:
    """Run `line` in bash in `folder`; when the terminal shows a prompt (a pattern), type its answer once."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, line],
        cwd=folder,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    os.close(theirs)
    screen, output, waiting = "", b"", dict(answers)
    deadline = time.monotonic() + seconds
    assert process.stdout is not None
    sources = [ours, process.stdout.fileno()]
    while sources and time.monotonic() < deadline:
        for source in select.select(sources, [], [], 0.2)[0]:
            try:
                data = os.read(source, 65536)
            except OSError:  # Linux says so where a terminal's last program has ended
                data = b""
            if not data:
                sources.remove(source)
            elif source == ours:
                screen += data.decode(errors="replace")
                for prompt in [prompt for prompt in waiting if re.search(prompt, screen)]:
                    time.sleep(0.1)  # the prompt is written just before echo is switched off
                    os.write(ours, waiting.pop(prompt).encode() + b"\n")
            else:
                output += data
    os.close(ours)
    process.stdout.close()
    process.kill()
    assert not waiting, f"never asked for {[*waiting]}: {screen}"
    return Session(process.wait(), output.decode(), screen)
