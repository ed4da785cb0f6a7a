"""Every translation is complete and keeps what the text contains: placeholders, tags, identifiers, white space.

A language in `complete` of `[tool.translations]` in pyproject.toml lacks no text, has no fuzzy one, and none that is
gone from the code. Of the other languages, only the number of missing texts is printed.
"""

import re
import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError

from tests.lint.messages import (
    catalog_path,
    header,
    is_translated,
    read_catalog,
    template_catalog,
    translated_folders,
)
from tests.lint.problem import PROJECT, Problem

PERCENT_PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])")
# What is the same in every language: names of files, options and markers of PEM; addresses; names of the field.
IDENTIFIER = re.compile(
    r"-----[A-Z ]+-----|https?://[^\s<>”]+|\b[\w-]+\.(?:pem|p12|pfx|zip|csr|jks|key|ics|msg|conf|txt|py|java|sh|mjs|go)\b"
    r"|(?<!\w)--?[a-z][\w-]+|\b(?:Stellantis|OpenSSL|keytool|curl|cURL|Outlook|SHA-\d+|RSA|MZP\d*|[A-Z]{2,}_[A-Z_]+)\b"
)


def complete_folders() -> list[str]:
    """Return the folders of the languages that must be complete."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    return list(settings["tool"]["translations"]["complete"])


def check() -> list[Problem]:
    """Return the problems of the catalogs."""
    template = template_catalog()
    complete = complete_folders()
    found = []
    for folder in translated_folders():
        found += _of_language(folder, template, is_complete=folder in complete)
    return found


def _of_language(folder: str, template: Catalog, *, is_complete: bool) -> list[Problem]:
    path = catalog_path(folder)
    try:
        catalog = read_catalog(path)
    except (OSError, PoFileError) as error:
        return [Problem(path, 1, f"can’t be read: {error}")]
    found = [] if path.read_text().startswith(header(folder)) else [Problem(path, 1, "the header: run `make messages`")]
    found += [Problem(path, message.lineno or 1, text) for message, text in problems(catalog)]
    gaps = [Problem(path, line, text) for line, text in incompleteness(catalog, template)]
    if gaps and not is_complete:
        print(f"translations: {folder} is not complete: {len(gaps)} texts")
    return found + (gaps if is_complete else [])


def incompleteness(catalog: Catalog, template: Catalog) -> Iterator[tuple[int, str]]:
    """Yield the line and a problem for each text that is missing, fuzzy, or gone from the code."""
    for wanted in template:
        if not wanted.id:
            continue
        message = catalog.get(wanted.id, wanted.context)
        shown = _forms(wanted.id)[0][:60]
        if message is None or _forms(message.id) != _forms(wanted.id):
            yield 1, f"missing; run `make messages`: {shown!r}"
        elif message.fuzzy:
            yield message.lineno or 1, f"fuzzy: {shown!r}"
        elif not is_translated(message.string):
            yield message.lineno or 1, f"not translated: {shown!r}"
    for message in catalog:
        if message.id and template.get(message.id, message.context) is None:
            yield message.lineno or 1, f"gone from the code; run `make messages`: {_forms(message.id)[0][:60]!r}"


def problems(catalog: Catalog) -> Iterator[tuple[Message, str]]:
    """Yield each translation that lost or added something."""
    for message in catalog:
        if message.id and not message.fuzzy and is_translated(message.string):
            texts, translations = _forms(message.id), _forms(message.string)
            wanted = catalog.num_plurals if len(texts) > 1 else 1
            if len(translations) != wanted:
                yield message, f"{len(translations)} forms instead of {wanted}: {texts[0][:60]!r}"
            for translation in translations:
                for problem in differences(texts, translation):
                    yield message, f"{problem} in {translation[:60]!r}"


def _forms(texts: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def differences(texts: tuple[str, ...], translation: str) -> Iterator[str]:
    """Yield what `translation` lost or added, compared with `texts`: a text, or its singular and plural.

    A form may leave out what the singular leaves out: "a day" for "{count} days".
    """
    for name, find in (("placeholder", placeholders), ("tag", tags), ("identifier", identifiers)):
        forms, found = [find(text) for text in texts], find(translation)
        required = forms[0] & forms[-1] if len(forms) > 1 else forms[0]
        allowed = forms[0] | forms[-1]
        if name == "identifier":  # a sentence may name a file twice where the original says “it”
            required, found, allowed = Counter(set(required)), Counter(set(found)), Counter(set(found) | set(allowed))
        for lost in (required - found).elements():
            yield f"the {name} {lost} is missing"
        for added in (found - allowed).elements():
            yield f"the {name} {added} is not in the original"
    if not is_formattable(translation) and is_formattable(texts[-1]):
        yield "a brace or percent sign that is no placeholder"
    for end, name in ((0, "begins"), (-1, "ends")):
        if _edge(translation, end) != _edge(texts[-1], end):
            yield f"it {name} with other white space"
    if translation.count("\n") != texts[-1].count("\n"):
        yield "other line breaks"


def placeholders(text: str) -> Counter[str]:
    """Return the placeholders, of both kinds, with how often they stand there."""
    found = Counter(match[0] for match in PERCENT_PLACEHOLDER.finditer(text))
    try:
        found.update(f"{{{name}}}" for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError:
        found["unreadable braces"] += 1
    return found


def is_formattable(text: str) -> bool:
    """Whether Python can fill in the placeholders."""
    try:
        list(string.Formatter().parse(text))
    except ValueError:
        return False
    rest = PERCENT_PLACEHOLDER.sub("", text)
    return not PERCENT_PLACEHOLDER.search(text) or "%" not in rest.replace("%%", "")


class _Tags(HTMLParser):
    """Collect the tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it."""
        self.found[f"<{' '.join([tag, *(f'{name}={value}' for name, value in attrs)])}>"] += 1

    def handle_endtag(self, tag: str) -> None:
        """Count it."""
        self.found[f"</{tag}>"] += 1


def tags(text: str) -> Counter[str]:
    """Return the HTML tags, with how often they stand there."""
    parser = _Tags()
    parser.feed(text)
    return parser.found


def identifiers(text: str) -> Counter[str]:
    """Return the words that no language translates."""
    return Counter(match[0] for match in IDENTIFIER.finditer(text))


def _edge(text: str, end: int) -> str:
    """Return the white space at the beginning (0) or the end (-1) of a text."""
    return text[: len(text) - len(text.lstrip())] if end == 0 else text[len(text.rstrip()) :]
