"""The texts to translate, read from the code: what the pages, emails and findings look up when they run.

The literals of gettext calls come from the syntax tree, and the texts of translate and blocktranslate from Django's
compiled templates. So no other program is needed, and what is extracted is what is looked up.
"""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
from django.apps import apps
from django.template import Engine, Template, engines
from django.template.base import FilterExpression, Lexer, TokenType
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from tests.lint.problem import python_files, template_files
from tests.lint.strings import called_name, marked_texts

MARKED_IN_TAG = re.compile(r"""\b_\((?P<quote>["'])(?P<text>.*?)(?P=quote)\)""")


@dataclass(frozen=True)
class Extracted:
    """A text that is looked up: `singular` alone or with a `plural`, and the `context` that tells equal texts apart."""

    path: Path
    line: int
    singular: str
    plural: str = ""
    context: str = ""


def extracted_texts() -> Iterator[Extracted]:
    """Yield the texts of the project's code and templates, in the order of the files."""
    for path in python_files("onboarding"):
        yield from texts_in_python(path, path.read_text())
    for path in template_files():
        yield from texts_in_template(path, path.read_text())


def texts_in_python(path: Path, source: str) -> Iterator[Extracted]:
    """Yield the texts of each gettext call whose texts are literals."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (count := marked_texts(node)):
            texts = [
                argument.value
                for argument in node.args[:count]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            if len(texts) == count and texts[0]:
                context = texts.pop(0) if "pgettext" in called_name(node) else ""
                yield Extracted(path, node.lineno, texts[0], texts[1] if len(texts) > 1 else "", context)


def texts_in_template(path: Path, source: str) -> Iterator[Extracted]:
    """Yield the texts that the compiled template looks up, with percent signs doubled as Django doubles them."""
    for token in Lexer(source).tokenize():
        if token.token_type in {TokenType.VAR, TokenType.BLOCK}:
            for match in MARKED_IN_TAG.finditer(token.contents):
                yield Extracted(path, token.lineno, match["text"].replace("%", "%%"))
    nodes = Template(source, engine=_engine()).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        literal = node.filter_expression.var.literal
        if isinstance(literal, str) and literal:
            context = _literal(node.message_context)
            yield Extracted(path, node.token.lineno, literal.replace("%", "%%"), context=context)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        singular, plural = (node.render_token_list(block)[0] if block else "" for block in (node.singular, node.plural))
        yield Extracted(path, node.token.lineno, singular, plural, _literal(node.message_context))


def _literal(expression: FilterExpression | None) -> str:
    return str(expression.resolve({})) if expression else ""


def _engine() -> Engine:
    """Return the project's template engine; settings are those of development unless others are configured."""
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding.settings")
    if not apps.ready:
        django.setup()
    return engines["django"].engine
