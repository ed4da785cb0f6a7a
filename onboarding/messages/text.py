"""Mark texts for translation, fill in their parameters, and sanitize text that others wrote."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

NAME_LENGTH_MAX = 120  # characters of a certificate's name; a common name has 64 (RFC 5280, A.1)
VALUE_LENGTH_MAX = 300
# Unicode categories of characters that reverse text, end a string, or can't be stored (PostgreSQL refuses NUL).
HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn"}

Params = Mapping[str, str | int]


@dataclass(frozen=True)
class Plural:
    """A sentence in singular and plural; the value of the parameter named `number` decides between them."""

    singular: str
    plural: str
    number: str


Text = str | Plural


def gettext_noop(text: str) -> str:
    """Mark `text` for extraction by makemessages, and return it unchanged."""
    return text


def ngettext_lazy(singular: str, plural: str, number: str) -> Plural:
    """Mark both forms for extraction by makemessages; `number` names the parameter that decides between them."""
    return Plural(singular, plural, number)


def _english_plural(singular: str, plural: str, number: int) -> str:
    return singular if number == 1 else plural


@dataclass
class Translator:
    """The functions that translate texts: English, until the app's configuration installs Django's functions."""

    gettext: Callable[[str], str] = str
    ngettext: Callable[[str, str, int], str] = _english_plural


translator = Translator()


def gettext(text: str) -> str:
    """Return `text`, which has no parameters, in the current language."""
    return translator.gettext(text)


def render(text: Text, params: Params) -> str:
    """Return `text` in the current language with `params` filled in; their values are sanitized.

    Raise KeyError if `params` lacks a parameter of `text`.
    """
    if isinstance(text, Plural):
        template = translator.ngettext(text.singular, text.plural, int(params[text.number]))
    else:
        template = translator.gettext(text) if text else ""
    return template.format(**{name: sanitize(str(value)) for name, value in params.items()})


def sanitize(text: str, limit: int = VALUE_LENGTH_MAX) -> str:
    """Return `text` with a space for each hidden character, cut after `limit` characters."""
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(character) in HIDDEN_CATEGORIES else character for character in text)
