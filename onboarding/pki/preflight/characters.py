"""Characters in a subject that look like others: letters of another alphabet, and spaces that are no ordinary space."""

import re
import unicodedata
from collections.abc import Iterator

from onboarding.messages.finding import Finding
from onboarding.pki.subject import FIELDS_BY_NAME, describe_character

ASCII_FIELDS = ("common_name", "organizational_unit")  # the operator's values have no other letters
ALPHABETS = ("LATIN", "GREEK", "CYRILLIC")  # the first words of the names of their letters in Unicode
# Letters that look like a Latin one in most fonts (a part of Unicode's confusables, UTS #39).
LATIN_LOOK_ALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ",  # that is the point
        "ABESIJKMHOPCTYXaeopcyxijsdqwhABEZHIKMNOPTYXovp",
        strict=True,
    )
)
LETTER_RUN = re.compile(r"[^\W\d_]+")
OTHER_SPACE = re.compile(r"[^\S \t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")


def check_characters(field: str, value: str) -> Iterator[Finding]:
    """Yield a finding for the first look-alike letter in `value`, and one for the first unusual space."""
    position = _look_alike(value, only_ascii=field in ASCII_FIELDS)
    if position is not None:
        likeness = latin_likeness(value[position])
        params = describe_character(value, position) | {"looks_like": likeness}
        yield Finding("look_alike", field, value[position], params=params, variant="" if likeness else "alphabet")
    space = OTHER_SPACE.search(value) if field in FIELDS_BY_NAME and field != "email" else None
    if space:
        yield Finding("odd_space", field, value, params=describe_character(value, space.start()))


def latin_likeness(character: str) -> str:
    """Return the ASCII character that `character` looks like; "" if there is none."""
    compatible = unicodedata.normalize("NFKC", character)
    likeness = LATIN_LOOK_ALIKES.get(character, compatible)
    return likeness if likeness.isascii() and likeness.isprintable() and likeness != " " else ""


def _look_alike(value: str, *, only_ascii: bool) -> int | None:
    """Return the position of the first letter that does not belong to the alphabet of its word; None if all belong."""
    if only_ascii:
        return next((at for at, c in enumerate(value) if not c.isascii() and latin_likeness(c)), None)
    for word in LETTER_RUN.finditer(value):
        alphabets = [_alphabet(character) for character in word[0]]
        known = [alphabet for alphabet in alphabets if alphabet]
        if len(set(known)) > 1:
            usual = max(ALPHABETS, key=known.count)
            return word.start() + next(at for at, alphabet in enumerate(alphabets) if alphabet not in ("", usual))
    return None


def _alphabet(character: str) -> str:
    name = unicodedata.name(character, "")
    return next((alphabet for alphabet in ALPHABETS if name.startswith(f"{alphabet} ")), "")


def without_look_alikes(value: str) -> str:
    """Return `value` with the Latin letter for each look-alike in a word whose other letters are mostly Latin."""

    def repaired(word: re.Match[str]) -> str:
        latin = sum(_alphabet(character) == "LATIN" for character in word[0])
        if latin * 2 <= len(word[0]):
            return word[0]
        return "".join(LATIN_LOOK_ALIKES.get(character, character) for character in word[0])

    return LETTER_RUN.sub(repaired, value)
