"""Every path that the README, CONTRIBUTING and CHANGELOG name exists, and so does every name in it that they give."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import PROJECT, Problem

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
NAMED_PATH = re.compile(r"`((?:onboarding|tests|templates|static|docs)/[\w./-]*)`")
# A module and names in it: `onboarding/pki/custody.py`, `open_key` and `seal_key`.
NAMES_IN_MODULE = re.compile(r"`([\w/]+\.py)`((?:(?:, | and )`[\w.]+`)+)")


def check() -> list[Problem]:
    """Return the paths and names in documents that don't exist."""
    return [
        problem for name in DOCUMENTS for problem in problems(PROJECT / name, (PROJECT / name).read_text(), PROJECT)
    ]


def problems(path: Path, source: str, project: Path) -> Iterator[Problem]:
    """Yield a problem for each path of a document that is not in `project`, and for each name that its file lacks."""
    for number, line in enumerate(source.splitlines(), 1):
        for name in NAMED_PATH.findall(line):
            if not (project / name).exists():
                yield Problem(path, number, f"there is no {name}")
        for module, names in NAMES_IN_MODULE.findall(line):
            source_of_module = (project / module).read_text() if (project / module).is_file() else ""
            for name in re.findall(r"`([\w.]+)`", names):
                if not re.search(rf"\b{name.rpartition('.')[2]}\b", source_of_module):
                    yield Problem(path, number, f"there is no {name} in {module}")
