"""What an onboarding costs a partner: fields, clicks, words and minutes, counted in a browser, and printed (pytest -s).

The model of active time, after the keystroke-level model (Card, Moran and Newell, 1980), in seconds:

- reading: 240 words a minute. Each visible line of a page's main part is read once; a line that comes again is skipped,
  and so is what is folded.
- a field: 1.35 to think and 1.1 to reach it. A typed one takes 0.28 for each character; a copied one (passphrase,
  password, client ID) takes one more 2.65, for the copying.
- a click or a choice, such as a button, a radio button or a file: 1.35 to think, 1.1 to point and 0.2 to press.

Waiting for Stellantis and for pages is not active time. The start page is not counted, and neither is the introduction
of the quick start: both are read before somebody decides to begin.
"""

from dataclasses import dataclass, field

import pytest

from tests.browser.partner import COMPANY, Partner, Walk

pytestmark = pytest.mark.browser
WORDS_A_MINUTE = 240
THINK, POINT, PRESS, KEY = 1.35, 1.1, 0.2, 0.28  # seconds
FIELDS_MAX = {"production": 12, "rehearsal": 10}
MINUTES_MAX = 5
# The text of the main part, without what nobody reads through: the list of countries, codes, the stepper, and the
# aside, which helps whoever needs it. Of the last page, only the verdict: the goal is reached.
VISIBLE = """() => {
  const skipped = [...document.querySelectorAll('main :is(select, code, nav, aside, textarea)')];
  for (const element of skipped) element.hidden = true;
  const text = (document.querySelector('.verdict-good') || document.querySelector('main')).innerText;
  for (const element of skipped) element.hidden = false;
  return text;
}"""
COPIED = {"passphrase", "password", "password1", "client_id"}
# The operator's quick start by the same rules. Typed: the settings file's name and seven values of the subject; copied:
# its text, three command lines, the passphrase twice, login and password for the base64 line, the client ID, and the
# paths of three files. Clicks: an editor, a terminal, an email with a file, a link, and saving three files.
QUICK_START = {"words": 990, "typed": [12, 2, 13, 5, 20, 17, 9, 22], "copied": 13, "clicks": 14}


@dataclass
class Effort:
    """What was counted so far."""

    words: int = 0
    fields: list[str] = field(default_factory=list)
    keys: int = 0
    copied: int = 0
    clicks: int = 0
    seen: set[str] = field(default_factory=set)

    @property
    def minutes(self) -> float:
        """The modelled active minutes."""
        reading = self.words / WORDS_A_MINUTE * 60
        typing = len(self.fields) * (THINK + POINT) + self.keys * KEY + self.copied * (THINK + POINT + PRESS)
        return (reading + typing + self.clicks * (THINK + POINT + PRESS)) / 60

    def read(self, page) -> None:
        """Count the words of the lines that are new."""
        for line in page.evaluate(VISIBLE).splitlines():
            if line.strip() and line not in self.seen:
                self.seen.add(line)
                self.words += len(line.split())

    def type(self, name: str, value: str) -> None:
        """Count a field."""
        self.fields.append(name)
        if name in COPIED:
            self.copied += 1
        else:
            self.keys += len(value)


class CountedWalk(Walk):
    """The shortest walk, without a mistake. Every field and every click is counted."""

    def __init__(self, *args) -> None:
        self.effort = Effort()
        super().__init__(*args, self.effort.read)

    def start(self, path: str) -> None:
        self.page.goto(self.site.url + path)
        self.effort.read(self.page)

    def fill(self, **typed) -> None:
        """Leave a field as it is if it has the value already."""
        for name, value in typed.items():
            fields = self.page.locator(f"main [name={name}]")
            kind = fields.first.evaluate("field => field.type")
            if kind in {"radio", "checkbox", "file", "select-one"}:
                self.effort.clicks += 1
                if kind == "select-one":
                    self.effort.fields.append(name)
            elif fields.first.input_value() != value:
                self.effort.type(name, str(value))
            else:
                continue
            super().fill(**{name: value})

    def click(self, locator) -> None:
        """Press what leads to another page."""
        self.effort.clicks += 1
        with self.page.expect_navigation():
            locator.click()
        self.effort.read(self.page)

    def press(self, text: str) -> None:
        """Press the button or link with this text."""
        self.click(self.page.locator("main").locator("a, button").get_by_text(text, exact=True).first)

    def send(self, name: str) -> None:
        """Press the button of a form."""
        self.click(self.button(name))

    def save(self, link: str):
        """Download a file."""
        self.effort.clicks += 1
        return super().save(link)

    def to_request(self) -> str:
        """Walk from the sign-up to the request; return the passphrase, which the page offers."""
        partner = self.partner
        self.start("/accounts/signup/")
        self.submit(email=partner.email, password1=partner.account_password)
        self.click(self.page.locator("main a[href$='/new/']").first)
        self.submit(environment=partner.environment, mzp_login=partner.login)
        self.submit(**COMPANY | {"email": partner.email})
        self.press("Details are correct")
        passphrase = self.page.locator("#generated-passphrase").inner_text()
        self.press("Create the key with this passphrase")
        self.submit(passphrase=passphrase)
        return passphrase

    def to_fleets(self, passphrase: str, password: str) -> None:
        """Test the connection."""
        for box in self.page.get_by_role("checkbox", name="I trust").all():
            self.effort.clicks += 1
            box.check()
        self.submit(passphrase=passphrase, password=password)
        self.expect("done")


@pytest.fixture
def walk_of(site, browser, tmp_path):
    """Return a function that begins a walk with a partner."""
    contexts = []

    def begin(partner: Partner) -> CountedWalk:
        contexts.append(browser.new_context(accept_downloads=True, locale="en"))
        return CountedWalk(contexts[-1].new_page(), site, partner, tmp_path)

    yield begin
    for context in contexts:
        context.close()


def quick_start() -> Effort:
    """Return what the operator's quick start costs, by the same model."""
    typed = QUICK_START["typed"]
    fields = ["typed"] * len(typed) + ["copied"] * QUICK_START["copied"]
    return Effort(
        QUICK_START["words"], fields, keys=sum(typed), copied=QUICK_START["copied"], clicks=QUICK_START["clicks"]
    )


def check(environment: str, effort: Effort) -> None:
    """Print what was counted beside the quick start, and compare it with the limits."""
    for name, each in ((environment, effort), ("quick start", quick_start())):
        print(
            f"\n{name:11} {len(each.fields):3} fields {each.clicks:3} clicks {each.words:5} words "
            f"{each.minutes:4.1f} active minutes",
            end="",
        )
    print(f"\n{'':11} fields: {', '.join(effort.fields)}")
    assert len(effort.fields) <= FIELDS_MAX[environment], effort.fields
    assert effort.minutes <= MINUTES_MAX
    assert effort.minutes < quick_start().minutes


def test_a_practice_run_is_short(walk_of):
    """From the sign-up to the fleets of the practice gateway."""
    partner = Partner()
    walk = walk_of(partner)
    passphrase = walk.to_request()
    walk.press("Get a practice certificate")
    files = [walk.save("certificate.pem"), walk.save("ca.pem")]
    walk.submit(client_id=walk.page.locator(".practice-email code").inner_text(), files=files)
    walk.to_fleets(passphrase, partner.password)
    check("rehearsal", walk.effort)


def test_a_real_onboarding_is_short(walk_of, operator, account, production, tmp_path):
    """From the sign-up to the fleets of a real gateway: nginx."""
    partner = Partner(login=account.login, environment="production")
    walk = walk_of(partner)
    passphrase = walk.to_request()
    csr = walk.save("request.csr")
    walk.effort.clicks += 3  # the email program: attach, paste the text, send
    walk.send("sent")
    walk.press("I have my certificate")
    files = [tmp_path / "signed.cer", tmp_path / "ca-bundle.crt"]
    files[0].write_bytes(operator.sign(csr.read_bytes()))
    files[1].write_bytes(operator.ca.read_bytes())
    walk.effort.clicks += 2  # the links in the operator's email
    walk.submit(client_id=account.client_id, files=files)
    walk.to_fleets(passphrase, account.password)
    check("production", walk.effort)
