"""Every page of each role in a real browser: nothing breaks the policy, and nothing comes from another host.

The pages come from the URL configuration, for onboardings in each status.
"""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from onboarding.workflow import onboardings
from tests import factories
from tests.security.matrix import VISITORS, addresses, connected_onboarding

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROLES = ("nobody", "owner", "auditor", "reviewer", "admin")
WATCH = """
document.addEventListener('securitypolicyviolation', event =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
STORED = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
PREFERENCES = {"django.admin.filtersState", "theme"}  # which filters of the desk are open, and its colours
UNMASKED = "() => [...document.querySelectorAll('input[name*=password], input[name*=passphrase]')].map(f => f.type)"


@pytest.fixture
def pages():
    """The pages that open, by role: the path of each, once."""
    connected = connected_onboarding()
    owner = connected.owner
    makers = (factories.started, factories.described, factories.with_key, factories.sent, factories.certified)
    cases = [connected, *(make(owner, login=f"MZP20000{number}") for number, make in enumerate(makers))]
    onboardings.withdraw(factories.started(owner, login="MZP200009"), owner)
    cookies = {role: VISITORS[role](connected) for role in ROLES}
    found = []
    for address in {address.path: address for case in cases for address in addresses(case)}.values():
        for role, cookie in cookies.items():
            if (address.onboarding and role != "owner") or (role not in {"nobody", "owner"} and not address.desk):
                continue
            client = Client(raise_request_exception=False)
            client.cookies[settings.SESSION_COOKIE_NAME] = cookie
            response = client.get(address.path)
            downloaded = "attachment" in response.headers.get("Content-Disposition", "")
            if response.status_code == 200 and "text/html" in response.headers["Content-Type"] and not downloaded:
                found.append((role, cookie, address.path))
    return found


def listen(page, host, complaints):
    """Collect errors of the console, error pages, and requests to another host."""

    def seen(request):
        if urlsplit(request.url).scheme not in {"data", "blob"} and urlsplit(request.url).netloc != host:
            complaints.append(f"{page.url} asks {request.url}")

    page.add_init_script(WATCH)
    page.on("request", seen)
    page.on(
        "console", lambda message: complaints.append(f"{page.url}: {message.text}") if message.type == "error" else 0
    )
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("response", lambda response: complaints.append(f"{response.url}: 500") if response.status >= 500 else 0)


@pytest.mark.asvs("3.2.2", "3.4.3", "3.7.1", "6.2.6", "7.4.4", "14.2.3", "14.3.3")
def test_no_page_of_any_role_breaks_the_policy(live_server, pages, browser):
    """No violation, no request to another host, no error; secrets are masked and nothing is stored in the browser."""
    complaints, host = [], urlsplit(live_server.url).netloc
    for role in ROLES:
        context = browser.new_context()
        page = context.new_page()
        listen(page, host, complaints)
        for cookie, path in [(cookie, path) for of, cookie, path in pages if of == role]:
            if cookie:
                name, value = settings.SESSION_COOKIE_NAME, cookie
                context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
            page.goto(live_server.url + path)
            complaints += [f"{path} stores {name}" for name in page.evaluate(STORED) if name not in PREFERENCES]
            if set(page.evaluate(UNMASKED)) - {"password", "hidden"}:
                complaints.append(f"{path} shows a secret")
            if role != "nobody" and page.locator("form[action*='logout'], a[href*='logout']").count() == 0:
                complaints.append(f"{path} does not offer to sign out")
        context.close()
    assert complaints == []
    assert {role for role, _, _ in pages} == set(ROLES)
    assert len(pages) > 60


def test_a_violation_is_noticed(live_server, browser):
    """A script that the page does not allow, and an image of another host."""
    complaints = []
    page = browser.new_context().new_page()
    listen(page, urlsplit(live_server.url).netloc, complaints)
    page.goto(live_server.url)
    with page.expect_console_message(lambda message: "policy: " in message.text):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.1:1/x.png\">')")
    page.context.close()
    assert any("policy: img-src" in complaint for complaint in complaints)
