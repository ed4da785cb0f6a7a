"""Finding onboardings by login, organization, e-mail address, serial, SPKI fingerprint or client ID."""

import uuid

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from onboarding.journey.ledger import fold
from onboarding.models import SearchKey

MOST = 200  # onboardings that one search finds; who sees more than that wants a longer word
LAST_CHARACTER = "\U0010ffff"


def begins_with(term: str) -> Q:
    """Keys that begin with a folded term, in the way in which the database can use its index."""
    if connection.vendor == "sqlite":  # its LIKE ignores capitals, and therefore the index
        return Q(value__gte=term, value__lt=term + LAST_CHARACTER)
    return Q(value__startswith=term)


def _rarest_first(term: str) -> tuple[bool, int]:
    """Numbers tell more apart than words, long words more than short ones."""
    return not any(c.isdigit() for c in term), -len(term)


def matching(text: str) -> QuerySet[SearchKey, uuid.UUID]:
    """The ids of onboardings of which a word begins with each word of `text`, some of them twice."""
    terms = sorted({folded for word in text.split() if (folded := fold(word))}, key=_rarest_first)
    if not terms:
        return SearchKey.objects.none().values_list("onboarding_id", flat=True)
    keys = SearchKey.objects.filter(begins_with(terms[0]))
    for term in terms[1:]:
        beside = SearchKey.objects.filter(begins_with(term), onboarding=OuterRef("onboarding"))
        keys = keys.filter(Exists(beside))
    return keys.values_list("onboarding_id", flat=True)


def found(text: str) -> list[uuid.UUID]:
    """The same, at most MOST and one more.

    In no order: what the index gives first is as good as any, and nothing has to be sorted.
    """
    return list(matching(text)[: MOST + 1])
