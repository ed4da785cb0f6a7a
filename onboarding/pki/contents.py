"""What one file holds: the values found in it, whatever they are written in, and what had to be undone to find them."""

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.pki.der import Shape, shape_of, values_in, whole
from onboarding.pki.dialects import View, decoded, views
from onboarding.pki.pem import Item, items_in
from onboarding.pki.private_keys import speaks_of_a_key


@dataclass(frozen=True)
class Contents:
    """The values in a file, whether it is binary, its text, and what was undone, in words for people."""

    items: tuple[Item, ...]
    binary: bool
    text: str
    undone: tuple[str, ...]
    private_key: bool


def contents_of(data: bytes) -> Contents:
    """Everything found in `data`. Bounded by its size; never raises."""
    key = speaks_of_a_key(data)
    if shape_of(data) != Shape.UNKNOWN:
        values = tuple(Item(shape_of(value), value, whole(value)) for value in values_in(data))
        return Contents(values, True, "", (), key or _has_key(values))
    text, undone = decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = [(view, items_in(view.text)) for view in views(text)]
    view, items = _best(seen)
    plain = seen[-1][1]
    said = undone if items == plain else (*undone, *view.undone)
    key = key or any(_has_key(found) or speaks_of_a_key(one.text.encode("utf-8", "replace")) for one, found in seen)
    return Contents(tuple(items), False, view.text, said, key)


def _has_key(items: Sequence[Item]) -> bool:
    return any(item.shape == Shape.PRIVATE_KEY for item in items)


def _best(seen: Sequence[tuple[View, list[Item]]]) -> tuple[View, list[Item]]:
    """The view in which most values are whole; among equals, the one with most undone, which comes first."""

    def worth(pair: tuple[View, list[Item]]) -> int:
        known = [item for item in pair[1] if item.shape != Shape.UNKNOWN]
        return sum(2 if item.whole else -1 for item in known)

    return max(seen, key=worth)
