"""The journey in each language that is complete, with a failed test and a returned request on the way."""

import re

import pytest

from onboarding.languages import DEFAULT_LANGUAGE, LANGUAGE_NAMES
from tests.browser.partner import COMPANY, Walk, key_of
from tests.browser.processes import manage
from tests.lint.messages import folder_of
from tests.lint.translations import complete_folders

pytestmark = pytest.mark.browser

COMPLETE = [code for code, _name in LANGUAGE_NAMES if folder_of(code) in {DEFAULT_LANGUAGE, *complete_folders()}]
# Words that no other language of the site has.
# The text of a page in its own language: emails to Stellantis and programs are in English.
TEXT = """() => {
  const body = document.body.cloneNode(true);
  const own = document.documentElement.lang;
  body.querySelectorAll(`script, template, [translate=no], [lang]:not([lang="${own}"])`).forEach(each => each.remove());
  return body.innerText;
}"""
ENGLISH = re.compile(r"\b(the|your|you|with|and|this|from)\b", re.IGNORECASE)
RETURN = """
from onboarding.models import Onboarding, User
from onboarding.workflow import review
staff = User.objects.create_user("staff-{pk}@operator.example", "x")
review.return_with_reason(Onboarding.objects.get(pk="{pk}"), staff, ["locality_missing"])
"""


class LanguageWalk(Walk):
    """A walk that sends no form with errors, and reads no text."""

    def submit_invalid(self, **typed):
        """Leave it out."""

    def test(self, password):
        for unconfirmed in self.page.locator("main [name=trusted]").all():
            unconfirmed.check()
        self.submit(passphrase=self.partner.passphrase, password=password)


@pytest.mark.parametrize("language", COMPLETE)
def test_the_journey_in_a_language(site, partner, browser, tmp_path, language):
    """The browser asks for the language, and every page is in it; the switch in the footer leads to another."""
    context = browser.new_context(locale=language, accept_downloads=True)
    pages = []

    def look(page):
        assert page.evaluate("document.documentElement.lang") == language
        text = page.evaluate(TEXT)
        pages.append((page.url, "" if language == DEFAULT_LANGUAGE else ENGLISH.findall(text)))

    page = context.new_page()
    walk = LanguageWalk(page, site, partner, tmp_path, look)
    walk.sign_up()
    walk.login()
    pk = key_of(page.url)
    walk.company()
    walk.key()
    walk.request()
    walk.sign()
    manage("shell", "-c", RETURN.format(pk=pk), env=site.env)
    walk.goto(f"/onboardings/{pk}/")
    look(page)
    walk.goto(f"/onboardings/{pk}/company/")
    with page.expect_navigation():
        page.locator("main .actions a.btn-primary").click()  # a request that was sent is replaced after a confirmation
    walk.submit(password=partner.account_password)
    walk.submit(**COMPANY | {"locality": "Lyon", "replace": True})
    walk.expect("key")
    walk.key()
    walk.request()
    files, client_id = walk.sign()
    walk.certificate(files, client_id)
    walk.test("wrong")
    assert page.locator(".verdict-bad").count() == 1
    walk.test(partner.password)
    walk.expect("done")
    assert [(url, words) for url, words in pages if words] == []
    with page.expect_navigation():
        page.locator("footer button[value=it]").click()
    assert page.evaluate("document.documentElement.lang") == "it"
    context.close()
