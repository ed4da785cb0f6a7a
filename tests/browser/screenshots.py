"""Take a picture of every page in its main states: `python -m tests.browser.screenshots FOLDER [LANGUAGE …]`.

Each state is taken at three widths, light and dark, in each language. The files are called
LANGUAGE/STATE-WIDTH-THEME.png.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, NAMES
from tests.browser.partner import COMPANY, Partner, Walk, key_of
from tests.browser.sites import Site, install, rehearsal, serve
from tests.browser.staff import make_staff, sign_in_staff

WIDTHS = (375, 768, 1280)
THEMES = ("light", "dark")
HEIGHT = 900


class Gallery:
    """Takes the pictures of one language. `only` has the names of the states to take, or is empty."""

    def __init__(self, page: Page, folder: Path, widths: tuple[int, ...], only: str) -> None:
        self.page, self.folder, self.widths, self.only = page, folder, widths, only
        self.folder.mkdir(parents=True, exist_ok=True)

    def take(self, state: str) -> None:
        """Save the current page as `state`, at each width and in each theme."""
        if self.only and state not in self.only.split(","):
            return
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)
            for width in self.widths:
                self.page.set_viewport_size({"width": width, "height": HEIGHT})
                self.page.screenshot(path=self.folder / f"{state}-{width}-{theme}.png", full_page=True)
        self.page.emulate_media(color_scheme="light")


def partner_pages(walk: Walk, site: Site, take) -> None:
    """Walk a rehearsal from the start page to its end."""
    page, partner = walk.page, walk.partner

    def go(path: str, state: str) -> None:
        walk.goto(path)
        take(state)

    go("/", "home")
    go("/accounts/login/", "sign-in")
    go("/accounts/password/reset/", "reset-password")
    go("/accounts/signup/", "sign-up")
    walk.submit(email="nobody", password1="short")
    take("sign-up-error")
    walk.submit(email=partner.email, password1=partner.account_password)
    take("list-empty")
    go("/onboardings/new/", "new")
    walk.submit(mzp_login="")
    take("new-error")
    walk.submit(mzp_login=partner.login, environment=partner.environment)
    take("company")
    walk.submit(**COMPANY | {"country": "", "email": "flotte"})
    take("company-error")
    walk.submit(**COMPANY)
    take("key-check")
    pk = key_of(page.url)
    home = f"/onboardings/{pk}/"
    go(f"{home}key/passphrase/", "passphrase")
    walk.unfold()
    walk.submit(passphrase="short")
    take("passphrase-error")
    walk.unfold()
    walk.submit(passphrase=partner.passphrase)
    take("request-prove")
    walk.submit(passphrase="not this one, another")
    take("request-prove-error")
    walk.submit(passphrase=partner.passphrase)
    if partner.environment == "production":
        sent_pages(walk, home, take, go)
        return
    take("request-practice")
    certificate_pages(walk, home, take, go)
    page.goto(f"{site.url}/accounts/reauthenticate/")
    take("confirm")
    walk.submit(password=partner.account_password)
    go(f"{home}done/", "done-confirmed")
    other_pages(home, go)


def certificate_pages(walk: Walk, home: str, take, go) -> None:
    """Get a practice certificate, upload it, and test the connection."""
    partner = walk.partner
    files, client_id = walk.sign()
    take("certificate")
    walk.submit(client_id=client_id, files=files[:1])
    take("certificate-half")
    walk.submit(files=files)
    take("test")
    go(home, "hub-test")
    go(f"{home}test/", "test-again")
    walk.submit(passphrase=partner.passphrase, password="wrong password")
    take("test-verdict")
    go(f"{home}test/faults/", "faults")
    walk.goto(f"{home}test/")
    walk.submit(passphrase=partner.passphrase, password=partner.password)
    take("done")


def sent_pages(walk: Walk, home: str, take, go) -> None:
    """Send the request of a real onboarding, and look at the pages that wait."""
    take("request-send")
    walk.send("sent")
    take("request-sent")
    go(home, "hub-waiting")
    go(f"{home}certificate/", "certificate-empty")
    walk.submit(client_id="")
    take("certificate-error")
    go("/onboardings/", "list-real")


def other_pages(home: str, go) -> None:
    """Look at the pages beside the steps."""
    for path, state in (
        (home, "hub"),
        (f"{home}real/", "real"),
        (f"{home}replace/", "replace"),
        (f"{home}withdraw/", "withdraw"),
        (f"{home}key/", "key-made"),
        ("/onboardings/", "list"),
        ("/check/", "check"),
        ("/accounts/", "account"),
        ("/accounts/sessions/", "sessions"),
        ("/accounts/password/change/", "change-password"),
        ("/accounts/email/", "email-address"),
        ("/accounts/2fa/", "second-factor"),
        ("/help/", "help"),
        ("/help/glossary/", "glossary"),
        (f"/help/steps/key/?onboarding={key_of(home)}", "help-key"),
        ("/help/steps/test/", "help-test"),
        ("/help/failures/", "failures"),
        ("/help/failures/dns_failed/", "failure"),
        ("/privacy/", "privacy"),
        ("/accessibility/", "accessibility"),
        ("/legal/", "legal"),
        ("/nothing/", "not-found"),
    ):
        go(path, state)


def desk_pages(page: Page, site: Site, take) -> None:
    """Look at the review desk as a reviewer."""
    sign_in_staff(page, site, make_staff(site, "reviewer"))
    queue = "/admin/onboarding/onboarding/"
    for path, state in (("/admin/", "desk"), (queue, "desk-queue"), (f"{queue}?move=anyone&env=all", "desk-all")):
        page.goto(site.url + path)
        take(state)
    page.goto(f"{site.url}{queue}?move=anyone&environment=production")
    page.locator("#result_list .field-login a").first.click()
    take("desk-case")
    case = page.url
    page.goto(case.replace("change/", "verb/return/"))
    take("desk-return")


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run the wizard and a rehearsal; the production gateway is only a name."""
    with rehearsal(folder) as practice:
        env = install(folder, collect=False, FLEETS_API_URL="https://api.operator.example/v3", **practice.env)
        operator = {"SITE_OPERATOR": "Flottes Example SAS", "SITE_ADDRESS": "1 rue Example, 75001 Paris"}
        with serve(folder, env | operator | {"SITE_CONTACT": "help@site.example"}) as site:
            yield site


def take_all(browser: Browser, site: Site, folder: Path, language: str, options: argparse.Namespace) -> None:
    """Take all pictures of one language."""

    def gallery() -> tuple[Page, Gallery]:
        context = browser.new_context(locale=language, reduced_motion="reduce", accept_downloads=True)
        context.set_default_timeout(30_000)
        page = context.new_page()
        return page, Gallery(page, folder / language, options.widths, options.only)

    partner = Partner(email=f"fleet-{language}@societe.example", login="MZP123456")
    for environment in ("rehearsal", "production"):
        page, pictures = gallery()
        with tempfile.TemporaryDirectory() as saved:
            chosen = replace(partner, environment=environment, email=f"{environment}-{partner.email}")
            walk = Walk(page, site, chosen, Path(saved), lambda _page: None)
            partner_pages(walk, site, pictures.take)
    page, pictures = gallery()
    desk_pages(page, site, pictures.take)


def main() -> None:
    """Run the site, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("languages", nargs="*", default=["en"])
    parser.add_argument("--only", default="", help="the states to take, separated by commas")
    parser.add_argument("--widths", type=lambda text: tuple(int(part) for part in text.split(",")), default=WIDTHS)
    options = parser.parse_args()
    named = next((path for name in NAMES if (path := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as data, running_site(Path(data)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(args=[*ARGUMENTS], executable_path=named)
        for language in options.languages:
            take_all(browser, site, options.folder, language, options)


if __name__ == "__main__":
    main()
