"""Sign-in through the real pages, a thief who has copied a cookie, and a member of staff who reviews."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.review.conftest import staff

PASSWORD = "velvet-anchor-92-river"


@pytest.fixture(autouse=True)
def production_like(settings):
    """Addresses have to be confirmed, as on every site with a mail server."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


@pytest.fixture(autouse=True)
def commits(monkeypatch):
    """Run at once what waits for a commit: each test is one transaction, which is rolled back."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda function, **_options: function())


@pytest.fixture
def victim(db):
    """A partner with a confirmed address."""
    return factories.verified(factories.partner("victim@flottes.example"))


def sign_in(user, *, code: bool = False) -> Client:
    """Return a client that signed in on the site's page; with `code`, the page asked for the second factor."""
    client = Client()
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    if code:
        assert response["Location"] == reverse("mfa_authenticate")
        response = client.post(reverse("mfa_authenticate"), {"code": factories.totp_code()})
    assert response["Location"] == reverse("onboarding:onboardings"), response
    return client


def confirm(client: Client, *, code: bool = False) -> None:
    """Confirm the session with the password; with `code`, also with the second factor."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    if code:
        assert client.post(reverse("mfa_reauthenticate"), {"code": factories.totp_code()}).status_code == 302


def stolen(client: Client) -> Client:
    """Return a client of somebody else, with the same session cookie."""
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return thief


@pytest.fixture
def reviewer(db):
    """A user with the role "reviewer"."""
    return staff("reviewer")
