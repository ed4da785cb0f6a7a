"""A connection test whose stages stop arriving: the page says so, leads to the result, and can be used again."""

import json
import os
import signal
import socket

import pytest

from tests.browser.partner import Desk
from tests.browser.processes import free_port
from tests.browser.sites import install, serve

pytestmark = pytest.mark.browser

STREAM = "application/x-ndjson"
STAGE = json.dumps({"stage": {"name": "address", "ok": True, "milliseconds": 12.0}}) + "\n"
LOST = "We lost the connection to the test."


@pytest.fixture
def page(browser):
    """A page with scripts; the console may complain, because the network is broken on purpose."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def open_test(page, site, desk):
    """Sign in as the partner of `desk`, open the test step, and fill in its form."""
    page.goto(f"{site.url}/accounts/login/?next={desk.path('test/')}")
    page.fill("main [name=login]", desk.partner.email)
    page.fill("main [name=password]", desk.partner.account_password)
    with page.expect_navigation():
        page.locator("main form button").last.click()
    page.select_option("main [name=client_id]", "another-app")
    page.fill("main [name=passphrase]", desk.partner.passphrase)
    page.fill("main [name=password]", desk.partner.password)


def assert_says_that_it_is_lost(page, desk):
    """The message is announced and has the focus, the panel is gone, and the form keeps all but the secrets."""
    notice = page.locator("[role=alert] .notice")
    notice.wait_for()
    assert LOST in notice.inner_text()
    assert notice.evaluate("notice => notice === document.activeElement")
    assert notice.get_by_role("link").get_attribute("href") == desk.path("test/")
    form = page.locator("form[data-stages]")
    assert form.is_visible()
    assert not page.locator("#stages").is_visible()
    button = form.get_by_role("button").last
    assert (button.get_attribute("aria-disabled"), button.inner_text()) == (None, "Run the test")
    assert page.locator("main [name=client_id]").input_value() == "another-app"
    assert page.locator("main [name=passphrase]").input_value() == ""
    assert page.locator("main [name=password]").input_value() == ""


def with_two_client_ids(site, desk):
    """A partner at the test step who has a choice to make there."""
    desk.to_test()
    desk.open("certificate/")
    desk.visitor.submit(client_id="another-app", client_id_label="Another")


def break_posts(page, answer):
    """Answer each POST of the page with `answer`; let everything else through."""
    page.route("**/test/", lambda route: answer(route) if route.request.method == "POST" else route.continue_())


BREAKS = {
    "unreachable": lambda route: route.abort(),
    "ends early": lambda route: route.fulfill(content_type=STREAM, body=STAGE),
    "not a whole line": lambda route: route.fulfill(content_type=STREAM, body=STAGE + '{"stage": {"na'),
    "not JSON": lambda route: route.fulfill(content_type=STREAM, body="<html>\n"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_stream_that_breaks_leaves_a_page_that_works(site, desk, page, how):
    """Once the network is back, the same form runs the test, and leads to its result."""
    with_two_client_ids(site, desk)
    open_test(page, site, desk)
    break_posts(page, BREAKS[how])
    page.get_by_role("button", name="Run the test").click()
    assert_says_that_it_is_lost(page, desk)
    page.unroute("**/test/")
    page.fill("main [name=passphrase]", desk.partner.passphrase)
    page.fill("main [name=password]", desk.partner.password)
    with page.expect_navigation():
        page.get_by_role("button", name="Run the test").click()
    page.locator("#verdict").wait_for()
    assert site.events(desk.pk).count("test") == 1


def test_a_server_that_dies_during_the_test(tmp_path, running_rehearsal, partner, page):
    """The gateway says nothing, and the server is killed while the page waits for the next stage."""
    with socket.create_server(("127.0.0.1", free_port())) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}/connectedcar/v3"
        env = install(tmp_path, **running_rehearsal.env) | {"REHEARSAL_API_URL": address, "TEST_SECONDS": "300"}
        with serve(tmp_path, env) as site:
            desk = Desk(site, partner)
            with_two_client_ids(site, desk)
            open_test(page, site, desk)
            page.get_by_role("button", name="Run the test").click()
            page.locator("#stages li").first.wait_for()
            os.killpg(site.pid, signal.SIGKILL)
            assert_says_that_it_is_lost(page, desk)
