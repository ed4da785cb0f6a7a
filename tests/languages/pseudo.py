"""A pseudo-language in which every translated text stands between brackets, so that other text is seen.

`looked_up` has every text that was translated meanwhile. It tells which texts of other packages the pages show.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.utils.translation.trans_real import CONTEXT_SEPARATOR, translation

from tests.lint.problem import LETTER
from tests.lint.templates import BUTTON_TYPES, IDENTIFIER_ELEMENTS, TEXT_ATTRIBUTES, UNREAD_ELEMENTS

CODE = "xx"
OPENING, CLOSING = "⟦", "⟧"
VOID_ELEMENTS = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Names of files, addresses, codes and fingerprints are the same in every language.
TECHNICAL = re.compile(
    r"""
    [\w.+-]+@[\w.-]+ | https?://\S+ | application/[\w+]+
    | \b[0-9a-fA-F]{4,}\b | (?:[0-9A-F]{2}:)+[0-9A-F]{2} | [\d:-]+T[\d:.]+Z
    | [\w-]+\.(?:pem|p12|csr|zip|ics|txt|json)\b | \b[a-z0-9]+(?:_[a-z0-9]+)+\b
    | ^\s*:\ \w+$ | ^\s*[a-z]+(?:-[a-z0-9]+)+\s*$  # the name of a fault, and of a header
    | ^\s*(?:curl|openssl|keytool)\ -.*
    | \b(?:UTC|SHA-?\d+|RSA|C|ST|L|O|OU|CN|emailAddress)\b
    | -----BEGIN\ [\w ]+-----[\w+/=\s]+-----END\ [\w ]+-----
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass
class PseudoLanguage:
    """Stands in for Django's object of a language."""

    looked_up: set[tuple[str, str, str]] = field(default_factory=set)  # context, singular, plural
    _fallback: None = None  # django-countries looks into it

    def gettext(self, message: str) -> str:
        """Return the text between brackets."""
        return self.ngettext(message, "", 1)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the form for `number`, as in English, between brackets."""
        context, separator, _ = singular.rpartition(CONTEXT_SEPARATOR)
        texts = [text.removeprefix(context + separator) for text in (singular, plural)]
        self.looked_up.add((context, *texts))
        text = texts[0] if number == 1 or not plural else texts[1]
        return f"{OPENING}{text}{CLOSING}" if text else ""

    def to_language(self) -> str:
        """Return the code, as Django asks for it."""
        return CODE


class _Text(HTMLParser):
    """Collect the text outside brackets that a person sees or hears, of elements in the language of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.depth = 0
        self._open: list[tuple[str, bool]] = []  # each element, and whether its text is not looked at

    @property
    def _skips(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes."""
        values = {name: value or "" for name, value in attrs}
        foreign = values.get("lang", CODE) != CODE or values.get("translate") == "no"
        if not self._skips and not foreign:
            self._look_at_attributes(tag, values)
        if tag not in VOID_ELEMENTS:
            skips = self._skips or foreign or tag in UNREAD_ELEMENTS | IDENTIFIER_ELEMENTS
            self._open.append((tag, skips))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element, and those in it that have no end tag."""
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep what is outside brackets. A translated text may go on over several elements."""
        if self._skips:
            return
        self.found.append(self._outside(data))

    def _outside(self, text: str) -> str:
        kept = []
        for character in text:
            if character == OPENING:
                self.depth += 1
            elif character == CLOSING:
                self.depth -= 1
                kept.append(" ")
            elif not self.depth:
                kept.append(character)
        return "".join(kept)

    def _look_at_attributes(self, tag: str, values: dict[str, str]) -> None:
        for name, value in values.items():
            shown = (
                name in TEXT_ATTRIBUTES
                or (name == "value" and tag == "input" and values.get("type", "") in BUTTON_TYPES)
                or (name.startswith("data-") and name != "data-stage" and " " in value.strip())
            )
            if shown:
                depth, self.depth = self.depth, 0
                self.found.append(self._outside(value))
                self.depth = depth


def untranslated(html: str, data: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the texts of a page outside brackets that are neither `data` nor technical."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    if parser.depth:
        yield f"the brackets are not balanced: {parser.depth}"
    for text in parser.found:
        yield from _remaining(text, data)


def untranslated_text(text: str, data: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the parts of a plain text outside brackets that are neither `data` nor technical."""
    for part in re.sub(r"\s*\n\s*", "\n", _Text()._outside(text)).split("\n"):
        yield from _remaining(part, data)


def _remaining(text: str, data: tuple[str, ...]) -> Iterator[str]:
    text = TECHNICAL.sub(" ", text)
    for value in sorted(data, key=len, reverse=True):
        text = text.replace(value, " ")
    text = " ".join(text.split())
    if LETTER.search(text):
        yield text


def texts_without(language: str, texts: set[tuple[str, str, str]]) -> list[str]:
    """Return those of `texts` (context, singular, plural) that no catalog of a language translates."""
    catalog = translation(language)._catalog
    found = []
    for context, singular, _plural in sorted(texts):
        key = f"{context}{CONTEXT_SEPARATOR}{singular}" if context else singular
        if key not in catalog and (key, 0) not in catalog:
            found.append(key)
    return found
