"""A passkey opens the review desk, in a real browser with a virtual authenticator (WebAuthn over CDP)."""

from urllib.parse import urlsplit

import pytest

from tests.browser.sites import install, serve
from tests.browser.staff import make_staff

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("passkey")
    with serve(folder, install(folder), "localhost") as running:  # a passkey belongs to a name, not to an address
        yield running


def path(page):
    return urlsplit(page.url).path


def submit(look, button, **values):
    """Fill in the form, and press its button."""
    for name, value in values.items():
        look.page.fill(f"main [name={name}]", value)
    with look.page.expect_navigation():
        look.page.get_by_role("button", name=button, exact=True).last.click()
    look(look.page)


def test_staff_sign_in_to_the_desk_with_a_passkey(site, inspector):
    """It is added after a confirmation, and is asked for after the password. Without it, the desk stays closed."""
    account = make_staff(site, "reviewer")
    look = inspector(scripts=True)
    page = look.page
    url = site.url
    devices = look.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    page.goto(f"{url}/admin/")
    submit(look, "Sign in", login=account.email, password=account.account_password)
    assert path(page) == "/accounts/2fa/"
    page.goto(f"{url}/accounts/2fa/webauthn/add/")
    submit(look, "Confirm", password=account.account_password)
    page.fill("[name=name]", "Laptop")
    with page.expect_navigation():
        page.click("#mfa_webauthn_add")
    page.locator("#recovery_codes").wait_for()
    look(page)
    assert len(devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    page.goto(f"{url}/admin/")
    assert path(page) == "/admin/"

    look.context.clear_cookies()
    page.goto(f"{url}/admin/")
    submit(look, "Sign in", login=account.email, password=account.account_password)
    assert path(page) == "/accounts/2fa/authenticate/"
    page.goto(f"{url}/admin/")
    assert path(page) != "/admin/"  # the password alone
    page.goto(f"{url}/accounts/2fa/authenticate/")
    with page.expect_navigation():
        page.click("#mfa_webauthn_authenticate")
    page.goto(f"{url}/admin/")
    assert path(page) == "/admin/"
    look(page)
    assert look.complaints == []
