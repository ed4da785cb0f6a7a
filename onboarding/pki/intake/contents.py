"""The contents of one file: the DER values in it, and whether one of them is a private key."""

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.pki.der import Shape, is_complete, known_values, shape_of
from onboarding.pki.intake.private_keys import contains_private_key, text_contains_key
from onboarding.pki.intake.text import DecodedText, Item, Transformation, decode_text, decodings, find_items


@dataclass(frozen=True)
class Contents:
    """The contents of a file. `undone` has the transformations that were needed to find `items` in a text."""

    items: tuple[Item, ...]
    binary: bool
    text: str
    undone: tuple[Transformation, ...]
    private_key: bool


def read_contents(data: bytes) -> Contents:
    """Return everything found in `data`. The effort is bounded by its size; never raises."""
    private_key = contains_private_key(data)
    if shape_of(data) != Shape.UNKNOWN:
        values = tuple(Item(shape_of(value), value, is_complete(value)) for value in known_values(data))
        return Contents(values, True, "", (), private_key or _has_key(values))
    text, transformations = decode_text(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    candidates = [(decoded, find_items(decoded.text)) for decoded in decodings(text)]
    decoded, items = _best_decoding(candidates)
    if items != candidates[-1][1]:  # the last candidate is the text without any decoding
        transformations = (*transformations, *decoded.transformations)
    private_key = private_key or any(
        _has_key(found) or text_contains_key(candidate.text) for candidate, found in candidates
    )
    return Contents(tuple(items), False, decoded.text, transformations, private_key)


def _has_key(items: Sequence[Item]) -> bool:
    return any(item.shape == Shape.PRIVATE_KEY for item in items)


def _best_decoding(candidates: Sequence[tuple[DecodedText, list[Item]]]) -> tuple[DecodedText, list[Item]]:
    """Return the candidate with most complete values; the first of several, which has most transformations."""

    def score(candidate: tuple[DecodedText, list[Item]]) -> int:
        known = [item for item in candidate[1] if item.shape != Shape.UNKNOWN]
        return sum(2 if item.complete else -1 for item in known)

    return max(candidates, key=score)
