"""The calendar of an account: its secret address, and what it contains."""

import hashlib
import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from onboarding.models import CalendarFeed, Membership, Role, User
from onboarding.workflow import onboardings
from onboarding.workflow.accounts import set_role
from onboarding.workflow.calendars import FOLLOW_UP_AFTER
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/accounts/calendar/"


def turn_on(browser):
    """Turn the calendar on; return the path of its address."""
    page = browser.post(PAGE, {"on": "1"}).content.decode()
    return urlsplit(re.search(r"http[^<]+/onboardings\.ics", page)[0]).path


def events(path):
    """Return the entries of the calendar, as a program without a session reads them: (day, summary)."""
    response = Client().get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(response.content)
    return sorted((event.decoded("dtstart"), str(event["summary"])) for event in calendar.walk("VEVENT"))


def test_the_calendar_is_off_until_it_is_turned_on(browser_of, owner):
    """Its address is shown once, and only its hash is stored."""
    assert "The calendar is off." in browser_of.get(PAGE).content.decode()
    assert CalendarFeed.objects.count() == 0
    path = turn_on(browser_of)
    token = path.split("/")[2]
    assert CalendarFeed.objects.get().token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in browser_of.get(PAGE).content.decode()
    assert events(path) == []


def test_it_has_every_expiry_and_every_request_that_waits(browser_of, owner):
    """Those that the account shares are included, those that are closed are not."""
    other = factories.partner("other@flottes.example")
    shared = factories.certified(other, login="MZP000001")
    Membership.objects.create(onboarding=shared, user=owner, role=Role.READER)
    factories.certified(other, login="MZP000002")  # not shared
    waiting, closed = factories.sent(owner, login="MZP000003"), factories.certified(owner, login="MZP000004")
    onboardings.withdraw(closed, owner)
    factories.started(owner, login="MZP000005")
    assert events(turn_on(browser_of)) == sorted(
        [
            (
                shared.request.issued_certificate.not_after.date(),
                "The fleet API certificate of MZP000001 expires",
            ),
            (
                (waiting.request.sent_at + FOLLOW_UP_AFTER).date(),
                "Ask Stellantis about the certificate request of MZP000003",
            ),
        ]
    )


def test_it_contains_no_secret_and_no_cache_shares_it(browser_of, owner):
    """Neither client IDs nor addresses nor fingerprints of keys; the response belongs to one reader."""
    onboarding = factories.certified(owner)
    response = Client().get(turn_on(browser_of))
    text = response.content.decode().replace("\r\n ", "")
    secrets = [owner.email, onboarding.email, onboarding.organization, "client-1", onboarding.request.spki]
    assert [secret for secret in secrets if secret in text] == []
    assert response.headers["Cache-Control"].startswith("private")
    assert "Set-Cookie" not in response.headers
    assert Client().get(response.request["PATH_INFO"]).content == response.content


def test_only_the_present_address_works(browser_of, owner):
    """A new address, turning the calendar off, and closing the account end the old one."""
    first = turn_on(browser_of)
    second = turn_on(browser_of)
    assert [Client().get(path).status_code for path in (first, second)] == [404, 200]
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert Client().get(second).status_code == 404
    User.objects.filter(pk=owner.pk).update(is_active=True)
    browser_of.post(PAGE, {"off": "1"})
    assert [Client().get(path).status_code for path in (first, second)] == [404, 404]


def test_a_new_role_ends_it(browser_of, owner):
    """Somebody else may have signed up with this address, as with all else that opens the account."""
    path = turn_on(browser_of)
    set_role(factories.verified(owner), "reviewer", None)
    assert Client().get(path).status_code == 404


def test_it_can_not_be_read_too_often(browser_of, settings):
    """An address of the network has five times the number; guesses at addresses count as well."""
    settings.CALENDAR_READS_AN_HOUR = 1
    path = turn_on(browser_of)
    wrong = reverse("onboarding:calendar_feed", args=["x" * 43])
    assert [Client().get(wrong if number % 2 else path).status_code for number in range(6)] == [
        *[200, 404, 200, 404, 200],
        429,
    ]


def test_the_page_asks_for_a_sign_in():
    """The calendar itself does not."""
    assert Client().get(PAGE).url == f"/accounts/login/?next={PAGE}"
