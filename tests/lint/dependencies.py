"""Every locked package that a server or `make run` installs has its reason in docs/dependencies.md, and so has each
package that development asks for; and the page lists no other. Every locked version has a hash.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import PROJECT, Problem

PAGE = "docs/dependencies.md"
ROW = re.compile(r"\| `([a-z0-9.-]+)` \| (.+?) \| (.+?) \|")
PINNED = re.compile(r"([A-Za-z0-9._-]+)==\S+")
REQUESTED = re.compile(r"[A-Za-z0-9._-]+")
SECTIONS = {
    "What a server installs": "requirements.txt",
    "What `make run` adds": "requirements-run.txt",
    "What installs the others": "requirements-pip.txt",
    "What development adds": "",  # the extra `dev`
}


def check() -> list[Problem]:
    """Return the differences between the page and the locks."""
    return [*differences(PROJECT), *unhashed(PROJECT)]


def canonical(name: str) -> str:
    """Return the name of a package as the locks write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> set[str]:
    """Return the names of the packages in a lock."""
    lines = path.read_text().splitlines()
    return {canonical(found[1]) for line in lines if (found := PINNED.match(line))}


def expected(project: Path, section: str) -> set[str]:
    """Return the names of the packages that `section` of the page must list."""
    if section == "What development adds":
        extra = tomllib.loads((project / "pyproject.toml").read_text())["project"]["optional-dependencies"]["dev"]
        return {canonical(REQUESTED.match(line)[0]) for line in extra}
    names = locked(project / SECTIONS[section])
    return names - locked(project / "requirements.txt") if section == "What `make run` adds" else names


def differences(project: Path) -> Iterator[Problem]:
    """Yield a problem for each package that the page lacks, and for each row without a package."""
    page = project / PAGE
    rows: dict[str, dict[str, int]] = {section: {} for section in SECTIONS}
    section = ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        section = line.removeprefix("## ") if line.startswith("## ") else section
        if found := ROW.match(line):
            rows.setdefault(section, {})[found[1]] = number
    for name, listed in rows.items():
        wanted = expected(project, name) if name in SECTIONS else set()
        yield from (Problem(page, 1, f"{name}: {missing} has no reason") for missing in sorted(wanted - set(listed)))
        yield from (Problem(page, listed[extra], f"{extra} is not locked") for extra in sorted(set(listed) - wanted))


def unhashed(project: Path) -> Iterator[Problem]:
    """Yield a problem for each locked version without a hash, and for each address of an index in a lock."""
    for path in sorted(project.glob("requirements*.txt")):
        lines = [*path.read_text().splitlines(), ""]
        for number, line in enumerate(lines, 1):
            if PINNED.match(line) and "--hash=sha256:" not in lines[number]:
                yield Problem(path, number, "this version has no hash")
            if not line.startswith("#") and re.match(r"\s*-(?!-hash)|.*://", line):
                yield Problem(path, number, "a lock has packages only, and no address")
