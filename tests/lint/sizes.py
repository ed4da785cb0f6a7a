"""Print the sizes of files and functions, and the names that several modules define: `python -m tests.lint.sizes`."""

import ast
from pathlib import Path
from statistics import median

from tests.lint.names import definitions
from tests.lint.problem import PROJECT, python_files

SHORT_FILE = 50  # lines
LONG_FILE = 450
LONG_FUNCTION = 40


def main() -> None:
    """Print the table."""
    files = {path: len(path.read_text().splitlines()) for path in python_files("onboarding")}
    nouns = {path: lines for path, lines in files.items() if path.name not in {"__init__.py", "__main__.py"}}
    functions = sorted((length, place) for path in files for length, place in function_lengths(path))
    lengths = [length for length, _ in functions]
    longest_file = max(nouns, key=lambda path: nouns[path])
    short = sorted((lines, _shown(path)) for path, lines in nouns.items() if lines < SHORT_FILE)
    print(f"files: {len(nouns)}, without __init__, __main__ and migrations")
    print(f"  median {median(nouns.values()):.0f} lines, maximum {nouns[longest_file]} ({_shown(longest_file)})")
    print(f"  over {LONG_FILE} lines: {sum(lines > LONG_FILE for lines in nouns.values())}")
    print(f"  under {SHORT_FILE} lines: {len(short)}")
    for lines, name in short:
        print(f"    {lines:3} {name}")
    print(f"functions: {len(functions)}")
    print(f"  median {median(lengths):.0f} lines, maximum {lengths[-1]} ({functions[-1][1]})")
    print(f"  over {LONG_FUNCTION} lines: {sum(length > LONG_FUNCTION for length in lengths)}")
    for kind in ("class", "constant", "function"):
        _print_repeated(kind)


def function_lengths(path: Path) -> list[tuple[int, str]]:
    """Return (lines, place) of each function and method in a module, decorators left out."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return [
        (int(node.end_lineno or node.lineno) - node.lineno + 1, f"{_shown(path)}:{node.lineno} {node.name}")
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _print_repeated(kind: str) -> None:
    places = definitions(python_files("onboarding"))
    repeated = {
        name: sorted({_shown(path) for path, _ in where})
        for (a_kind, name), where in places.items()
        if a_kind == kind and len({path for path, _ in where}) > 1
    }
    print(f"{kind} names in several modules: {len(repeated)}")
    for name, where in sorted(repeated.items()):
        print(f"    {name}: {', '.join(where)}")


def _shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))


if __name__ == "__main__":
    main()
