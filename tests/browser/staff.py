"""Accounts of the review desk: made, given a role, and signed in with a second factor."""

import base64
import hmac
import re
import time
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.partner import FormWalk, Partner
from tests.browser.processes import manage
from tests.browser.sites import Site
from tests.browser.visitor import Visitor


def make_staff(site: Site, role: str) -> Partner:
    """Sign up an account, confirm its address, give it a role and a new password, and return its data."""
    account = Partner()
    FormWalk(site, account).sign_up()
    follow_email(site, account, "/accounts/confirm-email/").submit(action="/")
    manage("make_staff", account.email, "--role", role, env=site.env)
    visitor = Visitor(site.url)
    visitor.open("/accounts/password/reset/")
    visitor.submit(email=account.email)
    chosen = follow_email(site, account, "/accounts/password/reset/key/")
    chosen.submit(password1=account.account_password, password2=account.account_password)
    return account


def follow_email(site: Site, account: Partner, path: str) -> Visitor:
    """Return a visitor who opened the newest link to `path` in an email to the account, which the worker prints."""
    printed = manage("worker", "--once", env=site.env)
    emails = [part for part in printed.split("Subject: ") if f"To: {account.email}" in part]
    links = [link for email in emails for link in re.findall(rf"{site.url}({path}[^\s\"<]+)", email)]
    visitor = Visitor(site.url)
    visitor.open(links[-1])
    return visitor


def sign_in_staff(page: Page, site: Site, account: Partner, look=lambda _page: None) -> None:
    """Open the desk, and sign in on the page that it redirects to; `look` is called on every page."""
    page.goto(f"{site.url}/admin/")
    assert "/accounts/login/" in page.url
    page.fill("main [name=login]", account.email)
    page.fill("main [name=password]", account.account_password)
    with page.expect_navigation():
        page.locator("main form:has([name=password]) button").last.click()
    look(page)
    set_up_second_factor(page, account, look)
    page.goto(f"{site.url}/admin/")


def totp(secret: str) -> str:
    """Return the code that an authenticator app shows now (RFC 6238)."""
    counter = (int(time.time()) // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    return f"{int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF:010}"[-6:]


def set_up_second_factor(page: Page, account: Partner, look=lambda _page: None) -> None:
    """Set up an authenticator app, from the page that the desk redirects to."""
    assert urlsplit(page.url).path == "/accounts/2fa/"
    page.get_by_role("link", name="Set up the app").click()
    look(page)
    page.fill("[name=password]", account.account_password)
    page.get_by_role("button", name="Confirm").click()
    look(page)
    secret = page.locator("#authenticator_secret").input_value()
    page.fill("[name=code]", totp(secret))
    page.get_by_role("button", name="Turn on").click()
    page.locator("#recovery_codes").wait_for()
    look(page)
