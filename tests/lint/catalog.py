"""Every text of the message catalog is a literal in a marker, so that makemessages extracts it whole."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import Problem, exempt_lines, python_files
from tests.lint.strings import TEMPLATES, called_name, marked_texts

IDENTIFIER_KEYWORDS = {"severity", "confidence", "owner"}


def check() -> list[Problem]:
    """Return the problems of the message catalog."""
    return [problem for path in python_files("onboarding/messages") for problem in problems(path, path.read_text())]


def problems(path: Path, source: str) -> Iterator[Problem]:
    """Yield a problem for each text of a template that is not a marked literal."""
    exempt = exempt_lines(source)
    templates = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and called_name(node) in TEMPLATES
    )
    for node in sorted(templates, key=lambda node: node.lineno):
        texts = [*node.args[1:3], *(key.value for key in node.keywords if key.arg not in IDENTIFIER_KEYWORDS)]
        for text in texts:
            if not _is_marked(text) and text.lineno not in exempt:
                yield Problem(path, text.lineno, f"a template's text outside gettext_noop: {ast.unparse(text)[:80]}")


def _is_marked(node: ast.expr) -> bool:
    """Whether this is a marker over literals, an empty text, or a parameter that is passed on."""
    match node:
        case ast.Constant(value=""):
            return True
        case ast.Name(id="text" | "remedy"):
            return True
        case ast.Call() if marked_texts(node):
            texts = node.args[: marked_texts(node)]
            return all(isinstance(text, ast.Constant) and isinstance(text.value, str) for text in texts)
    return False
