"""Every text of the message catalog is a literal in a marker, so that makemessages extracts it whole.

A text may also be the name of a constant of the same module whose every value is such a literal, or a parameter of the
function around the template: `strings` looks at what is given to that function.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.lint.problem import Problem, exempt_lines, python_files
from tests.lint.strings import TEMPLATES, called_name, marked_texts

# The parameters of Template, error, warning and info that are texts, and where they stand among the arguments.
TEXT_PARAMETERS = {"text": 1, "remedy": 2}

Constants = Mapping[str, list[ast.expr]]


def check() -> list[Problem]:
    """Return the problems of the message catalog."""
    return [problem for path in python_files("onboarding/messages") for problem in problems(path, path.read_text())]


def problems(path: Path, source: str) -> Iterator[Problem]:
    """Yield a problem for each text of a template that is not a marked literal."""
    tree = ast.parse(source)
    exempt = exempt_lines(source)
    constants = _constants(tree)
    for template, parameters in sorted(_templates(tree, frozenset()), key=lambda found: found[0].lineno):
        for text in _texts(template):
            if not _is_marked(text, constants, parameters) and text.lineno not in exempt:
                yield Problem(path, text.lineno, f"a template's text outside gettext_noop: {ast.unparse(text)[:80]}")


def _templates(node: ast.AST, parameters: frozenset[str]) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """Yield each template below `node`, with the names of the parameters of the functions around it."""
    if isinstance(node, ast.FunctionDef):
        parameters |= {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    if isinstance(node, ast.Call) and called_name(node) in TEMPLATES:
        yield node, parameters
    for child in ast.iter_child_nodes(node):
        yield from _templates(child, parameters)


def _texts(template: ast.Call) -> list[ast.expr]:
    """Return the arguments that are texts. An unpacked argument counts: it may hold a text."""
    unpacked = [argument for argument in template.args if isinstance(argument, ast.Starred)]
    positional = [template.args[place] for place in TEXT_PARAMETERS.values() if place < len(template.args)]
    named = [keyword.value for keyword in template.keywords if keyword.arg is None or keyword.arg in TEXT_PARAMETERS]
    return unpacked or [*positional, *named]


def _constants(tree: ast.Module) -> Constants:
    """Return the values that the module assigns to each of its names, in the order of the assignments."""
    values: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names = [name]
            case ast.AugAssign(target=ast.Name(id=name)):
                names, value = [name], node.value
            case _:
                continue
        for name in names:
            values[name].append(value)
    return values


def _is_marked(node: ast.expr, constants: Constants, parameters: frozenset[str] = frozenset()) -> bool:
    """Whether this is a marker over literals, a constant of such, an empty text, or a parameter that is passed on."""
    match node:
        case ast.Constant(value=""):
            return True
        case ast.Name(id=name):
            values = constants.get(name, [])
            return all(_is_marked(value, {}) for value in values) if values else name in parameters
        case ast.Call() if marked_texts(node):
            texts = node.args[: marked_texts(node)]
            return all(isinstance(text, ast.Constant) and isinstance(text.value, str) for text in texts)
    return False
