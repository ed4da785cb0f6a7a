"""Every page of a visitor and of a partner, in each status, by the rules of accessibility that a program can check.

axe in both themes; and what axe does not see: ids that lead nowhere, sizes of targets, 320 pixels of width, which is
400 % of 1280 (WCAG 1.4.10), forced colours, and titles.
"""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from onboarding.workflow.next_step import Step
from tests.browser.inspection import DANGLING, OVERFLOWING, UNFOLD, show_theme
from tests.browser.test_every_page import pages  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
REFLOW = {"width": 320, "height": 640}  # CSS pixels
DESKTOP = {"width": 1280, "height": 900}
ROLES = ("nobody", "owner")  # the review desk has its own tests
STATES_MIN = 150  # a page in a theme is a state
# WCAG 2.2, 2.5.8: 24 by 24 CSS pixels. Except links in a sentence, and whatever has nothing else within the circle of
# that diameter around it.
SMALL_TARGETS = """() => {
  const shown = element => element.checkVisibility({visibilityProperty: true}) && element.getClientRects().length;
  const targets = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(shown).filter(element => !element.closest('.visually-hidden, .visually-hidden-focusable'));
  const inline = element => element.matches('a') && getComputedStyle(element).display === 'inline' &&
    element.parentElement.innerText.trim().length > element.innerText.trim().length;
  const boxes = targets.map(element => ({element, box: element.getBoundingClientRect()}));
  const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
  const near = (box, other) => {
    const [x, y] = middle(box);
    const dx = Math.max(other.left - x, 0, x - other.right), dy = Math.max(other.top - y, 0, y - other.bottom);
    return Math.hypot(dx, dy) < 12;
  };
  return boxes
    .filter(({element, box}) => (box.width < 24 || box.height < 24) && !inline(element))
    .filter(({element, box}) => boxes.some(other => other.element !== element &&
      !other.element.contains(element) && !element.contains(other.element) && near(box, other.box)))
    .map(({element, box}) => `small target: ${element.outerHTML.slice(0, 90)} ${box.width}x${box.height}`);
}"""
# In forced colours a browser drops backgrounds: a control must still have an edge or underlined text.
EDGELESS = """() => [...document.querySelectorAll(`main :is(button, .btn, input:not([type=hidden], [type=file],
    [type=checkbox], [type=radio]), select, textarea)`)]
  .filter(element => element.checkVisibility({visibilityProperty: true}))
  .filter(element => {
    const style = getComputedStyle(element);
    return parseFloat(style.borderTopWidth) === 0 && !style.textDecorationLine.includes('underline') &&
      parseFloat(style.borderBottomWidth) === 0;
  })
  .map(element => `no edge in forced colours: ${element.outerHTML.slice(0, 90)}`)"""


def problems(page) -> list[str]:
    """Return what is wrong with the page that is open."""
    page.set_viewport_size(DESKTOP)
    found = page.evaluate(DANGLING)
    page.evaluate(UNFOLD)
    for theme in ("light", "dark"):
        show_theme(page, theme)
        options = {} if theme == "light" else {"runOnly": ["color-contrast", "link-in-text-block"]}
        violations = Axe().run(page, options=options).response["violations"]
        found += [f"{theme} {each['id']}: {node['html'][:120]}" for each in violations for node in each["nodes"]]
    found += page.evaluate(SMALL_TARGETS)
    page.emulate_media(color_scheme="light", forced_colors="active")
    found += page.evaluate(EDGELESS)
    page.emulate_media(forced_colors="none")
    page.set_viewport_size(REFLOW)
    found += [f"320 pixels: {each}" for each in page.evaluate(OVERFLOWING)]
    if not page.title().strip(" –"):
        found.append("no title")
    if page.locator(".error-summary").count() and not page.title().strip().startswith("Error:"):
        found.append("errors, but the title does not say so")
    return found


def help_pages() -> list[str]:
    """Return the addresses of the help, with one page of a failure for each of its forms."""
    codes = ("country_unknown", "client_id_missing", "dns_failed", "connected", "tls_failed")
    steps = [f"/help/steps/{step.value}/" for step in Step]
    return ["/help/", "/help/glossary/", *steps, *(f"/help/failures/{code}/" for code in codes)]


def test_every_page_keeps_the_rules(live_server, pages, browser):  # noqa: F811  # a fixture
    """No violation, in at least 150 states."""
    context = browser.new_context(reduced_motion="reduce", locale="en")
    page = context.new_page()
    opened, found = 0, []
    visited = [each for each in pages if each[0] in ROLES and not each[2].startswith("/help/")]
    for role, cookie, path in [*visited, *(("nobody", "", path) for path in help_pages())]:
        context.clear_cookies()
        if cookie:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page.goto(live_server.url + path)
        opened += 2
        found += [f"{role} {urlsplit(page.url).path}: {problem}" for problem in problems(page)]
    context.close()
    assert "\n".join(found) == ""
    assert opened >= STATES_MIN


@pytest.mark.parametrize(
    ("markup", "complaint"),
    [
        (2 * "<a href='/a' style='display: block; height: 12px; width: 12px; min-height: 0'>a</a>", "small target"),
        ("<p aria-describedby='nothing'>x</p>", "aria-describedby=nothing"),
        ("<button style='border: 0'>Press</button>", "no edge"),
        ("<img src='x'>", "image-alt"),
        ("<p style='width: 500px; background: red'>wide</p>", "320 pixels"),
        ("<div class='error-summary'>There is a problem</div>", "the title does not say so"),
    ],
)
def test_a_broken_rule_is_noticed(live_server, browser, markup, complaint):
    """Each kind of problem, put into a page."""
    page = browser.new_page(locale="en", bypass_csp=True)
    page.goto(live_server.url + "/help/")
    page.evaluate("markup => document.querySelector('main').insertAdjacentHTML('beforeend', markup)", markup)
    assert any(complaint in problem for problem in problems(page)), problems(page)
    page.close()
