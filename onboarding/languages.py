"""The languages and time zones in which people read this site, and the emails of this site (`reading_as`).

The language of a page is the one that the account has chosen, else that of the cookie, else the browser's. The time
zone is the one that the account has chosen, else the browser's, which a script writes into a cookie, else UTC.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.formats import date_format

# Codes and the languages' own names. The libraries have the Portuguese of Portugal as pt_PT, Django as pt: the code
# pt-pt finds both.
LANGUAGE_NAMES = [
    ("en", "English"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("it", "Italiano"),
    ("es", "Español"),
    ("nl", "Nederlands"),
    ("pt-pt", "Português"),
]  # not translated: each name is in its own language
DEFAULT_LANGUAGE = "en"
TIME_ZONE_COOKIE = "time_zone"  # static/onboarding/time_zone.js writes it
# The groups of the tz database whose zones people choose from: the others are links and offsets.
REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def is_offered(language: str) -> bool:
    """Return whether the site has this language."""
    return language in dict(settings.LANGUAGES)


def own_name(language: str) -> str:
    """Return the name of a language in itself; an unknown code is returned unchanged."""
    return dict(LANGUAGE_NAMES).get(language, language)


def request_language(request: HttpRequest) -> str:
    """Return the code of the language for this request."""
    chosen = getattr(request.user, "language", "")
    return chosen if is_offered(chosen) else translation.get_language_from_request(request)


def request_zone(request: HttpRequest) -> ZoneInfo | None:
    """Return the time zone for this request; None if it is not known."""
    return _zone(getattr(request.user, "time_zone", "")) or _zone(request.COOKIES.get(TIME_ZONE_COOKIE, ""))


def _zone(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in zone_names() else None


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones that this machine knows."""
    return frozenset(available_timezones())


@cache
def zone_choices() -> tuple[str, ...]:
    """Return the names of the time zones to choose from, in the order of the alphabet."""
    return tuple(sorted(name for name in zone_names() if name.split("/")[0] in REGIONS))


@contextmanager
def reading_as(reader: object, asked_in: str = "") -> Iterator[None]:
    """Activate the language and time zone of an account while an email to it is made.

    Without a language of its own, `asked_in` counts, that of the page that asked for the email; then the site's.
    """
    language: str = getattr(reader, "language", "") or asked_in
    zone = _zone(getattr(reader, "time_zone", ""))
    with translation.override(language if is_offered(language) else DEFAULT_LANGUAGE), timezone.override(zone):
        yield


def day(when: datetime | None) -> str:
    """Return the day, such as "25 November 2026", in the reader's language and time zone."""
    return _formatted(when, "DATE_FORMAT")


def moment(when: datetime | None) -> str:
    """Return the day and the time with its zone, such as "25 November 2026, 15:46 UTC"."""
    return f"{_formatted(when, 'DATETIME_FORMAT')} {timezone.localtime(when).tzname()}" if when else ""


def short_moment(when: datetime | None) -> str:
    """Return the day and the time for a table whose heading names the zone, such as "25 Nov 2026, 15:46"."""
    return _formatted(when, "SHORT_DATETIME_FORMAT")


def _formatted(when: datetime | None, name: str) -> str:
    return date_format(timezone.localtime(when), name) if when else ""


def forget_reader(**_signal: object) -> None:
    """Activate the site's own language and time zone. The thread may go on with something else."""
    translation.deactivate()
    timezone.deactivate()
