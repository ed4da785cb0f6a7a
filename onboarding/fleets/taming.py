"""What others wrote, fit to be shown and stored: nothing that moves a cursor, turns text round, or ends a string."""

import unicodedata

TEXT_LIMIT = 500  # characters
UNTAMED = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control a terminal, turn text round, or can't be stored (PostgreSQL: NUL)


def tame(text: str) -> str:
    """`text` with a space for each hidden character, up to TEXT_LIMIT."""
    text = text[:TEXT_LIMIT]
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(one) in UNTAMED else one for one in text)
