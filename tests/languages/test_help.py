"""The help can be translated: in the pseudo-language no text stands outside brackets, except examples."""

from django.urls import reverse

from onboarding.guide.failures import help_address
from onboarding.workflow.next_step import Step
from tests.guide.test_pages import SITE, SITE_PAGES
from tests.languages.pseudo import untranslated

DATA = (*SITE.values(), "1 rue Example", "Paris", "OpenSSL", "cURL", "keytool", "Programs Partners", "France")


def test_every_help_page_can_be_translated(client, db, settings, brackets):
    """Also the pages about the site."""
    for name, value in SITE.items():
        setattr(settings, name, value)
    names = ("index", "glossary", *SITE_PAGES)
    addresses = [reverse(f"help:{name}") for name in names]
    addresses += [reverse("help:step", args=[step.value]) for step in Step]
    addresses += [help_address(code) for code in ("country_unknown", "email_missing", "tls_failed", "cancelled")]
    found = {}
    for address in addresses:
        for text in untranslated(client.get(address).content.decode(), DATA):
            found[text] = address
    assert found == {}
