"""The end of a session in a real browser: the warning, and a form that survives it."""

import sqlite3

import pytest

from tests.browser.partner import FormWalk, Partner
from tests.browser.sites import install, serve

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def short_site(tmp_path_factory):
    """A site whose sessions end after a minute, so that each page starts with the warning."""
    folder = tmp_path_factory.mktemp("short")
    with serve(folder, install(folder, PARTNER_IDLE_MINUTES="1")) as running:
        yield running


def sign_in(page, account):
    page.fill("main [name=login]", account.email)
    page.fill("main [name=password]", account.account_password)
    with page.expect_navigation():
        page.locator("main form:has([name=password]) button").last.click()


def end_all_sessions(site):
    with sqlite3.connect(site.database, timeout=20) as connection:
        connection.execute("DELETE FROM onboarding_session")


def test_what_was_typed_survives_the_end_of_the_session(short_site, inspector):
    """The page warns, then keeps the form until its user has signed in again in another tab; then it is sent."""
    account = Partner(environment="production")
    FormWalk(short_site, account).sign_up()
    look = inspector(scripts=True)
    page = look.page
    page.clock.install()
    page.goto(f"{short_site.url}/accounts/login/?next=/onboardings/new/")
    sign_in(page, account)
    assert page.get_by_role("alert").inner_text().startswith("You will be signed out soon")
    look(page)
    with page.expect_response("**/accounts/session/") as answer:
        page.get_by_role("button", name="Stay signed in").click()
    assert (answer.value.request.method, answer.value.json()["seconds"] > 50) == ("POST", True)

    page.fill("[name=mzp_login]", account.login)
    end_all_sessions(short_site)
    page.clock.fast_forward(61_000)
    page.get_by_text("You were signed out.").wait_for()
    look(page)
    page.get_by_role("button", name="Continue").click()
    assert page.input_value("[name=mzp_login]") == account.login

    with look.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value, account)
    assert opened.value.locator("h1").inner_text() == "You are signed in again"
    opened.value.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.get_by_text("You were signed out.").wait_for(state="hidden")
    with page.expect_navigation():
        page.get_by_role("button", name="Continue").click()
    assert page.url.endswith("/company/")
    assert short_site.rows("SELECT mzp_login FROM onboarding_onboarding") == [(account.login,)]
    assert look.complaints == []
