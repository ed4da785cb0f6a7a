"""Durations and moments in words, in the active language: "an hour ago", "tomorrow", "2 minutes".

A message stores numbers, because it may be rendered again in another language. `moment` returns the parameters for a
point in time, and `with_durations` adds the words for them when a sentence is rendered.
"""

from datetime import datetime

from onboarding.messages.text import Params, Plural, gettext_noop, ngettext_lazy, render

MINUTE, HOUR, DAY = 60, 3600, 86_400
HOURS_MAX = 12  # from then on, the day matters more than the hour
DAYS_MAX = 60
MONTH, YEAR = 30.44, 365.25  # days, on average
MONTHS_MAX = 24

# By unit: the words for the past, for the future, and for a duration.
DURATION_WORDS: dict[str, tuple[Plural, Plural, Plural]] = {
    "minutes": (
        ngettext_lazy("a minute ago", "{count} minutes ago", "count"),
        ngettext_lazy("in a minute", "in {count} minutes", "count"),
        ngettext_lazy("a minute", "{count} minutes", "count"),
    ),
    "hours": (
        ngettext_lazy("an hour ago", "{count} hours ago", "count"),
        ngettext_lazy("in an hour", "in {count} hours", "count"),
        ngettext_lazy("an hour", "{count} hours", "count"),
    ),
    "days": (
        ngettext_lazy("yesterday", "{count} days ago", "count"),
        ngettext_lazy("tomorrow", "in {count} days", "count"),
        ngettext_lazy("a day", "{count} days", "count"),
    ),
    "months": (
        ngettext_lazy("a month ago", "{count} months ago", "count"),
        ngettext_lazy("in a month", "in {count} months", "count"),
        ngettext_lazy("a month", "{count} months", "count"),
    ),
    "years": (
        ngettext_lazy("a year ago", "{count} years ago", "count"),
        ngettext_lazy("in a year", "in {count} years", "count"),
        ngettext_lazy("a year", "{count} years", "count"),
    ),
}
SECONDS = ngettext_lazy("a second", "{count} seconds", "count")
JUST_NOW = gettext_noop("less than a minute ago")
AT_ONCE = gettext_noop("in less than a minute")


def moment(when: datetime, now: datetime) -> dict[str, int]:
    """Return the parameters by which a sentence can say `{when}`: the seconds and the calendar days from `now`.

    Both are negative for the past. Days are counted in the time zone of `now`, which all messages give as UTC.
    """
    days = (when.astimezone(now.tzinfo).date() - now.date()).days
    return {"seconds_until": round((when - now).total_seconds()), "days_until": days}


def with_durations(params: Params) -> Params:
    """Return `params`, with `when` for the parameters of `moment`, and with `duration` for a number of `seconds`."""
    words: dict[str, str | int] = {}
    if isinstance(seconds := params.get("seconds_until"), int) and isinstance(days := params.get("days_until"), int):
        words["when"] = moment_in_words(seconds, days)
    if isinstance(seconds := params.get("seconds"), int):
        words["duration"] = duration_in_words(seconds)
    return {**words, **params}


def moment_in_words(seconds: int, days: int) -> str:
    """Return a moment that is `seconds` and `days` of the calendar from now, such as "an hour ago" or "tomorrow"."""
    past = seconds < 0
    if abs(seconds) < MINUTE:
        return render(JUST_NOW if past else AT_ONCE, {})
    unit, count = _unit_of_moment(abs(seconds), abs(days))
    return render(DURATION_WORDS[unit][0 if past else 1], {"count": count})


def _unit_of_moment(seconds: int, days: int) -> tuple[str, int]:
    if seconds < HOUR:
        return "minutes", seconds // MINUTE
    if seconds < HOURS_MAX * HOUR or days == 0:
        return "hours", seconds // HOUR
    return _unit_of_days(days)


def _unit_of_days(days: int) -> tuple[str, int]:
    if days <= DAYS_MAX:
        return "days", days
    months = round(days / MONTH)
    return ("months", months) if months <= MONTHS_MAX else ("years", round(days / YEAR))


def duration_in_words(seconds: int) -> str:
    """Return a duration, rounded up to whole units, such as "30 seconds", "2 minutes" or "a day"."""
    if seconds < 2 * MINUTE and seconds != MINUTE:
        return render(SECONDS, {"count": seconds})
    if seconds < 2 * HOUR and seconds != HOUR:
        return render(DURATION_WORDS["minutes"][2], {"count": -(-seconds // MINUTE)})
    if seconds < 2 * DAY and seconds != DAY:
        return render(DURATION_WORDS["hours"][2], {"count": -(-seconds // HOUR)})
    unit, count = _unit_of_days(-(-seconds // DAY))
    return render(DURATION_WORDS[unit][2], {"count": count})
