"""Passphrases made here: words that are drawn at random from the EFF's long list.

The list is that of https://www.eff.org/dice, licensed under CC BY 3.0, as the package xkcdpass contains it.
"""

import math
import secrets
from functools import cache
from importlib.resources import files

WORDS = 6
WORD_SEPARATOR = "-"
ENTROPY_MIN = 64.0  # bits


@cache
def passphrase_words() -> tuple[str, ...]:
    """Return the words of the list that consist of the letters a to z only, so that the separator is unambiguous."""
    text = (files("xkcdpass") / "static" / "eff-long").read_text(encoding="ascii")
    return tuple(sorted({word for word in text.split() if word.isalpha() and word.islower()}))


def passphrase_entropy() -> float:
    """Return the entropy of a generated passphrase in bits."""
    return WORDS * math.log2(len(passphrase_words()))


def generate_passphrase() -> str:
    """Return six random words. Nothing stores them: whoever asks shows them once."""
    return WORD_SEPARATOR.join(secrets.choice(passphrase_words()) for _ in range(WORDS))
