"""Calls of a function with large inputs, in a process whose CPU time is limited, to prove that its time is linear.

The inputs are so large that a quadratic function needs minutes or hours for each.
"""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from tests.lint.problem import PROJECT

SECONDS = 20  # of CPU time for one input, unless a test has smaller inputs and a smaller limit
FINISHED = "finished"


def repeated(unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return `unit` repeated up to `size` bytes, with `before` and `after` around it."""
    return before + unit * (size // len(unit)) + after


def call_with_each(
    function: Callable[[bytes], object], inputs: Iterator[tuple[str, bytes]], seconds: int = SECONDS
) -> None:
    """Call `function` with each of `inputs`, a label and the data.

    The system ends the process if a call takes more than `seconds` of CPU time.
    """
    _, hard_limit = resource.getrlimit(resource.RLIMIT_CPU)
    for label, data in inputs:
        print(label, flush=True)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard_limit))
        function(data)
    print(FINISHED)


def last_input(module: str, reader: str, seconds: int = SECONDS) -> str:
    """Call the function of READERS[reader] in `module` with its inputs. Return FINISHED, or the label of the slow one.

    Raise CalledProcessError if the function raises an exception.
    """
    imports = f"from tests.cpu_limit import call_with_each\nfrom {module} import READERS\n"
    code = f"{imports}call_with_each(*READERS[{reader!r}](), seconds={seconds})"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, -signal.SIGXCPU):
        raise subprocess.CalledProcessError(done.returncode, reader, done.stdout, done.stderr)
    return done.stdout.splitlines()[-1]
