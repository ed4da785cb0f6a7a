"""What others wrote, fit to be shown and stored: nothing hidden, and not too much of it."""

import unicodedata

NAME_MAX = 120  # characters of a certificate's name; a common name has 64 (RFC 5280, A.1)
VALUE_MAX = 300
UNTAMED = {"Cc", "Cf", "Cs", "Co", "Cn"}  # turns text round, ends a string, or can't be stored (PostgreSQL: NUL)


def tame(text: str, limit: int = VALUE_MAX) -> str:
    """`text` with a space for each hidden character, cut after `limit` characters."""
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(one) in UNTAMED else one for one in text)
