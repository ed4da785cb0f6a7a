"""The language and the time zone of a page: the account's choice, else the cookie's, else the browser's."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db
HOME, LANGUAGE, ACCOUNT = reverse("onboarding:home"), reverse("language"), reverse("account")


def language_of(client, page=HOME):
    response = client.get(page)
    assert f'<html lang="{response["Content-Language"]}">' in response.text
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}
    return response["Content-Language"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt", "pt-pt"),
        ("pt-BR", "pt-pt"),
        ("fr-CA;q=0.5,it;q=0.4", "fr"),
        ("sv,nl;q=0.1", "nl"),
        ("ja", "en"),
        ("", "en"),
    ],
)
def test_a_visitor_reads_the_best_language_of_the_browser(accepted, language):
    """Regional variants get the language, and an unknown language English."""
    assert language_of(Client(HTTP_ACCEPT_LANGUAGE=accepted)) == language


def test_the_switch_sets_a_cookie_that_wins_over_the_browser():
    visitor = Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="de")
    response = visitor.post(LANGUAGE, {"language": "fr", "next": "/check/"})
    assert (response.status_code, response["Location"]) == (302, "/check/")
    assert language_of(visitor) == "fr"


def test_a_visitor_gets_no_cookie_from_a_page():
    """The switch is a form in each page, and its token would be a cookie."""
    assert dict(Client().get(HOME).cookies) == {}


def test_the_choice_of_the_account_wins_over_the_cookie(browser_of, owner):
    """It is stored, so another browser shows it as well."""
    browser_of.post(LANGUAGE, {"language": "it"})
    owner.refresh_from_db()
    assert owner.language == "it"
    other = Client()
    other.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    other.force_login(owner)
    assert language_of(other, ACCOUNT) == "it"


def test_a_forged_form_does_not_change_an_account(owner):
    attacked = Client(enforce_csrf_checks=True)
    attacked.force_login(owner)
    assert attacked.post(LANGUAGE, {"language": "it"}).status_code == 403
    owner.refresh_from_db()
    assert owner.language == "en"


def test_the_language_of_the_first_sign_in_is_remembered():
    """Emails that the desk causes later are written in it; a later sign-in changes nothing."""
    user = factories.verified(factories.partner())
    for accepted in ("nl", "es"):
        form = {"login": user.email, "password": "velvet-anchor-92-river"}
        Client(HTTP_ACCEPT_LANGUAGE=accepted).post(reverse("account_login"), form)
        user.refresh_from_db()
        assert user.language == "nl"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_the_switch_leads_to_no_other_site(address):
    assert Client().post(LANGUAGE, {"language": "fr", "next": address})["Location"] == LANGUAGE


@pytest.mark.parametrize("sent", [{"language": "xx"}, {"language": "../de"}, {"time_zone": "../../etc/passwd"}])
def test_an_unknown_choice_is_refused(browser_of, owner, sent):
    assert browser_of.post(LANGUAGE, sent).status_code == 200
    owner.refresh_from_db()
    assert (owner.language, owner.time_zone) == ("en", "")


@pytest.mark.parametrize("cookie", ["../../etc/passwd", "Nowhere/City", "", "\x00", "é", "Europe"])
def test_a_malformed_cookie_of_the_time_zone_is_ignored(browser_of, cookie):
    browser_of.cookies["time_zone"] = cookie
    assert browser_of.get(ACCOUNT).status_code == 200
