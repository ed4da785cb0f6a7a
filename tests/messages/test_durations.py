"""Moments and durations in words: the right unit, the right plural, in the past and in the future."""

from datetime import UTC, datetime, timedelta

import pytest

from onboarding.messages.durations import duration_in_words, moment, moment_in_words, with_durations
from onboarding.messages.finding import Finding

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("difference", "past", "future"),
    [
        ({"seconds": 1}, "less than a minute ago", "in less than a minute"),
        ({"seconds": 59}, "less than a minute ago", "in less than a minute"),
        ({"minutes": 1}, "a minute ago", "in a minute"),
        ({"minutes": 59, "seconds": 59}, "59 minutes ago", "in 59 minutes"),
        ({"hours": 1}, "an hour ago", "in an hour"),
        ({"hours": 11}, "11 hours ago", "in 11 hours"),
        ({"hours": 13}, "yesterday", "tomorrow"),
        ({"hours": 24}, "yesterday", "tomorrow"),
        ({"hours": 35}, "yesterday", "tomorrow"),
        ({"hours": 37}, "2 days ago", "in 2 days"),
        ({"days": 60}, "60 days ago", "in 60 days"),
        ({"days": 61}, "2 months ago", "in 2 months"),
        ({"days": 365}, "12 months ago", "in 12 months"),
        ({"days": 800}, "2 years ago", "in 2 years"),
        ({"days": 3650}, "10 years ago", "in 10 years"),
    ],
)
def test_a_moment_has_its_unit_and_its_plural(difference, past, future):
    """Hours are counted up to half a day, then the calendar's days, then months and years."""
    ago, ahead = (moment(NOW + sign * timedelta(**difference), NOW) for sign in (-1, 1))
    assert moment_in_words(ago["seconds_until"], ago["days_until"]) == past
    assert moment_in_words(ahead["seconds_until"], ahead["days_until"]) == future


def test_the_same_day_is_never_yesterday():
    """At the end of a day, its morning is hours ago."""
    assert with_durations(moment(NOW.replace(hour=5), NOW.replace(hour=23)))["when"] == "18 hours ago"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "a second"),
        (30, "30 seconds"),
        (60, "a minute"),
        (90, "90 seconds"),
        (121, "3 minutes"),
        (3600, "an hour"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86_400, "a day"),
        (100_000, "28 hours"),
        (7 * 86_400, "7 days"),
    ],
)
def test_a_duration_is_rounded_up_to_whole_units(seconds, words):
    """Whoever waits that long has waited long enough."""
    assert duration_in_words(seconds) == words


def test_a_stored_finding_says_the_moment_again():
    """The words are made when the sentence is rendered, so that they are in the reader's language."""
    params = {"date": "2026-06-01 11:00", **moment(NOW - timedelta(hours=1), NOW)}
    stored = Finding("expired", found="MZP128745", params=params).to_dict()
    assert "when" not in stored["params"]
    assert Finding.from_dict(stored).text == "“MZP128745” expired an hour ago (2026-06-01 11:00 UTC)."


def test_a_finding_that_an_earlier_version_stored_keeps_its_sentence():
    """Its parameters had only the days."""
    earlier = {"code": "expired", "params": {"date": "2026-06-01", "days": 1}, "text": "It expired."}
    assert Finding.from_dict(earlier).text == "It expired."
