"""Stylesheets parse, use only custom properties that exist, and declare nothing twice in a rule.

Does not check property names or values: browsers ignore what they don't know, and the browser tests look at the result.
"""

from collections.abc import Iterator
from pathlib import Path

import tinycss2
from tinycss2.ast import Declaration, Node, ParseError

from tests.lint.problem import PROJECT, Problem

# Custom properties of Bootstrap and of Django's admin come from their own stylesheets.
FOREIGN_PREFIXES = ("--bs-",)
ADMIN_STYLESHEETS = ("base.css", "dark_mode.css")


def check() -> list[Problem]:
    """Return the problems of the project's stylesheets."""
    sheets = {path: path.read_text() for path in sorted((PROJECT / "static").rglob("*.css"))}
    defined = set().union(*(custom_properties(source) for source in sheets.values()), _admin_properties())
    return [problem for path, source in sheets.items() for problem in problems(path, source, defined)]


def problems(path: Path, source: str, defined: set[str]) -> Iterator[Problem]:
    """Yield the problems of one stylesheet; `defined` are the custom properties that exist."""
    for node in _nodes(tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True)):
        if isinstance(node, ParseError):
            yield Problem(path, node.source_line, f"does not parse: {node.message}")
        elif node.type == "qualified-rule":
            yield from _repeated(path, node)
        elif isinstance(node, Declaration):
            for name, line in _used_properties(node.value):
                if name not in defined and not name.startswith(FOREIGN_PREFIXES):
                    yield Problem(path, line, f"{name} is not defined anywhere")


def custom_properties(source: str) -> set[str]:
    """Return the custom properties that a stylesheet defines."""
    nodes = _nodes(tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True))
    return {node.name for node in nodes if isinstance(node, Declaration) and node.name.startswith("--")}


def _admin_properties() -> set[str]:
    from django.contrib import admin  # noqa: PLC0415  # only its folder is needed, and only here

    folder = Path(admin.__file__).parent / "static/admin/css"
    return set().union(*(custom_properties((folder / name).read_text()) for name in ADMIN_STYLESHEETS))


def _nodes(rules: list[Node]) -> Iterator[Node]:
    """Yield the rules, the declarations and the parse errors of a stylesheet, nested ones as well."""
    for rule in rules:
        yield rule
        content = getattr(rule, "content", None)
        if content is not None:
            yield from _nodes(tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True))


def _repeated(path: Path, rule: Node) -> Iterator[Problem]:
    seen: dict[str, list[str]] = {}
    for node in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if isinstance(node, Declaration):
            value = tinycss2.serialize(node.value)
            # A second value may be a newer one that older browsers don't know; the same value twice is a mistake.
            if value in seen.setdefault(node.lower_name, []):
                yield Problem(path, node.source_line, f"{node.name} is declared twice")
            seen[node.lower_name].append(value)


def _used_properties(tokens: list[Node]) -> Iterator[tuple[str, int]]:
    """Yield (name, line) of each custom property that is used without a fallback."""
    for token in tokens:
        if token.type == "function":
            arguments = [argument for argument in token.arguments if argument.type not in {"whitespace", "comment"}]
            if token.lower_name == "var" and len(arguments) == 1:
                yield arguments[0].value, token.source_line
            yield from _used_properties(token.arguments)
        elif token.type.endswith("block"):
            yield from _used_properties(token.content)
