"""A form with a passphrase waits in line in the browser: the page says how long, and sends the form once."""

import json

import pytest

from tests.browser.inspection import UNFOLD
from tests.browser.partner import FormWalk, Partner
from tests.browser.sites import install, serve

pytestmark = pytest.mark.browser

FULL = {"full": True, "text": "12 requests are before yours. That takes about 4 seconds.", "seconds": 0.05}


@pytest.fixture(scope="module")
def site(tmp_path_factory, running_rehearsal):
    """A site of this module."""
    folder = tmp_path_factory.mktemp("queue")
    with serve(folder, install(folder, collect=False, **running_rehearsal.env)) as running:
        yield running


@pytest.fixture
def page(browser):
    """A page as wide as a telephone."""
    context = browser.new_context(viewport={"width": 375, "height": 700})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("asked", ["in line", "unreachable"])
def test_a_key_is_created_when_the_line_is_free(site, page, asked):
    """While the line is full, nothing is sent. If the line can't be asked for, the form is sent at once."""
    form_walk = FormWalk(site, Partner())
    form_walk.sign_up()
    form_walk.begin()
    page.goto(f"{site.url}/accounts/login/?next={form_walk.path('key/passphrase/')}")
    page.fill("main [name=login]", form_walk.partner.email)
    page.fill("main [name=password]", form_walk.partner.account_password)
    with page.expect_navigation():
        page.locator("main form button").last.click()
    is_full, posts = [True], []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    def answer(route):
        if asked == "unreachable":
            route.abort()
        elif is_full[0]:
            route.fulfill(content_type="application/json", body=json.dumps(FULL))
        else:
            route.continue_()

    page.route("**/queue/", answer)
    page.evaluate(UNFOLD)
    page.fill("main [name=passphrase]", form_walk.partner.passphrase)
    button = page.locator("main form:has([name=passphrase])").get_by_role("button").last
    if asked == "in line":
        button.click()
        notice = page.locator("#queue")
        notice.wait_for()
        assert FULL["text"] in notice.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        button.click()  # a second click makes no second place in line
        assert posts == []
        with page.expect_navigation():
            is_full[0] = False
    else:
        with page.expect_navigation():
            button.click()
    assert page.url.endswith(form_walk.path("request/"))
    assert len(posts) == 1
    assert site.events(form_walk.pk).count("make_key") == 1
