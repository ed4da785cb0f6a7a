"""A partner's data, and the walk through all steps, with a browser or without it."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.inspection import UNFOLD
from tests.browser.sites import Site
from tests.browser.visitor import Visitor

COMPANY = {
    "country": "FR",
    "state": "Île-de-France",
    "locality": "Saint-Ouen",
    "organization": "Société d’Énergie & Fils",
    "email": "flotte@societe.example",
}


CONFIRMATION = "/accounts/reauthenticate/"


def _login() -> str:
    return f"MZP{int.from_bytes(os.urandom(3)) % 1_000_000:06}"


@dataclass(frozen=True)
class Partner:
    """The data of a company. It differs in each walk, so that a search finds only the data of this walk."""

    email: str = field(default_factory=lambda: f"{os.urandom(4).hex()}@societe.example")
    account_password: str = field(default_factory=lambda: f"Konto {os.urandom(6).hex()} offen")
    login: str = field(default_factory=_login)
    passphrase: str = field(default_factory=lambda: f"Größe & {os.urandom(5).hex()} “très” $HOME 'à' 4")
    environment: str = "rehearsal"

    @property
    def password(self) -> str:
        """The password that the rehearsal expects for this login."""
        return f"rehearsal-{self.login.lower()}"


def key_of(path: str) -> str:
    """Return the onboarding's id from the path of one of its pages."""
    found = re.search(r"/onboardings/([0-9a-f-]{36})/", path)
    assert found, path
    return found[1]


def step_of(url: str) -> str:
    """Return the name of the step from the address of its page; "" for the hub."""
    found = re.fullmatch(r"/onboardings/[0-9a-f-]{36}/(?:(\w+)/)?", urlsplit(url).path)
    assert found, url
    return found[1] or ""


class Walk:
    """A partner's walk from sign-up to the fleets in a real browser.

    `look` is called on every page. Every form is also sent with errors, so `look` sees the pages with errors, too.
    """

    def __init__(self, page: Page, site: Site, partner: Partner, folder: Path, look: Callable[[Page], None]) -> None:
        self.page, self.site, self.partner, self.folder, self.look = page, site, partner, folder, look

    def fill(self, **typed: str | bool | list[Path]) -> None:
        """Enter values into the fields with these names, of any type."""
        for name, value in typed.items():
            fields = self.page.locator(f"main [name={name}]")
            field_type = fields.first.evaluate("field => field.type")
            if field_type == "select-one":
                fields.select_option(str(value))
            elif field_type == "radio":
                self.page.locator(f"main [name={name}][value={value}]").check()
            elif field_type == "checkbox":
                fields.set_checked(bool(value))
            elif field_type == "file":
                fields.set_input_files(value)
            else:
                fields.fill(str(value))

    def send(self, name: str) -> None:
        """Press the button of the form with the field `name`, and inspect the next page."""
        with self.page.expect_navigation():
            self.button(name).click()
        self.look(self.page)

    def button(self, name: str):
        """Return the button of the form with the field `name`."""
        return self.page.locator(f"main form:has([name={name}])").get_by_role("button").last

    def submit(self, **typed: str | bool | list[Path]) -> None:
        """Fill in a form and send it."""
        self.fill(**typed)
        self.send(next(iter(typed)))

    def submit_invalid(self, **typed: str | bool | list[Path]) -> None:
        """Send a form with an error: the same page is shown, and its error summary has the focus."""
        heading = self.page.locator("h1").inner_text()
        self.submit(**typed)
        assert self.page.locator("h1").inner_text() == heading
        assert self.page.title().startswith("Error: ")
        focused = self.page.evaluate("document.activeElement.classList.contains('error-summary')")
        assert focused, "the error summary does not have the focus"

    def goto(self, path: str) -> None:
        """Open a page by its address, and confirm the session if the page asks for it."""
        self.page.goto(self.site.url + path)
        if CONFIRMATION in self.page.url:
            self.submit(password=self.partner.account_password)

    def open(self, name: str) -> None:
        """Follow the link in the page's main part that leads to the page `name`."""
        with self.page.expect_navigation():
            self.page.locator(f"main a[href$='/{name}/']").first.click()
        self.look(self.page)

    def unfold(self) -> None:
        """Open everything that is folded on the page."""
        self.page.evaluate(UNFOLD)

    def save(self, link: str) -> Path:
        """Download the file of the link whose address ends in `link`."""
        self.unfold()
        with self.page.expect_download() as download:
            self.page.locator(f"main a[href$='/{link}']").click()
        path = self.folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def expect(self, step: str) -> None:
        assert step_of(self.page.url) == step, self.page.locator("main").inner_text()

    def sign_up(self) -> None:
        self.page.goto(self.site.url)
        self.look(self.page)
        self.open("login")
        self.page.goto(self.site.url)
        self.open("signup")
        self.submit_invalid(email="nobody", password1="short")
        self.submit(email=self.partner.email, password1=self.partner.account_password)
        assert urlsplit(self.page.url).path == "/onboardings/"

    def login(self) -> None:
        self.open("new")
        self.submit_invalid(mzp_login="")
        sloppy = f" {self.partner.login[:3].lower()} {self.partner.login[3:]}\u00a0"
        self.submit(mzp_login=sloppy, environment=self.partner.environment)
        self.expect("company")

    def company(self) -> None:
        self.submit_invalid(**COMPANY | {"country": "", "email": "flotte"})
        self.submit(**COMPANY)
        self.expect("key")

    def key(self) -> None:
        with self.page.expect_navigation():
            self.page.locator("main a[href$='/key/passphrase/']").click()
        self.look(self.page)
        self.unfold()
        self.submit_invalid(passphrase="short", key_size="2048")
        self.unfold()
        self.submit(passphrase=self.partner.passphrase, key_size="2048")
        self.expect("request")

    def request(self) -> Path:
        """Prove the passphrase and download the CSR."""
        self.submit_invalid(passphrase="not this one, another")
        self.submit(passphrase=self.partner.passphrase)
        self.expect("request")
        return self.save("request.csr")

    def sign(self) -> tuple[list[Path], str]:
        """Request a signature from the rehearsal authority; return the files and the client ID of its email."""
        with self.page.expect_navigation():
            self.page.locator("form[action$='/request/sign/']").get_by_role("button").click()
        self.look(self.page)
        self.expect("certificate")
        files = [self.save("certificate.pem"), self.save("ca.pem")]
        return files, self.page.locator(".practice-email code").inner_text()

    def sent(self) -> None:
        self.send("sent")
        self.expect("request")
        self.open("certificate")
        self.expect("certificate")

    def certificate(self, files: list[Path], client_id: str) -> None:
        self.submit_invalid(client_id="")
        self.submit(client_id=client_id, files=files)
        self.expect("test")

    def test(self, password: str) -> None:
        self.submit_invalid(passphrase="", password="")
        for unconfirmed in self.page.get_by_role("checkbox", name="I trust").all():
            unconfirmed.check()
        self.submit(passphrase=self.partner.passphrase, password=password)
        self.expect("done")

    def download_files(self) -> list[Path]:
        """Download the key, the certificate with its chain, and the CA certificates."""
        with self.page.expect_navigation():
            self.page.locator(f"main a[href^='{CONFIRMATION}']").click()
        self.look(self.page)
        self.submit(password=self.partner.account_password)
        self.expect("done")
        self.submit_invalid(passphrase="not this one, another")
        self.unfold()
        self.fill(passphrase=self.partner.passphrase)
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download key.pem").click()
        key = self.folder / download.value.suggested_filename
        download.value.save_as(key)
        return [key, self.save("fullchain.pem"), self.save("ca.pem")]


class FormWalk:
    """The same walk without a browser: `visitor` fills in and sends the form of each step."""

    def __init__(self, site: Site, partner: Partner) -> None:
        self.site, self.partner = site, partner
        self.visitor = Visitor(site.url)
        self.pk = ""

    def path(self, name: str = "") -> str:
        """Return the address of one of the onboarding's pages."""
        return f"/onboardings/{self.pk}/{name}"

    def open(self, name: str = "") -> None:
        """Open one of the onboarding's pages; confirm the session if the page asks for it."""
        self.visitor.open(self.path(name))
        if self.visitor.path == CONFIRMATION:
            self.visitor.submit(password=self.partner.account_password)

    def confirm(self) -> None:
        """Confirm the session with the password of the account."""
        self.visitor.open(CONFIRMATION)
        self.visitor.submit(password=self.partner.account_password)

    def expect(self, step: str) -> None:
        assert self.visitor.response.status_code == 200, self.visitor.response.status_code
        assert step_of(self.visitor.path) == step, f"{self.visitor.path}: {self.visitor.page.text}"

    def sign_up(self) -> None:
        self.visitor.open("/accounts/signup/")
        self.visitor.submit(email=self.partner.email, password1=self.partner.account_password)
        assert self.visitor.path == "/onboardings/", self.visitor.page.text

    def begin(self) -> None:
        """Start an onboarding and enter the company's details."""
        self.visitor.open("/onboardings/new/")
        self.visitor.submit(mzp_login=self.partner.login, environment=self.partner.environment)
        self.expect("company")
        self.pk = key_of(self.visitor.path)
        self.visitor.submit(**COMPANY)
        self.expect("key")

    def make_key(self) -> bytes:
        """Create a key and prove its passphrase; return the CSR."""
        self.open("key/passphrase/")
        self.visitor.submit(passphrase=self.partner.passphrase, key_size="2048")
        self.expect("request")
        self.visitor.submit(passphrase=self.partner.passphrase)
        self.expect("request")
        return self.visitor.fetch(self.path("request/request.csr"))

    def get_signed(self) -> tuple[list[bytes], str]:
        """Return the files and the client ID of the rehearsal authority's email."""
        self.open("request/")
        self.visitor.submit(action="/request/sign/")
        self.expect("certificate")
        names = ("certificate.pem", "ca.pem")
        files = [self.visitor.fetch(self.path(f"certificate/email/{name}")) for name in names]
        found = re.search(r"Client ID: (\S+)", self.visitor.page.text)
        assert found, self.visitor.page.text
        return files, found[1]

    def mark_sent(self) -> None:
        self.open("request/")
        self.visitor.submit(sent="on")
        self.expect("request")

    def upload(self, files: list[bytes], client_id: str) -> None:
        """Send files to the certificate step. Any page may follow."""
        self.open("certificate/")
        parts = [
            ("files", (f"file-{number}.cer", data, "application/x-x509-ca-cert")) for number, data in enumerate(files)
        ]
        self.visitor.submit(files=parts, client_id=client_id)

    def test(self, *, passphrase: str | None = None, password: str | None = None, **more: str) -> None:
        """Send the form of the test, and confirm the CA certificate that it asks about. Any page may follow."""
        self.open("test/")
        for fingerprint in re.findall(r"I trust .*? SHA-256: ([0-9A-F:]{95})", self.visitor.page.text):
            more["trusted"] = fingerprint.replace(":", "").lower()
        passphrase = self.partner.passphrase if passphrase is None else passphrase
        password = self.partner.password if password is None else password
        self.visitor.submit(passphrase=passphrase, password=password, **more)

    def to_certificate(self) -> tuple[list[bytes], str]:
        """Walk the rehearsal up to the certificate step; return the files and the client ID of the email."""
        self.sign_up()
        self.begin()
        self.make_key()
        return self.get_signed()

    def to_test(self) -> None:
        """Walk the rehearsal up to the test step."""
        self.upload(*self.to_certificate())
        self.expect("test")

    def to_done(self) -> None:
        """Walk the whole rehearsal."""
        self.to_test()
        self.test()
        self.expect("done")

    def download_key(self) -> bytes:
        """Download the key as an encrypted PEM."""
        self.confirm()
        self.open("done/")
        self.visitor.submit(action="/key.pem", passphrase=self.partner.passphrase)
        assert self.visitor.response.headers["content-type"] == "application/x-pem-file", self.visitor.response.text[
            -2000:
        ]
        return self.visitor.response.content
