"""A connection test whose stages stop arriving: the page reports it, links to the result, and can be used again."""

import json
import os
import signal
import socket

import pytest

from tests.browser.partner import FormWalk
from tests.browser.processes import free_port
from tests.browser.sites import install, serve

pytestmark = pytest.mark.browser

STREAM = "application/x-ndjson"
STAGE = json.dumps({"stage": {"name": "address", "ok": True, "milliseconds": 12.0}}) + "\n"
LOST = "We lost the connection to the test."


@pytest.fixture
def page(browser):
    """A page with scripts. Messages in the console are allowed, because the network is broken on purpose."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def open_test(page, site, form_walk):
    """Sign in as the partner of `form_walk`, open the test step, and fill in its form."""
    page.goto(f"{site.url}/accounts/login/?next={form_walk.path('test/')}")
    page.fill("main [name=login]", form_walk.partner.email)
    page.fill("main [name=password]", form_walk.partner.account_password)
    with page.expect_navigation():
        page.locator("main form button").last.click()
    page.select_option("main [name=client_id]", "another-app")
    page.fill("main [name=passphrase]", form_walk.partner.passphrase)
    page.fill("main [name=password]", form_walk.partner.password)


def assert_reports_lost_test(page, form_walk):
    """The message is announced and has the focus; the panel is hidden; the form keeps all values except secrets."""
    notice = page.locator("[role=alert] .notice")
    notice.wait_for()
    assert LOST in notice.inner_text()
    assert notice.evaluate("notice => notice === document.activeElement")
    assert notice.get_by_role("link").get_attribute("href") == form_walk.path("test/")
    form = page.locator("form[data-stages]")
    assert form.is_visible()
    assert not page.locator("#stages").is_visible()
    button = form.get_by_role("button").last
    assert (button.get_attribute("aria-disabled"), button.inner_text()) == (None, "Run the test")
    assert page.locator("main [name=client_id]").input_value() == "another-app"
    assert page.locator("main [name=passphrase]").input_value() == ""
    assert page.locator("main [name=password]").input_value() == ""


def with_two_client_ids(site, form_walk):
    """Walk to the test step, with two client IDs to choose from."""
    form_walk.to_test()
    form_walk.open("certificate/")
    form_walk.visitor.submit(client_id="another-app", client_id_label="Another")


def break_posts(page, handle):
    """Handle each POST of the page with `handle`, and send all other requests."""
    page.route("**/test/", lambda route: handle(route) if route.request.method == "POST" else route.continue_())


BREAKS = {
    "unreachable": lambda route: route.abort(),
    "ends early": lambda route: route.fulfill(content_type=STREAM, body=STAGE),
    "not a whole line": lambda route: route.fulfill(content_type=STREAM, body=STAGE + '{"stage": {"na'),
    "not JSON": lambda route: route.fulfill(content_type=STREAM, body="<html>\n"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_the_page_works_after_an_interrupted_stream(site, form_walk, page, how):
    """When the network works again, the same form runs the test and leads to its result."""
    with_two_client_ids(site, form_walk)
    open_test(page, site, form_walk)
    break_posts(page, BREAKS[how])
    page.get_by_role("button", name="Run the test").click()
    assert_reports_lost_test(page, form_walk)
    page.unroute("**/test/")
    page.fill("main [name=passphrase]", form_walk.partner.passphrase)
    page.fill("main [name=password]", form_walk.partner.password)
    with page.expect_navigation():
        page.get_by_role("button", name="Run the test").click()
    page.locator("#verdict").wait_for()
    assert site.events(form_walk.pk).count("test") == 1


def test_the_page_reports_a_server_that_is_killed_during_the_test(tmp_path, running_rehearsal, partner, page):
    """The gateway sends nothing, and the server is killed while the page waits for the next stage."""
    with socket.create_server(("127.0.0.1", free_port())) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}/connectedcar/v3"
        env = install(tmp_path, **running_rehearsal.env) | {"REHEARSAL_API_URL": address, "TEST_SECONDS": "300"}
        with serve(tmp_path, env) as site:
            form_walk = FormWalk(site, partner)
            with_two_client_ids(site, form_walk)
            open_test(page, site, form_walk)
            page.get_by_role("button", name="Run the test").click()
            page.locator("#stages li").first.wait_for()
            os.killpg(site.pid, signal.SIGKILL)
            assert_reports_lost_test(page, form_walk)
