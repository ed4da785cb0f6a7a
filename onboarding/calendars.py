"""A certificate's end as a calendar entry, with a reminder while there is still time to renew it."""

from datetime import timedelta

from icalendar import Alarm, Calendar, Event

from onboarding.models import IssuedCertificate

REMINDER = timedelta(days=42)  # signing has been seen to take weeks


def expiry_calendar(answer: IssuedCertificate, hub_url: str) -> bytes:
    """An iCalendar file (RFC 5545) with one all-day entry on the certificate's last day, and an alarm before it."""
    onboarding = answer.request.onboarding
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Renew the fleet API certificate of {onboarding.mzp_login}")
    alarm.add("trigger", -REMINDER)
    event = Event()
    event.add("uid", f"{answer.fingerprint}@fleet-api-onboarding")
    event.add("dtstamp", answer.received_at)
    event.add("dtstart", answer.not_after.date())
    event.add("summary", f"Fleet API certificate of {onboarding.mzp_login} expires")
    event.add(
        "description",
        f"Ask your contact at Stellantis for a new one well before this day. Everything about it: {hub_url}",
    )
    event.add("url", hub_url)
    event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Fleet API onboarding//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
