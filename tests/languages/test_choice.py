"""The language and the time zone of a page: the account's choice, else the cookie's, else the browser's."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from onboarding.languages import day, moment, reading_as, short_moment
from onboarding.models import OutgoingEmail, User
from onboarding.workflow import review
from tests import factories
from tests.review.conftest import reviewer  # noqa: F401  # a fixture

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


SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "shown"),
    [
        ("en", "", ("1 July 2026", "1 July 2026, 22:30 UTC", "1 Jul 2026, 22:30")),
        ("en", "Europe/Lisbon", ("1 July 2026", "1 July 2026, 23:30 WEST", "1 Jul 2026, 23:30")),
        ("fr", "Europe/Paris", ("2 juillet 2026", "2 juillet 2026 00:30 CEST", "02/07/2026 00:30")),
        ("de", "Europe/Berlin", ("2. Juli 2026", "2. Juli 2026 00:30 CEST", "02.07.2026 00:30")),
        ("it", "Europe/Rome", ("2 luglio 2026", "2 luglio 2026, 00:30 CEST", "02/07/2026 00:30")),
        ("es", "Europe/Madrid", ("2 de julio de 2026", "2 de julio de 2026 a las 00:30 CEST", "02/07/2026 00:30")),
        ("nl", "Europe/Amsterdam", ("2 juli 2026", "2 juli 2026 00:30 CEST", "2-7-2026 00:30")),
        ("pt-pt", "Europe/Lisbon", ("1 de julho de 2026", "1 de julho de 2026 às 23:30 WEST", "01/07/2026 23:30")),
    ],
)
def test_times_are_in_the_zone_and_the_format_of_the_reader(language, zone, shown):
    """The day as well: an evening in UTC is the next day in Paris."""
    with reading_as(User(language=language, time_zone=zone)):
        assert tuple(part.casefold() for part in (day(SUMMER), moment(SUMMER), short_moment(SUMMER))) == tuple(
            part.casefold() for part in shown
        )


def test_the_cookie_of_the_browser_chooses_the_zone_until_the_account_does(browser_of, owner):
    onboarding = factories.started(owner)
    hub = reverse("onboarding:hub", args=[onboarding.pk])
    assert "(UTC)" in browser_of.get(hub).text
    browser_of.cookies["time_zone"] = "Europe/Rome"
    assert "(Europe/Rome)" in browser_of.get(hub).text
    browser_of.post(LANGUAGE, {"time_zone": "Europe/Lisbon"})
    assert "(Europe/Lisbon)" in browser_of.get(hub).text


def test_an_email_is_in_the_language_of_its_reader_and_not_of_the_desk(brackets, owner, reviewer, mailoutbox):  # noqa: F811
    """The desk reads German, and the partner the pseudo-language."""
    onboarding = factories.sent(owner)
    User.objects.filter(pk=owner.pk).update(language="xx")
    with translation.override("de"):
        review.return_with_reason(onboarding, reviewer, ["other"])
        assert [email.subject for email in mailoutbox] == ["⟦Your request was returned⟧"]
        assert translation.get_language() == "de"


def test_an_email_to_a_new_account_is_in_the_language_of_the_page(mailoutbox):
    """The account has no language of its own before its first sign-in."""
    form = {"email": "new@flottes.example", "password1": "velvet-anchor-92-river"}
    assert Client(HTTP_ACCEPT_LANGUAGE="fr").post(reverse("account_signup"), form).status_code == 302
    stored = OutgoingEmail.objects.get(user__email="new@flottes.example")
    assert stored.params["language"] == "fr"
    assert [email.to for email in mailoutbox] == [["new@flottes.example"]]
