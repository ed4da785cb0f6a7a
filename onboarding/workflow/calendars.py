"""Calendars (RFC 5545): the expiry of one certificate as a file, and all dates of an account at a secret address."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from onboarding.models import CLOSED, CalendarFeed, CertificateRequest, IssuedCertificate, User
from onboarding.workflow.next_step import Progress, onboardings_of, progress_of

EXPIRY_ALARM = timedelta(days=42)  # before the expiry: some signatures took weeks
FOLLOW_UP_AFTER = timedelta(days=7)  # without a certificate; then an email that asks about the request is offered
REFRESH = timedelta(hours=12)  # how often programs should read the address again
FEED_MAX = 500  # onboardings of one calendar
TOKEN_BYTES = 32


def expiry_calendar(issued: IssuedCertificate) -> bytes:
    """Return a calendar with the last day of one certificate, and an alarm before it."""
    return _calendar([_expiry_event(issued)])


def follow_up_calendar(request: CertificateRequest, day: datetime) -> bytes:
    """Return a calendar with an entry on `day`, to ask the operator about a sent request."""
    return _calendar([_follow_up_event(request, day.date())])


def account_calendar(user: User) -> bytes:
    """Return the calendar of an account: when its certificates expire, and when to ask about requests that wait.

    It contains no secret: logins, days, and links that need a sign-in.
    """
    onboardings = onboardings_of(user).exclude(status__in=CLOSED)[:FEED_MAX]
    events = [event for onboarding in onboardings for event in _events_of(progress_of(onboarding))]
    return _calendar(events)


def _events_of(progress: Progress) -> Iterator[Event]:
    request = progress.request
    if progress.issued_certificate is not None:
        yield _expiry_event(progress.issued_certificate)
    elif request is not None and request.sent_at is not None and progress.waits_for_certificate:
        yield _follow_up_event(request, (request.sent_at + FOLLOW_UP_AFTER).date())


def _follow_up_event(request: CertificateRequest, day: date) -> Event:
    return _event(
        f"{request.uid}-waiting",
        request.sent_at or request.created_at,
        day,
        _("Ask Stellantis about the certificate request of %(login)s") % {"login": request.onboarding.mzp_login},
        _("We have a reminder ready that you can send."),
        settings.SITE_URL + reverse("onboarding:hub", args=[request.onboarding.pk]),
    )


def _expiry_event(issued: IssuedCertificate) -> Event:
    onboarding = issued.request.onboarding
    values = {"login": onboarding.mzp_login}
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Renew the fleet API certificate of %(login)s") % values)
    alarm.add("trigger", -EXPIRY_ALARM)
    event = _event(
        issued.fingerprint,
        issued.received_at,
        issued.not_after.date(),
        _("The fleet API certificate of %(login)s expires") % values,
        _("Renew the certificate well before this day."),
        settings.SITE_URL + reverse("onboarding:hub", args=[onboarding.pk]),
    )
    event.add_component(alarm)
    return event


def _event(uid: str, stamp: datetime, day: date, summary: str, description: str, url: str) -> Event:
    """Return an all-day entry. `stamp` is when its data were stored, so that the same data make the same file."""
    event = Event()
    event.add("uid", f"{uid}@fleet-api-onboarding")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("summary", summary)
    event.add("description", _("%(text)s Your onboarding: %(url)s") % {"text": description, "url": url})
    event.add("url", url)
    return event


def _calendar(events: list[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Fleet API onboarding//EN")  # not shown: identifies this program (RFC 5545, 3.7.3)
    calendar.add("version", "2.0")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})  # RFC 7986, 5.7
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def make_feed(user: User) -> str:
    """Turn the calendar on, or give it a new address; return the secret part, which is not stored."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.update_or_create(user=user, defaults={"token_hash": _hash(token)})
    return token


def remove_feed(user: User) -> None:
    """Turn the calendar off. Its address stops working."""
    CalendarFeed.objects.filter(user=user).delete()


def reader_of(token: str) -> User | None:
    """Return the account whose calendar has this address; None if there is none, or if the account is closed."""
    feed = CalendarFeed.objects.filter(token_hash=_hash(token), user__is_active=True).select_related("user").first()
    return feed.user if feed else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
