"""Text for people in Python code stands in a gettext call, and a gettext call has literals that xgettext can read.

The check reads the syntax tree. A string counts as text if it has a letter and a space, if it is a single capitalised
word, or if it is given under a name such as `label` or `help_text`. Docstrings, log messages, exceptions, identifiers
that are compared, and technical arguments (CSS classes, content types, SQL, regular expressions) don't count.
An exemption on the first line of a list, tuple, set or dictionary that is assigned to a name holds for all of it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.lint.problem import LETTER, Problem, exempt_lines, python_files

CHECKED = (
    *("onboarding/forms", "onboarding/views", "onboarding/review", "onboarding/notifications", "onboarding/models"),
    *("onboarding/workflow", "onboarding/return_reasons.py", "onboarding/environments.py", "onboarding/admin.py"),
    *("onboarding/templatetags", "onboarding/middleware.py", "onboarding/apps.py", "onboarding/messages"),
    "onboarding/pki",
)
# The marker's name, and how many of its first arguments are texts.
MARKERS = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
    "pgettext": 2,
    "pgettext_lazy": 2,
    "npgettext": 3,
    "npgettext_lazy": 3,
}
# What makes a template of the message catalog.
TEMPLATES = {"Template", "error", "warning", "info"}
# A keyword argument, a dictionary key or an attribute of this name is shown, however short its text is.
SHOWN_NAMES = {
    *("label", "help_text", "description", "short_description", "verbose_name", "verbose_name_plural", "title"),
    *("empty_label", "empty_value_display", "button", "legend", "placeholder", "aria-label", "alt", "heading"),
    *("site_title", "site_header", "index_title", "subject", "body", "message", "required", "invalid"),
}
# What stands under these names is for programs.
TECHNICAL_NAMES = {
    *("class", "css_class", "content_type", "pattern", "style", "href", "data-copy", "headers", "sql", "reverse_sql"),
    *("rel", "permission", "permissions", "perms", "codename", "accept", "autocomplete", "autocapitalize", "inputmode"),
    *("form_class", "label_class", "field_class", "media", "spellcheck", "translate", "template_name", "condition"),
}
TECHNICAL_CALLS = {
    *("compile", "match", "fullmatch", "search", "sub", "split", "finditer", "findall", "execute", "strftime"),
    *("strptime", "date_format", "format_date", "getattr", "setattr", "hasattr", "reverse", "import_string", "RunSQL"),
    *("startswith", "endswith", "removeprefix", "removesuffix", "warn", "encode", "cast", "TypeVar", "NewType"),
    *("add_header", "patch_vary_headers", "fromhex", "bytes", "Literal", "Div", "HTML", "Library", "simple_tag"),
    *("path", "re_path"),
}
# The first argument of these methods of dictionaries is a key.
KEY_METHODS = {"get", "pop", "setdefault"}
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"logger", "log", "logging"}
# Django shows the texts of these exceptions to the person.
SHOWN_EXCEPTIONS = {"ValidationError"}
NAMED_LIKE_AN_EXCEPTION = re.compile(r"(Error|Exception|Warning|Http404|PermissionDenied|SuspiciousOperation)$")
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|WITH|SET|BEGIN)\b")
TAG = re.compile(r"<[^>]*>")
# Unicode categories, markup, content types, and header lines whose name has a hyphen.
TECHNICAL_TEXT = re.compile(r"C[cfnos]|Z[lps]|<!.*|\w+/[\w.+-]+;.*|([A-Z]\w*)(-[A-Z]\w*)+: \S+")
CAPITALISED_WORD = re.compile(r"[A-Z][a-zà-ÿ]+[.…:!]?")
DATE_FORMAT = re.compile(r"(%-?[a-zA-Z]|[jFYHisDdMNnyGgu]|[\s,.:·/-])+")
HEADER = re.compile(r"[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)+|Location|Vary|Allow|Accept|Date|Host|Cookie")


def check() -> list[Problem]:
    """Return the problems of the layers whose texts people read."""
    return [problem for path in python_files(*CHECKED) for problem in problems(path, path.read_text())]


def problems(path: Path, source: str) -> Iterator[Problem]:
    """Yield the problems of one module."""
    tree = ast.parse(source)
    exempt = exempt_lines(source)
    exempt |= {line for first, last in _displays(tree) if first in exempt for line in range(first, last + 1)}
    visitor = _Strings()
    visitor.visit(tree)
    for first, last, text in sorted(visitor.found):
        if exempt.isdisjoint(range(first, last + 1)):
            yield Problem(path, first, text)


def _displays(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each assigned list, tuple, set and dictionary."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
            node.value, ast.List | ast.Tuple | ast.Set | ast.Dict
        ):
            yield node.lineno, node.end_lineno or node.lineno


def called_name(node: ast.Call) -> str:
    """Return the last part of the called function's name: `warning` of `logger.warning(…)`; may be empty."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def marked_texts(node: ast.Call) -> int:
    """Return how many of the first arguments are texts to extract; 0 where the call is no gettext call.

    A function of an object, such as the translator of the message catalog, is none; one of a module is.
    """
    match node.func:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="translation"), attr=name):
            return MARKERS.get(name, 0)
    return 0


def literal_text(node: ast.expr) -> str | None:
    """Return the text of a string literal, the constant parts of an f-string, or None for another expression."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
    return None


class _Strings(ast.NodeVisitor):
    """Collect (first line, last line, problem) of every text outside a marker, and of every marker without a text."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int, str]] = []
        self._name = ""  # of the keyword, dictionary key or variable that the visited expression belongs to

    def visit_Module(self, node: ast.Module) -> None:
        self._visit_body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_body(node)
        bases = {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}
        if bases & {"TextChoices", "IntegerChoices"}:
            self._look_at_choices(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_body(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_body(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self._visit_named(_target_name(node.target), node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_named(_target_name(node.targets[0]), node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Messages of assertions are for programmers."""

    def visit_Raise(self, node: ast.Raise) -> None:
        """The texts of most exceptions are for programmers, whatever the class is called."""
        match node.exc:
            case ast.Call() if called_name(node.exc) not in SHOWN_EXCEPTIONS:
                return
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = called_name(node)
        if marked_texts(node):
            self._look_at_marker(node, marked_texts(node))
        elif name in TEMPLATES and isinstance(node.func, ast.Name):
            return  # `catalog` looks at the message templates
        elif not _is_for_programmers(node, name):
            self.visit(node.func)
            for argument in node.args[1:] if _begins_with_key(node, name) else node.args:
                self.visit(argument)
            for keyword in node.keywords:
                self._visit_named(keyword.arg or "", keyword.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            text = literal_text(key) if key else None
            if key and text is not None and " " in text:
                self.visit(key)
            self._visit_named(text or self._name, value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if " " in (literal_text(node.slice) or ""):
            self.visit(node.slice)

    def visit_Compare(self, node: ast.Compare) -> None:
        """A comparison with an identifier is right; one with a sentence is not, whatever else is."""
        for operand in (node.left, *node.comparators):
            text = literal_text(operand)
            if text is None:
                self.visit(operand)
            elif " " in text.strip() and is_text(text):
                self._add(operand, f"compared with a sentence: {text!r}")

    def visit_MatchValue(self, node: ast.MatchValue) -> None:
        """A pattern is an identifier."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._look_at(node)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._look_at(node)

    def _visit_body(self, node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for default in (*node.args.defaults, *(default for default in node.args.kw_defaults if default)):
                self.visit(default)
        if not isinstance(node, ast.Module):
            for decorator in node.decorator_list:
                self.visit(decorator)
        for statement in node.body:
            self.visit(statement)

    def _visit_named(self, name: str, value: ast.expr) -> None:
        if name in TECHNICAL_NAMES or HEADER.fullmatch(name) or name == "__all__":
            return
        before, self._name = self._name, name
        self.visit(value)
        self._name = before

    def _look_at(self, node: ast.Constant | ast.JoinedStr) -> None:
        text = literal_text(node) or ""
        if self._name in SHOWN_NAMES and LETTER.search(text.replace("{}", "")) and text != "{}":
            self._add(node, f"{self._name} outside gettext: {text!r}")
        elif is_text(text):
            self._add(node, f"text outside gettext: {text!r}")

    def _look_at_marker(self, node: ast.Call, texts: int) -> None:
        for argument in node.args[:texts]:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                self._add(argument, "a gettext call needs a plain string: xgettext can't read an expression")
        for argument in (*node.args[texts:], *(keyword.value for keyword in node.keywords)):
            if literal_text(argument) is None:
                self.visit(argument)

    def _look_at_choices(self, node: ast.ClassDef) -> None:
        """A member without a label gets one that Django makes from its name, in English."""
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())) if name.isupper():
                    self._add(statement, f"{name} has no label: give it one in a gettext call")
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=[_, ast.Constant(value=str(label))])):
                    if not is_text(label):
                        self._add(statement, f"label outside gettext: {label!r}")

    def _add(self, node: ast.AST, text: str) -> None:
        line = getattr(node, "lineno", 1)
        self.found.append((line, getattr(node, "end_lineno", line), text))


def is_text(text: str) -> bool:
    """Whether a string looks like words for a person."""
    visible = TAG.sub(" ", text).replace("{}", "").strip()
    if not LETTER.search(visible) or SQL.match(visible) or TECHNICAL_TEXT.fullmatch(visible) or visible.isupper():
        return False
    if CAPITALISED_WORD.fullmatch(visible):
        return not HEADER.fullmatch(visible)
    if DATE_FORMAT.fullmatch(visible):
        return False
    return " " in visible


def _target_name(target: ast.expr) -> str:
    """Return the name that is assigned to: of a variable, an attribute or a constant key."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _begins_with_key(node: ast.Call, name: str) -> bool:
    """Whether the first argument is a key of a dictionary, and no sentence."""
    key = literal_text(node.args[0]) if node.args else None
    return isinstance(node.func, ast.Attribute) and name in KEY_METHODS and key is not None and " " not in key


def _is_for_programmers(node: ast.Call, name: str) -> bool:
    """Whether a call's texts go into logs, exceptions, queries or patterns."""
    if name in LOG_METHODS and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.func.value.id in LOGGERS
    if NAMED_LIKE_AN_EXCEPTION.search(name):
        return name not in SHOWN_EXCEPTIONS
    return name in TECHNICAL_CALLS
