"""What the queue's address may ask for; whatever else stands in it is refused before a query is made of it."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import QueryDict

DATES = ("status_since__year", "status_since__month", "status_since__day")
FILTERS = frozenset(
    {"move", "reviewer", "status__exact", "age", "expires", "environment__exact", "finding", "verdict", *DATES}
)
YEARS = range(1970, 9999)  # the year after must be a date, too


def check(whole: QueryDict, narrowing: Iterable[str]) -> None:
    """Refuse names that no filter has, characters that no database takes, and days that no calendar has.

    `narrowing` are the names in `whole` that filters must know. IncorrectLookupParameters: the list starts again.
    """
    if unknown := set(narrowing) - FILTERS:
        raise IncorrectLookupParameters(f"nothing is called {', '.join(sorted(unknown))}")
    if any("\0" in value for _, values in whole.lists() for value in values):
        raise IncorrectLookupParameters("no value holds a NUL")
    chosen_day(whole)


def chosen_day(asked: Mapping[str, str]) -> list[int]:
    """The year, the month and the day to narrow by, as far as they are given (IncorrectLookupParameters: no such)."""
    given = [asked[name] for name in DATES if name in asked]
    if given != [asked.get(name) for name in DATES[: len(given)]]:
        raise IncorrectLookupParameters("a day needs its month, and a month its year")
    try:
        parts = [int(value) for value in given]
        date(*(parts + [1, 1, 1][len(parts) :]))
    except (ValueError, OverflowError) as error:
        raise IncorrectLookupParameters("no such day") from error
    if parts and parts[0] not in YEARS:
        raise IncorrectLookupParameters("no such year")
    return parts
