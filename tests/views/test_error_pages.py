"""The error pages: each says what happened and what to do, inside the site's own layout."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

SESSION = "session"


def text(page):
    return page.content.decode()


def test_a_page_that_needs_a_role_does_not_blame_the_session(browser_of):
    """A partner asks for the review desk: the account is named as the reason, and signing in again is no advice."""
    page = browser_of.get(reverse("admin:index"), follow=True)
    assert page.status_code == 403
    assert "<h1>You can’t open this page</h1>" in text(page)
    assert "Your account has no access to this page." in text(page)
    assert SESSION not in text(page)


def test_a_form_without_its_token_blames_the_session():
    """Only a failed CSRF check says that the session may have ended."""
    page = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "x"})
    assert page.status_code == 403
    assert "Your session may have ended." in text(page)
    assert SESSION in text(page)


def test_too_many_requests_say_when_to_try_again(client, settings):
    """The second sign-in within a minute is over the limit: the page has the site's layout, and the header a time."""
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    for _ in range(2):
        page = client.post(reverse("account_login"), {"login": "x@flottes.example", "password": "x"})
    assert page.status_code == 429
    assert "<h1>Too many attempts</h1>" in text(page)
    assert "Wait one minute, then try again." in text(page)
    assert 'class="site-header"' in text(page)
    assert page.headers["Retry-After"] == "60"


def test_a_page_that_does_not_exist(browser_of):
    """A 404 says so in plain words."""
    page = browser_of.get("/nothing/")
    assert (page.status_code, "<h1>Page not found</h1>" in text(page)) == (404, True)


def test_another_partners_page_does_not_exist(client, owner):
    """Another partner's onboarding is a 404 with the same page."""
    onboarding = factories.started(owner)
    client.force_login(factories.partner("else@flottes.example"))
    page = client.get(reverse("onboarding:hub", args=[onboarding.pk]))
    assert (page.status_code, "<h1>Page not found</h1>" in text(page)) == (404, True)


@pytest.mark.asvs("16.5.1", "16.5.4")
def test_an_error_of_ours_says_that_saved_data_is_safe(owner, monkeypatch):
    """A 500 needs neither a session nor a database."""
    monkeypatch.setattr("onboarding.views.onboardings.render", lambda *_: 1 / 0)
    page = Client(raise_request_exception=False).get(reverse("onboarding:home"))
    assert (page.status_code, "Your saved data is safe." in text(page)) == (500, True)
