"""`makemessages` extracts every text that the pages, emails and findings look up when they run.

What is looked up is read from the code: the literals of gettext calls from the syntax tree, and the texts of translate
and blocktranslate from Django's compiled templates. What is extracted comes from makemessages itself.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
from django.apps import apps
from django.template import Engine, Template, engines
from django.template.base import Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from tests.lint.gettext_programs import environment
from tests.lint.problem import PROJECT, Problem, python_files, template_files
from tests.lint.strings import called_name, marked_texts

SOURCES = ("onboarding", "templates")
MARKED_IN_TAG = re.compile(r"""\b_\((?P<quote>["'])(?P<text>.*?)(?P=quote)\)""")
PO_STRING = re.compile(r'^(msgid(?:_plural)? )?(".*")$')


def check() -> list[Problem]:
    """Return the texts that are looked up and not extracted."""
    if environment() is None:
        print("extraction: not checked, for there is no GNU gettext (python -m tests.lint.gettext_programs fetches it)")
        return []
    extracted = extracted_texts(PROJECT)
    looked_up = [*(used for path in python_files("onboarding") for used in texts_in_python(path, path.read_text()))]
    looked_up += [used for path in template_files() for used in texts_in_template(path, path.read_text())]
    return [
        Problem(path, line, f"makemessages does not extract {text!r}")
        for path, line, text in looked_up
        if text not in extracted
    ]


def extracted_texts(project: Path) -> set[str]:
    """Run makemessages over a copy of the sources, and return the texts of its catalog, singular and plural."""
    with tempfile.TemporaryDirectory() as folder:
        for name in SOURCES:
            if (project / name).exists():
                shutil.copytree(project / name, Path(folder) / name, ignore=shutil.ignore_patterns("locale", "*.pyc"))
        (Path(folder) / "locale").mkdir()
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "en", "--extension", "html,txt,py"]
        env = (environment() or os.environ) | {"DJANGO_SETTINGS_MODULE": ""}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"makemessages failed: {done.stderr}")
        catalog = Path(folder) / "locale/en/LC_MESSAGES/django.po"
        return set(catalog_texts(catalog.read_text())) if catalog.exists() else set()


def catalog_texts(source: str) -> Iterator[str]:
    """Yield the msgid and msgid_plural texts of a .po file."""
    text: str | None = None
    for line in [*source.splitlines(), ""]:
        match = PO_STRING.match(line)
        if match and match[1]:
            if text is not None:
                yield text
            text = ast.literal_eval(match[2])
        elif match and text is not None:
            text += ast.literal_eval(match[2])
        elif text is not None:
            yield text
            text = None


def texts_in_python(path: Path, source: str) -> Iterator[tuple[Path, int, str]]:
    """Yield (path, line, text) of each literal in a gettext call."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and marked_texts(node):
            arguments = node.args[: marked_texts(node)]
            has_context = "pgettext" in called_name(node)
            for argument in arguments[1:] if has_context else arguments:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                    yield path, argument.lineno, argument.value


def texts_in_template(path: Path, source: str) -> Iterator[tuple[Path, int, str]]:
    """Yield (path, line, text) of each text that the compiled template looks up, percent signs doubled."""
    for token in Lexer(source).tokenize():
        if token.token_type in {TokenType.VAR, TokenType.BLOCK}:
            for match in MARKED_IN_TAG.finditer(token.contents):
                yield path, token.lineno, match["text"].replace("%", "%%")
    nodes = Template(source, engine=_engine()).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        literal = node.filter_expression.var.literal
        if isinstance(literal, str):
            yield path, node.token.lineno, literal.replace("%", "%%")
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        for block in filter(None, (node.singular, node.plural)):
            text, _ = node.render_token_list(block)
            yield path, node.token.lineno, text


def _engine() -> Engine:
    """Return the project's template engine; settings are those of development unless others are configured."""
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding.settings")
    if not apps.ready:
        django.setup()
    return engines["django"].engine
