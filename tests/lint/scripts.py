"""Scripts pass oxlint, have no text for people in them, and no line that is too long.

Texts come from the page, as attributes of elements: templates can translate them, and a script can't. Oxlint is a wheel
that holds a program, so neither Node nor npm is needed.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import LETTER, PROJECT, Problem, exempt_lines

LINE_LENGTH_MAX = 120
OXLINT = (
    *("--quiet", "--format=json", "-D", "correctness", "-D", "suspicious", "-D", "perf"),
    *(
        "-A",
        "no-await-in-loop",
    ),  # a stream is read one part after the other
    *("-D", "eqeqeq", "-D", "no-var", "-D", "prefer-const", "-D", "no-eval", "-D", "no-alert", "-D", "no-console"),
)
STRING = re.compile(r"""(?P<quote>["'`])(?P<text>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)""")
COMMENT = re.compile(r"^\s*//.*|\s//\s.*")
EXPRESSION = re.compile(r"\$\{[^}]*\}")
SHOWN_PROPERTY = re.compile(r"\b(textContent|innerText|title|alt|placeholder|ariaLabel)\s*=\s*[^=]")
SELECTOR = re.compile(r"querySelector|closest\(|matches\(|className|classList|^\s*\"use strict\"")


def check() -> list[Problem]:
    """Return the problems of the project's scripts."""
    files = sorted((PROJECT / "static").rglob("*.js"))
    found = [problem for path in files for problem in text_problems(path, path.read_text())]
    return found + oxlint(files)


def text_problems(path: Path, source: str) -> Iterator[Problem]:
    """Yield a problem for each string that a person would read, and for each line that is too long."""
    exempt = exempt_lines(source)
    for number, line in enumerate(source.splitlines(), 1):
        if len(line) > LINE_LENGTH_MAX:
            yield Problem(path, number, f"{len(line)} characters in a line; {LINE_LENGTH_MAX} are allowed")
        code = COMMENT.sub("", line)
        if number in exempt or SELECTOR.search(code):
            continue
        for match in STRING.finditer(code):
            text = EXPRESSION.sub("", match["text"])
            is_shown = SHOWN_PROPERTY.search(code) or " " in text.strip()
            if is_shown and LETTER.search(text):
                yield Problem(path, number, f"text for people in a script: {match['text']!r}")


def oxlint(files: list[Path]) -> list[Problem]:
    """Return what oxlint says about the files."""
    if not files:
        return []
    program = Path(sys.prefix) / "bin" / "oxlint"
    done = subprocess.run([program, *OXLINT, *files], capture_output=True, text=True, check=False, cwd=PROJECT)
    try:
        diagnostics = json.loads(done.stdout)["diagnostics"]
    except (ValueError, KeyError):
        return [Problem(PROJECT / "static", 0, f"oxlint failed: {done.stdout}{done.stderr}")]
    return [_problem(diagnostic) for diagnostic in diagnostics]


def _problem(diagnostic: dict[str, object]) -> Problem:
    labels = diagnostic["labels"]
    line = labels[0]["span"]["line"] if isinstance(labels, list) and labels else 0
    return Problem(
        PROJECT / str(diagnostic["filename"]), int(line), f"{diagnostic.get('code', 'syntax')}: {diagnostic['message']}"
    )
