"""What every check returns, and which files the checks read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# A line with this comment is exempt from the checks of visible text, as is the line below a comment that stands alone.
# "not shown" says that nobody reads the text on a page or in an email; "not translated" says that it is the same in
# every language, such as a file name; "marked where" says which code marks the literals that the line looks up.
COMMENT_LINE = re.compile(r"\s*(#|//|\{#)")
EXEMPTION = re.compile(r"\b(not shown: |not translated: |marked where )\S")
LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, order=True)
class Problem:
    """A line of a file that breaks a rule."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        path = self.path.relative_to(PROJECT) if self.path.is_relative_to(PROJECT) else self.path
        return f"{path}:{self.line}: {self.text}"


def exempt_lines(source: str) -> set[int]:
    """Return the numbers of the lines that carry an exemption; a line's number starts at 1."""
    exempt = set()
    for number, line in enumerate(source.splitlines(), 1):
        if EXEMPTION.search(line):
            exempt |= {number, number + 1} if COMMENT_LINE.match(line) else {number}
    return exempt


def python_files(*folders: str) -> Iterator[Path]:
    """Yield the Python files below `folders` of the project (a file is allowed as well), migrations left out."""
    for folder in folders:
        path = PROJECT / folder
        found = [path] if path.is_file() else sorted(path.rglob("*.py"))
        yield from (file for file in found if "migrations" not in file.parts)


def template_files() -> Iterator[Path]:
    """Yield the project's templates."""
    yield from sorted((PROJECT / "templates").rglob("*.html"))
    yield from sorted((PROJECT / "templates").rglob("*.txt"))
