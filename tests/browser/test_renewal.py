"""A partner renews a certificate that is about to expire, and shares the new onboarding with a colleague."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.partner import FormWalk, Partner, Walk, key_of
from tests.browser.processes import manage

pytestmark = pytest.mark.browser


@pytest.fixture
def finished(site, partner):
    """A connected onboarding whose certificate expires in nine days."""
    form_walk = FormWalk(site, partner)
    form_walk.to_done()
    soon = datetime.now(UTC) + timedelta(days=9, hours=1)
    with sqlite3.connect(site.database, timeout=20) as database:
        database.execute(
            "UPDATE onboarding_issuedcertificate SET not_after = ? WHERE request_id IN "
            "(SELECT id FROM onboarding_certificaterequest WHERE onboarding_id = ?)",
            (f"{soon:%Y-%m-%d %H:%M:%S}", form_walk.pk.replace("-", "")),
        )
    return form_walk


def sign_in(walk):
    """Sign in, and open the list of onboardings."""
    walk.page.goto(f"{walk.site.url}/accounts/login/")
    walk.submit(login=walk.partner.email, password=walk.partner.account_password)


def press(walk, name):
    """Press a button, and inspect the next page."""
    with walk.page.expect_navigation():
        walk.page.locator("main").get_by_role("button", name=name, exact=False).first.click()
    walk.look(walk.page)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_certificate_is_renewed_before_it_expires(site, partner, finished, inspector, tmp_path, scripts):
    """From the hub, with one new passphrase check, to the new connection; then the old onboarding is closed."""
    look = inspector(scripts=scripts)
    walk, page, old = Walk(look.page, site, partner, tmp_path, look), look.page, finished.pk
    sign_in(walk)
    walk.open(old)
    assert "Renew the certificate" in page.locator(".next-action").inner_text()
    assert "Expires in 9 days" in page.locator("main").inner_text()
    walk.open("renew")
    press(walk, "Start the renewal")
    walk.expect("key")
    new = key_of(page.url)
    walk.key()
    walk.request()
    files, _client_id = walk.sign()
    walk.submit(files=files)
    walk.expect("test")
    walk.test(partner.password)
    page.goto(f"{site.url}/onboardings/{old}/")
    walk.unfold()
    walk.open("test")  # the old certificate can still be tested
    page.goto(f"{site.url}/onboardings/{old}/")
    walk.open("close")
    if "/reauthenticate/" in page.url:
        walk.submit(password=partner.account_password)
    press(walk, "The new certificate works everywhere")
    assert (key_of(page.url), site.status(old), site.status(new)) == (new, "renewed", "connected")
    page.goto(f"{site.url}/onboardings/{old}/")
    look(page)
    assert look.complaints == []


def test_the_same_key_is_used_again(site, partner, finished, inspector, tmp_path):
    """The passphrase is asked for once, and the request can be sent at once."""
    look = inspector(scripts=True)
    walk, page = Walk(look.page, site, partner, tmp_path, look), look.page
    sign_in(walk)
    page.goto(f"{site.url}/onboardings/{finished.pk}/renew/")
    press(walk, "Start the renewal")
    page.locator("[name=earlier-passphrase]").fill(partner.passphrase)
    press(walk, "Use this key")
    walk.expect("request")
    walk.sign()
    assert look.complaints == []
    [(keys,)] = site.rows(
        "SELECT count(DISTINCT spki) FROM onboarding_certificaterequest r "
        "JOIN onboarding_onboarding o ON o.id = r.onboarding_id WHERE o.mzp_login = ?",
        partner.login,
    )
    assert keys == 1


def test_a_colleague_signs_up_with_an_invitation(site, partner, inspector, tmp_path):
    """They work on the onboarding until they leave it."""
    form_walk, colleague = FormWalk(site, partner), Partner()
    form_walk.sign_up()
    form_walk.begin()
    owners, theirs = inspector(scripts=True), inspector(scripts=True)
    walk = Walk(owners.page, site, partner, tmp_path, owners)
    sign_in(walk)
    walk.open(form_walk.pk)
    walk.open("colleagues")
    with owners.page.expect_navigation():
        owners.page.get_by_role("link", name="Confirm it is you").click()
    walk.submit(password=partner.account_password)
    walk.submit_invalid(email="nobody", role="member")
    walk.submit(email=colleague.email, role="member")
    link = re.findall(r"http[^\s\"<]+/invitations/[^\s\"<]+", manage("worker", "--once", env=site.env))[-1]

    page, other = theirs.page, Walk(theirs.page, site, colleague, tmp_path, theirs)
    page.goto(link)
    theirs(page)
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name="Sign up").click()
    other.submit(email=colleague.email, password1=colleague.account_password)
    press(other, "Accept the invitation")
    assert key_of(page.url) == form_walk.pk
    assert "join" in site.events(form_walk.pk)
    owners.page.reload()
    owners(owners.page)
    assert colleague.email in owners.page.locator("main").inner_text()
    other.goto("/accounts/calendar/")
    press(other, "Turn the calendar on")
    page.goto(f"{site.url}/onboardings/{form_walk.pk}/")
    press(other, "Turn the watch on")
    other.open("colleagues")
    press(other, "Leave this onboarding")
    assert colleague.email not in owners.page.goto(f"{site.url}/onboardings/{form_walk.pk}/colleagues/").text()
    assert [owners.complaints, theirs.complaints] == [[], []]
