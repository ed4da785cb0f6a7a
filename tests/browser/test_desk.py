"""The review desk in a real browser: a request is returned, corrected and signed, and each role has its limits."""

import pytest

from tests.browser.partner import COMPANY, Partner
from tests.browser.sites import install, serve
from tests.browser.staff import make_staff, sign_in_staff

QUEUE = "/admin/onboarding/onboarding/"


@pytest.fixture(scope="module")
def site(tmp_path_factory, running_rehearsal):
    """The wizard with a database of its own, so that the partner of the first test has the oldest case."""
    folder = tmp_path_factory.mktemp("desk")
    with serve(folder, install(folder, **running_rehearsal.env)) as running:
        yield running


@pytest.fixture
def partner():
    return Partner(environment="production")


def follow(look, name):
    """Click a link by its text, and inspect the next page."""
    with look.page.expect_navigation():
        look.page.get_by_role("link", name=name, exact=True).first.click()
    look(look.page)


def press(look, name):
    """Press a button by its text, and inspect the next page."""
    with look.page.expect_navigation():
        look.page.get_by_role("button", name=name, exact=True).click()
    look(look.page)


@pytest.mark.browser
def test_a_request_is_returned_corrected_and_signed(site, form_walk, partner, inspector, operator, tmp_path):
    """From the oldest case of the queue to the certificate, with the texts that the partner reads."""
    form_walk.sign_up()
    form_walk.begin()
    form_walk.make_key()
    form_walk.mark_sent()
    look = inspector(scripts=True)
    sign_in_staff(look.page, site, make_staff(site, "reviewer"), look)
    look(look.page)
    assert look.page.url == f"{site.url}/admin/"
    look.page.goto(site.url + QUEUE)
    look(look.page)
    assert look.page.locator("#result_list .field-login").first.inner_text() == partner.login
    follow(look, partner.login)
    follow(look, "Take over")
    press(look, "Take over")
    follow(look, "Return with a reason")
    look.page.get_by_label("Company name is missing or wrong").check()
    look.page.get_by_label("Note to the partner").fill("Please add the legal form.")
    press(look, "Show what the partner will read")
    preview = look.page.locator(".partner-reads .email").inner_text()
    press(look, "Return with a reason")

    form_walk.open()
    fix = "Enter the name from your contract, then make a new key and request."
    assert fix in preview
    assert fix in form_walk.visitor.page.text
    assert "Please add the legal form." in form_walk.visitor.page.text
    form_walk.confirm()
    form_walk.open("company/")
    form_walk.visitor.submit(**COMPANY | {"organization": "Société d’Énergie & Fils SAS", "replace": "on"})
    csr = form_walk.make_key()
    form_walk.mark_sent()
    form_walk.open()
    assert fix not in form_walk.visitor.page.text

    look.page.reload()
    follow(look, "Mark as received")
    press(look, "Mark as received")
    files = [tmp_path / "signed.cer", tmp_path / "ca.crt"]
    files[0].write_bytes(operator.sign(csr))
    files[1].write_bytes(operator.ca.read_bytes())
    follow(look, "Upload certificate")
    look.page.set_input_files("[name=files]", files)
    look.page.fill("[name=client_id]", "b7d1c0de-22aa-4b1e-9f00-1d5b1a2c3d4e")
    press(look, "Upload")
    assert site.status(form_walk.pk) == "certified"
    form_walk.open("test/")
    form_walk.expect("test")
    assert look.complaints == []


@pytest.mark.browser
def test_an_auditor_reads_and_can_change_nothing(site, form_walk, inspector):
    """The page of the case has no buttons, and the address of an action is refused."""
    form_walk.sign_up()
    form_walk.begin()
    form_walk.make_key()
    form_walk.mark_sent()
    look = inspector(scripts=False)
    sign_in_staff(look.page, site, make_staff(site, "auditor"), look)
    look.page.goto(f"{site.url}{QUEUE}{form_walk.pk}/change/")
    look(look.page)
    assert look.page.locator("#content-main button, #content-main .act").count() == 0
    response = look.page.goto(f"{site.url}{QUEUE}{form_walk.pk}/verb/reject/")
    assert response.status == 403


@pytest.mark.browser
def test_a_partner_can_not_open_the_desk(site, form_walk):
    """A signed-in partner gets 403."""
    form_walk.sign_up()
    assert form_walk.visitor.client.get(f"{site.url}/admin/").status_code == 403
