"""Visible text in templates stands in translate or blocktranslate, and no line of a template is too long.

The template tags are taken out with Django's own lexer, and what is left is read as HTML. Does not look into `style`
and `script` elements, nor into texts that come from Python: those are for `strings` and `catalog`.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

from tests.lint.problem import LETTER, Problem, exempt_lines, template_files

LINE_LENGTH_MAX = 120
TEXT_ATTRIBUTES = {"aria-label", "aria-description", "aria-roledescription", "title", "alt", "placeholder", "label"}
BUTTON_TYPES = {"submit", "button", "reset"}
UNREAD_ELEMENTS = {"script", "style"}
# Identifiers are the same in every language: code samples, and names of files.
IDENTIFIER_ELEMENTS = {"code", "kbd", "samp"}
FILE_NAME = re.compile(r"[\w*.-]*\.(pem|p12|pfx|zip|ics|csr|cer|crt|key|txt|json|jks)")
STRING = re.compile(r"""(?P<marked>_\()?(?P<quote>["'])(?P<text>.*?)(?P=quote)""")
# The argument of these filters is shown, however short; another argument is shown if it looks like a sentence.
SHOWN_BY_FILTER = re.compile(r"\|(default|default_if_none|yesno|pluralize):$")
FORMATTED_BY_FILTER = re.compile(r"\|(date|time|urlencode|stringformat|cut|slice):$")
# Blocks of Django's admin that hold CSS classes.
CLASS_BLOCKS = {"bodyclass", "coltype"}
TRANSLATING_TAGS = {"translate", "trans"}
BLOCK_TAGS = {"blocktranslate": "endblocktranslate", "blocktrans": "endblocktrans", "comment": "endcomment"}


def check() -> list[Problem]:
    """Return the problems of the project's templates."""
    return [problem for path in template_files() for problem in problems(path, path.read_text())]


def problems(path: Path, source: str) -> Iterator[Problem]:
    """Yield the problems of one template."""
    exempt = exempt_lines(source)
    html, found = _take_out_tags(source)
    parser = _VisibleText()
    parser.feed(html)
    parser.close()
    for line, text in sorted({*found, *parser.found}):
        if line not in exempt:
            yield Problem(path, line, text)
    for line, text in enumerate(source.splitlines(), 1):
        if len(text) > LINE_LENGTH_MAX:
            yield Problem(path, line, f"{len(text)} characters in a line; {LINE_LENGTH_MAX} are allowed")


def _take_out_tags(source: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the source without template tags and translated blocks, and the problems inside the tags.

    Line breaks stay, so that the line numbers of the rest are those of the source.
    """
    kept: list[str] = []
    found: list[tuple[int, str]] = []
    until = ""  # the tag that ends the block which is skipped
    for token in Lexer(source).tokenize():
        name = token.split_contents()[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if until:
            kept.append("\n" * _breaks(token))
            until = "" if name == until else until
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
        else:
            kept.append("\n" * _breaks(token))
            is_class = name == "block" and token.split_contents()[1] in CLASS_BLOCKS
            until = "endblock" if is_class else BLOCK_TAGS.get(name, "")
            if token.token_type != TokenType.COMMENT and not until and name not in TRANSLATING_TAGS:
                found += [(token.lineno, text) for text in _strings_in_tag(token.contents)]
            if name in {"blocktranslate", "blocktrans"} and "trimmed" not in token.split_contents():
                found += _untrimmed(source, token.lineno, until)
    return "".join(kept), found


def _breaks(token: object) -> int:
    return str(getattr(token, "contents", "")).count("\n")


def _untrimmed(source: str, line: int, end: str) -> list[tuple[int, str]]:
    """A block of several lines needs `trimmed`: translators would see the line breaks and the indentation."""
    lines = source.splitlines()[line - 1 :]
    return [] if end in lines[0] else [(line, "blocktranslate over several lines needs `trimmed`")]


def _strings_in_tag(contents: str) -> Iterator[str]:
    """Yield a problem for each string in a tag or variable that a person would read."""
    for match in STRING.finditer(contents):
        before = contents[: match.start()]
        text = match["text"]
        if match["marked"] or FORMATTED_BY_FILTER.search(before) or not LETTER.search(text):
            continue
        is_sentence = " " in text.strip() and not text.strip().startswith(("btn", "form-"))
        if SHOWN_BY_FILTER.search(before) or is_sentence:
            yield f"text in a tag outside _(): {text!r}"


class _VisibleText(HTMLParser):
    """Collect the text and the attributes that a person sees or hears."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes."""
        self._look_at_attributes(tag, attrs)
        if tag in UNREAD_ELEMENTS | IDENTIFIER_ELEMENTS:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes."""
        self._look_at_attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element whose text is not looked at."""
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        """Look at the text between tags, line by line."""
        if self._open:
            return
        first = self.getpos()[0]
        for offset, line in enumerate(data.splitlines()):
            text = line.strip()
            if LETTER.search(FILE_NAME.sub("", text)):
                self.found.append((first + offset, f"text outside translate: {text!r}"))

    def _look_at_attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        for name, value in values.items():
            shown = (
                name in TEXT_ATTRIBUTES
                or (name == "value" and tag == "input" and values.get("type", "") in BUTTON_TYPES)
                or (name == "content" and values.get("name") == "description")
                or (name.startswith("data-") and " " in value.strip())
            )
            if shown and LETTER.search(FILE_NAME.sub("", value)):
                self.found.append((self.getpos()[0], f"{name} outside translate: {value.strip()!r}"))
