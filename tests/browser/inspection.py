"""Checks for every page: no broken references, no horizontal scrolling, no accessibility violation that axe finds."""

from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

NARROW = {"width": 375, "height": 740}

# Every id that an attribute points to must be on the page; a summary's link must lead to a field.
DANGLING = """() => {
  const broken = [];
  for (const name of ['aria-describedby', 'aria-labelledby', 'aria-controls', 'for', 'form'])
    for (const element of document.querySelectorAll(`[${name}]`))
      for (const id of element.getAttribute(name).split(/\\s+/))
        if (!document.getElementById(id)) broken.push(`${element.tagName} ${name}=${id}`);
  for (const link of document.querySelectorAll('a[href^="#"]'))
    if (!document.getElementById(link.hash.slice(1))) broken.push(`link to ${link.hash}`);
  for (const link of document.querySelectorAll('.error-summary a')) {
    const target = document.getElementById(link.hash.slice(1));
    if (target && !target.matches('input, select, textarea')) broken.push(`${link.hash} is no field`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  return [...broken, ...ids.filter((id, at) => ids.indexOf(id) !== at).map(id => `two elements ${id}`)];
}"""
UNFOLD = "() => { for (const part of document.querySelectorAll('details')) part.open = true; }"
OVERFLOWING = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > page.clientWidth)
    .map(element => `${element.tagName}.${element.className} reaches ${element.getBoundingClientRect().right}`);
}"""


# Whether the page shows its final colours: the admin's links change theirs slowly.
SETTLED = (
    "() => document.getAnimations().every(each => !(each instanceof CSSTransition) || each.playState === 'finished')"
)


def show_theme(page: Page, theme: str) -> None:
    """Show the page in the light or the dark theme, and wait until its colours no longer change."""
    page.emulate_media(color_scheme=theme)
    for _ in range(200):  # also where the page runs no scripts
        if page.evaluate(SETTLED):
            return
        page.wait_for_timeout(25)
    raise AssertionError("the colours of the page go on changing")


class Inspector:
    """Inspects the pages of one browser context; `complaints` lists every problem."""

    def __init__(self, browser: Browser, *, scripts: bool) -> None:
        self.scripts = scripts
        self.context: BrowserContext = browser.new_context(
            java_script_enabled=scripts, accept_downloads=True, reduced_motion="reduce"
        )  # else axe looks at a colour on its way from one theme to the other
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.seen: list[str] = []
        self.seen_dark: set[tuple[str, str]] = set()
        self.page.on("console", lambda message: self._on_console(message.type, message.text))
        self.page.on("pageerror", lambda error: self._on_console("error", str(error)))
        self.page.on("response", lambda response: self._on_response(response.status, response.url))

    def _on_console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"{self.page.url}: {text}")

    def _on_response(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"{url}: {status}")

    def _check_dark(self, page: Page) -> list[str]:
        """Return the texts with too little contrast in the dark theme. Each page is looked at once with each title."""
        state = (urlsplit(page.url).path, page.title())
        if state in self.seen_dark:
            return []
        self.seen_dark.add(state)
        show_theme(page, "dark")
        violations = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
        show_theme(page, "light")
        return [f"dark {violation['id']}: {node['html']}" for violation in violations for node in violation["nodes"]]

    def __call__(self, page: Page) -> None:
        """Check the current page against the rules, and add each problem to `complaints`."""
        self.seen.append(urlsplit(page.url).path)
        found = page.evaluate(DANGLING)
        page.evaluate(UNFOLD)
        if self.scripts:
            for violation in Axe().run(page).response["violations"]:
                found += [f"{violation['id']}: {node['html']}" for node in violation["nodes"]]
            found += self._check_dark(page)
        size = page.viewport_size
        assert size
        page.set_viewport_size(NARROW)
        found += page.evaluate(OVERFLOWING)
        page.set_viewport_size(size)
        self.complaints += [f"{page.url} ({page.title()}): {problem}" for problem in found]
