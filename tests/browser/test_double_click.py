"""Two rapid clicks on every button of the walk, with and without scripts, have one effect."""

import re
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

from tests.browser.partner import COMPANY, Walk, key_of

pytestmark = pytest.mark.browser


class Clicker:
    """Double-clicks a button, waits until the server has answered every request, and returns what changed."""

    def __init__(self, walk, site):
        self.walk, self.site, self.page = walk, site, walk.page
        self.posts = []
        self.page.on("request", lambda request: self.posts.append(request) if request.method == "POST" else None)

    def responses(self, path):
        """Return the number of responses to POST requests to `path` in the server's log."""
        return len(re.findall(rf'"POST {re.escape(path)} HTTP', self.site.log.read_text()))

    def arrived(self):
        """Return whether another page than the clicked one is shown and loaded."""
        try:
            return self.page.evaluate("!window.before && document.readyState == 'complete'")
        except Error:  # the page was replaced at this moment
            return False

    def until(self, happened, *, seconds):
        """Let the browser run until `happened` returns True, for at most `seconds`."""
        deadline = time.monotonic() + seconds
        while not happened() and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)

    def twice(self, button):
        """Double-click `button`; return how many rows each table has gained or lost."""
        before, self.posts[:] = self.site.count(), []
        form = button.locator("xpath=ancestor::form")
        path = urlsplit(form.evaluate("form => form.action")).path
        logged = self.responses(path)
        self.page.evaluate("window.before = true")
        button.dblclick(no_wait_after=True)
        self.until(self.arrived, seconds=30)
        # A request that the browser cancelled may never reach the server.
        self.until(lambda: self.responses(path) - logged >= len(self.posts), seconds=3)
        assert self.responses(path) > logged
        after = self.site.count()
        return {name: after[name] - before[name] for name in after if after[name] != before[name]}

    def form(self, name, **typed):
        """Fill in and double-click the form with the field `name`; return what changed."""
        self.walk.fill(**typed)
        return self.twice(self.walk.button(name))


def sign_up_twice(walk, click):
    """Two clicks on the sign-up button create one account. Its owner is signed in, or can sign in."""
    partner, page = walk.partner, walk.page
    page.goto(f"{walk.site.url}/accounts/signup/")
    assert click.form("email", email=partner.email, password1=partner.account_password) == {"user": 1}
    page.goto(f"{walk.site.url}/accounts/login/")
    if urlsplit(page.url).path == "/accounts/login/":  # the browser dropped the first response with its cookie
        walk.fill(login=partner.email, password=partner.account_password)
        assert click.twice(walk.button("login")) == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_every_button_can_be_clicked_twice(site, partner, inspector, tmp_path, scripts):
    """From sign-up to withdrawal, a button adds its rows once, and no click ends on an error page."""
    look = inspector(scripts=scripts)
    page = look.page
    walk = Walk(page, site, partner, tmp_path, look)
    click = Clicker(walk, site)

    def at(name):
        walk.goto(f"/onboardings/{pk}/{name}/")

    def only(action):
        return page.locator(f"main form[action$='{action}']" if action else "main form").get_by_role("button").last

    sign_up_twice(walk, click)
    page.goto(f"{site.url}/onboardings/new/")
    effect = click.form("mzp_login", mzp_login=partner.login, environment="rehearsal")
    assert effect == {"onboarding": 1, "event": 1}
    pk = key_of(page.url)
    at("login")
    assert click.form("mzp_login", mzp_login=partner.login, environment="rehearsal") == {}
    at("company")
    assert click.form("organization", **COMPANY) == {"event": 1}
    at("key/passphrase")
    walk.unfold()
    effect = click.form("passphrase", passphrase=partner.passphrase, key_size="2048")
    assert effect == {"certificaterequest": 1, "sealedprivatekey": 1, "event": 1}
    at("request")
    assert click.form("passphrase", passphrase=partner.passphrase) == {"event": 1}
    at("request")
    assert click.twice(only("/request/sign/")) == {"signingresponse": 1, "event": 1}
    at("certificate")
    files, client_id = (
        [walk.save("certificate.pem"), walk.save("ca.pem")],
        page.locator(".practice-email code").inner_text(),
    )
    effect = click.form("files", files=files, client_id=client_id)
    assert effect == {"issuedcertificate": 1, "clientid": 1, "event": 2}
    at("certificate")
    page.locator("main form:has([name=files]) [name=client_id]").fill("another-app")
    assert click.twice(walk.button("files")) == {"clientid": 1, "event": 1}
    at("certificate")
    assert click.twice(page.get_by_role("button", name="another-app")) == {"clientid": -1, "event": 1}
    at("test")
    effect = click.form("passphrase", passphrase=partner.passphrase, password=partner.password)
    assert effect == {"connectiontest": 1, "event": 2}
    at("done")
    assert len(page.locator("table.fleets tbody tr").all()) >= 2
    at("replace")
    assert click.twice(only("")) == {"event": 1}
    at("withdraw")
    assert click.twice(only("")) == {"event": 1}
    assert site.status(pk) == "withdrawn"
    page.goto(f"{site.url}/onboardings/")
    assert click.twice(page.get_by_role("button", name="Sign out")) == {}
    page.goto(f"{site.url}/onboardings/")
    assert urlsplit(page.url).path == "/accounts/login/"
    assert look.complaints == []
    assert "Internal Server Error" not in site.log.read_text()
