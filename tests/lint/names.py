"""A public class or constant has one meaning: no two modules of the project define the same name."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import PROJECT, Problem, python_files

# Names that Django or the language prescribe.
PRESCRIBED = {
    *("Command", "Migration", "Meta", "urlpatterns", "register", "app_name", "Media"),
    *("DATE_FORMAT", "DATETIME_FORMAT"),
}


def check() -> list[Problem]:
    """Return the classes and constants of `onboarding` whose names stand in several modules."""
    return problems(python_files("onboarding"))


def problems(files: Iterator[Path]) -> list[Problem]:
    """Return a problem for each place of a class name or constant that is defined in more than one of `files`."""
    places = definitions(files)
    found = []
    for (kind, name), where in places.items():
        if kind == "function" or len({path for path, _ in where}) < 2:
            continue
        for path, line in where:
            others = ", ".join(sorted({_shown(other) for other, _ in where if other != path}))
            found.append(Problem(path, line, f"the {kind} {name} is defined in {others} as well"))
    return found


def definitions(files: Iterator[Path]) -> dict[tuple[str, str], list[tuple[Path, int]]]:
    """Return where each public name of a module is defined, by its kind (class, constant, function) and name."""
    places: dict[tuple[str, str], list[tuple[Path, int]]] = defaultdict(list)
    for path in files:
        for kind, name, line in _defined(ast.parse(path.read_text())):
            if not name.startswith("_") and name not in PRESCRIBED:
                places[kind, name].append((path, line))
    return places


def _defined(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield "class", name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield "function", name, node.lineno
            case ast.AnnAssign(target=ast.Name(id=name)) if name.isupper():
                yield "constant", name, node.lineno
            case ast.Assign(targets=targets):
                # A target is a name, or a tuple of names.
                for name in (part for target in targets for part in getattr(target, "elts", [target])):
                    if isinstance(name, ast.Name) and name.id.isupper():
                        yield "constant", name.id, node.lineno


def _shown(path: Path) -> str:
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else path.name
