"""Migrations are safe while the earlier version of the site still serves: they expand first, and contract later.

An operation that breaks the earlier version needs a comment `# safe: REASON` on its line or in the lines above it. The
migrations up to 0016 were released before this rule.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import PROJECT, Problem

FOLDER = PROJECT / "onboarding" / "migrations"
FIRST = 17  # the number of the first migration that is checked
REFUSED = {
    "RenameField": "the earlier version reads the column by its earlier name",
    "RenameModel": "the earlier version reads the table by its earlier name",
    "AlterModelTable": "the earlier version reads the table by its earlier name",
    "RemoveField": "the earlier version still reads the column; remove it one release later",
    "DeleteModel": "the earlier version still reads the table; remove it one release later",
    "AddConstraint": "rows of the earlier version may break it",
    "AlterUniqueTogether": "rows of the earlier version may break it",
}
REVERSIBLE = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}
SAFE = re.compile(r"#\s*safe: \S")


def check() -> list[Problem]:
    """Return the unsafe operations of the migrations."""
    paths = [path for path in sorted(FOLDER.glob("[0-9]*.py")) if int(path.name[:4]) >= FIRST]
    return [problem for path in paths for problem in problems(path, path.read_text())]


def problems(path: Path, source: str) -> Iterator[Problem]:
    """Yield a problem for each operation that the earlier version of the site does not survive."""
    lines = source.splitlines()
    created = {_text(_argument(call, "name", 0)) for call in _operations(source) if _name(call) == "CreateModel"}
    for call in _operations(source):
        text = _refusal(call)
        model = (_text(_argument(call, "model_name", 0)) or "").lower()
        if text is None or model in {name.lower() for name in created if name}:
            continue
        above = call.lineno - 1
        while above > 0 and lines[above - 1].strip().startswith("#"):
            above -= 1
        if not any(SAFE.search(line) for line in lines[above : call.lineno]):
            yield Problem(path, call.lineno, f"{_name(call)}: {text}")


def _operations(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        function = node.func if isinstance(node, ast.Call) else None
        owner = function.value if isinstance(function, ast.Attribute) else None
        if isinstance(node, ast.Call) and isinstance(owner, ast.Name) and owner.id == "migrations":
            yield node


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return named or (call.args[position] if len(call.args) > position else None)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _refusal(call: ast.Call) -> str | None:
    """Return why an operation is refused; None if it is safe."""
    name = _name(call)
    if name in REVERSIBLE:
        reversible = _argument(call, REVERSIBLE[name], 1) is not None
        return None if reversible else "it can't be reversed; give it a reverse, or say why there is none"
    if name == "AddField":
        field = _argument(call, "field", 2)
        return None if _has_value(field) else "the earlier version leaves this column out; give it db_default or null"
    if name == "AlterField":
        return _alteration(_argument(call, "field", 2))
    return REFUSED.get(name)


def _keywords(field: ast.expr | None) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in field.keywords} if isinstance(field, ast.Call) else {}


def _has_value(field: ast.expr | None) -> bool:
    keywords = _keywords(field)
    is_null = isinstance(keywords.get("null"), ast.Constant) and keywords["null"].value is True
    has_no_column = isinstance(field, ast.Call) and "ManyToManyField" in ast.unparse(field.func)
    return is_null or "db_default" in keywords or has_no_column


def _alteration(field: ast.expr | None) -> str | None:
    """Return why an altered field is refused. Only a new list of choices is known not to change the column."""
    if "choices" in _keywords(field):
        return None
    return "say why the earlier version can still read and write the column"
