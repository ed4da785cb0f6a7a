"""Every path that the README and CONTRIBUTING name exists."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import PROJECT, Problem

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
NAMED_PATH = re.compile(r"`((?:onboarding|tests|templates|static|docs)/[\w./-]*)`")


def check() -> list[Problem]:
    """Return the paths that documents name and that don't exist."""
    return [
        problem for name in DOCUMENTS for problem in problems(PROJECT / name, (PROJECT / name).read_text(), PROJECT)
    ]


def problems(path: Path, source: str, project: Path) -> Iterator[Problem]:
    """Yield a problem for each named path of a document that is not in `project`."""
    for number, line in enumerate(source.splitlines(), 1):
        for name in NAMED_PATH.findall(line):
            if not (project / name).exists():
                yield Problem(path, number, f"there is no {name}")
