"""The help pages: they open for everybody, each code has one, and they are complete in each language."""

import re

import pytest
from django.conf import settings as project
from django.core.checks import run_checks
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from onboarding.fleets.diagnosis import current_result
from onboarding.guide.failures import failures, help_address
from onboarding.guide.glossary import TERMS, terms_of
from onboarding.messages.findings import FINDINGS
from onboarding.messages.verdicts import VERDICT_TEMPLATES
from onboarding.workflow.next_step import Step
from tests import factories
from tests.security.matrix import connected_onboarding

CODES = sorted({key.partition(".")[0] for key in (*FINDINGS, *VERDICT_TEMPLATES)})
SITE = {
    "SITE_OPERATOR": "Flottes Example SAS",
    "SITE_ADDRESS": "1 rue Example\n75001 Paris",
    "SITE_CONTACT": "a@b.example",
}
SITE_PAGES = ("privacy", "accessibility", "legal")


@pytest.fixture
def named(settings):
    """A site whose settings say who runs it."""
    for name, value in SITE.items():
        setattr(settings, name, value)


def test_every_finding_and_verdict_has_a_page(client, db):
    """The list leads to each page; the page of an unknown code does not exist."""
    listed = set(re.findall(r'href="(/help/failures/\w+/)"', client.get("/help/failures/").content.decode()))
    assert listed == {help_address(code) for code in CODES}
    assert help_address("gone") == ""
    assert client.get("/help/failures/gone/").status_code == 404


@pytest.mark.parametrize("language", [code for code, _name in project.LANGUAGES])
def test_each_message_can_be_rendered_in_each_language(language):
    """With example values for all placeholders, and each text of the catalogs is on a page."""
    with translation.override(language):
        pages = [failure for found in failures().values() for failure in found]
        texts = [part for failure in pages for each in failure.explanations for part in (each.text, each.remedy)]
    assert sum(len(failure.templates) for failure in pages) == len(FINDINGS) + len(VERDICT_TEMPLATES)
    assert all(failure.explanations[0].text and failure.next_move for failure in pages)
    assert [text for text in texts if re.search(r"[{}]|%\(", text)] == []


@pytest.mark.parametrize("language", [code for code, _name in project.LANGUAGES])
def test_each_page_of_a_failure_can_be_rendered_in_each_language(language):
    """It has the text, the next move and the certainty."""
    with translation.override(language):
        for code, found in failures().items():
            page = render_to_string("help/failure.html", {"code": code, "found": found, "main": found[0]})
            assert f'<html lang="{language}">' in page
            assert escape(found[0].explanations[0].text) in page, code
            assert page.count("<dd>") >= 2, code


def test_each_page_of_a_failure_opens(client, db):
    """For a visitor."""
    assert {code for code in CODES if client.get(help_address(code)).status_code != 200} == set()


def test_a_page_says_what_the_catalog_says(client, db):
    """Text, remedy and next move, with example values."""
    page = client.get(help_address("country_unknown")).content.decode()
    assert "“France” is not a country code." in page
    assert "Next move: yours" in page
    assert "Certain: we read it from what you sent." in page
    unsure = client.get(help_address("dns_failed")).content.decode()
    assert "This is the most likely cause, but it is not certain." in unsure


def test_the_glossary_has_twenty_terms_and_each_is_on_a_step():
    """No term twice, and each first appears on one step."""
    assert len(TERMS) == 20 == len({term.slug for term in TERMS})
    assert sorted(term.slug for step in Step for term in terms_of(step)) == sorted(term.slug for term in TERMS)


def test_a_step_explains_its_terms(client, owner):
    """The page of the company step explains its terms, and links the glossary and the help."""
    onboarding = factories.started(owner)
    client.force_login(owner)
    page = client.get(reverse("onboarding:company", args=[onboarding.pk])).content.decode()
    assert 'href="/help/glossary/#common-name"' in page
    assert f'href="/help/steps/company/?onboarding={onboarding.pk}"' in page
    assert 'id="common-name"' in client.get("/help/glossary/").content.decode()


def test_the_lines_have_the_values_of_ones_own_onboarding_only(client, owner):
    """Somebody else gets example values, as does a visitor."""
    onboarding = factories.described(owner)
    address = f"{reverse('help:step', args=['key'])}?onboarding={onboarding.pk}"
    city = factories.COMPANY["locality"]
    assert city not in client.get(address).content.decode().replace("L=Paris", "")
    client.force_login(factories.partner("other@flottes.example"))
    assert factories.COMPANY["organization"] not in client.get(address).content.decode()
    client.force_login(owner)
    page = client.get(address).content.decode()
    assert onboarding.mzp_login in page
    assert factories.COMPANY["email"] in page
    assert client.get("/help/steps/key/?onboarding=nonsense").status_code == 200
    assert client.get("/help/steps/nothing/").status_code == 404


def test_the_verdict_and_the_report_link_the_page(client, db, settings):
    """Each failed test leads to the page about its verdict."""
    onboarding = connected_onboarding()
    test = onboarding.tests.get()
    code = current_result(test.result)["verdict"]["code"]
    onboarding.tests.update(verdict=code, result=test.result | {"succeeded": False})
    client.force_login(onboarding.owner)
    page = client.get(reverse("onboarding:test", args=[onboarding.pk])).content.decode()
    assert f'href="/help/failures/{code}/"' in page
    report = client.get(reverse("onboarding:report_txt", args=[onboarding.pk])).content.decode()
    assert f"{settings.SITE_URL}/help/failures/{code}/" in report


def test_pages_about_the_site_need_its_settings(client, db, settings):
    """Without them there is no page and no link, and a site with an address of its own is warned."""
    for name in SITE_PAGES:
        assert client.get(reverse(f"help:{name}")).status_code == 404
    assert "/legal/" not in client.get("/help/").content.decode()
    assert not [found for found in run_checks() if found.id == "onboarding.W003"]
    settings.SITE_IS_HTTPS = True
    [warning] = [found for found in run_checks() if found.id == "onboarding.W003"]
    assert "SITE_OPERATOR, SITE_ADDRESS, SITE_CONTACT" in warning.msg


def test_pages_about_the_site_name_who_runs_it(client, db, named):
    """The footer links them, and the legal notice has name, address and contact."""
    assert "/legal/" in client.get("/help/").content.decode()
    page = client.get(reverse("help:legal")).content.decode()
    assert all(part in page for part in ("Flottes Example SAS", "1 rue Example<br>75001 Paris", "mailto:a@b.example"))
    assert not [found for found in run_checks() if found.id == "onboarding.W003"]
