"""The flow of the pages: Real or Practice, a practice run that becomes real, an own request, sending, waiting."""

import email
import email.policy
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from icalendar import Calendar

from onboarding.environments import practice_password
from onboarding.models import SUBJECT_COLUMNS, Onboarding
from onboarding.pki.recipes import recipes
from onboarding.rehearsal.authority import password_of, pem
from onboarding.views.timeline import timeline_of
from onboarding.workflow import requests, review
from onboarding.workflow.downloads import connection_settings
from onboarding.workflow.next_step import progress_of
from tests import factories
from tests.views.conftest import url

pytestmark = pytest.mark.django_db


def proved(owner, **details):
    onboarding = factories.with_key(owner, **details)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    return factories.fresh(onboarding)


def test_neither_real_nor_practice_is_preselected(browser_of, rehearsing):
    """Somebody who chooses neither is asked to, and nothing is started."""
    page = browser_of.get("/onboardings/new/").content.decode()
    assert page.count('name="environment"') == 2
    assert " checked" not in page
    page = browser_of.post("/onboardings/new/", {"mzp_login": "MZP128745"}).content.decode()
    assert "Choose Real or Practice." in page
    assert not Onboarding.objects.exists()


def test_a_practice_run_becomes_a_real_onboarding(browser_of, owner, rehearsing):
    """The real one has what was typed, and continues at the key. A form that is sent twice starts one."""
    practice = factories.described(owner, environment="rehearsal")
    page = browser_of.get(url(practice, "hub")).content.decode()
    assert url(practice, "real") in page
    pk = str(uuid.uuid4())
    for _ in range(2):
        response = browser_of.post(url(practice, "real"), {"onboarding": pk})
    started = Onboarding.objects.get(pk=pk)
    assert response["Location"] == url(started, "key")
    assert (started.environment, started.mzp_login) == ("production", practice.mzp_login)
    assert all(getattr(started, name) == getattr(practice, name) for name in SUBJECT_COLUMNS)
    assert [event.verb for event in started.events.all()] == ["start", "describe"]
    assert factories.fresh(practice).environment == "rehearsal"
    assert Onboarding.objects.count() == 2


def test_a_real_onboarding_can_not_become_real(browser_of, owner):
    """Its page has no ribbon, and a prepared form starts nothing."""
    onboarding = factories.described(owner)
    assert 'class="ribbon"' not in browser_of.get(url(onboarding, "hub")).content.decode()
    response = browser_of.post(url(onboarding, "real"), {"onboarding": str(uuid.uuid4())})
    assert response["Location"] == url(onboarding, "hub")
    assert Onboarding.objects.count() == 1


def test_nobody_starts_a_real_onboarding_with_the_id_of_somebody_else(browser_of, owner, rehearsing):
    """The id of another account's onboarding is refused, and so is a value that is no id."""
    practice = factories.started(owner, "rehearsal")
    foreign = factories.started(factories.partner("other@flottes.example"))
    for value in (str(foreign.pk), "no id", ""):
        assert browser_of.post(url(practice, "real"), {"onboarding": value}).status_code == 404


def test_an_own_request_replaces_the_company_fields(browser_of, owner):
    """It is asked for before the fields. Its subject is stored, and the next page sends it."""
    onboarding = factories.started(owner)
    page = browser_of.get(url(onboarding, "company")).content.decode()
    assert page.index('name="csr_text"') < page.index('name="country"')
    refused = browser_of.post(url(onboarding, "company"), {"csr_text": "nothing"})
    assert "Error:" in refused.content.decode()
    csr = factories.with_key(factories.partner("other@flottes.example")).request.csr_pem
    response = browser_of.post(url(onboarding, "company"), {"csr_text": csr})
    assert response["Location"] == url(onboarding, "request")
    stored = factories.fresh(onboarding)
    assert stored.request.externally_generated
    assert stored.organization


def test_the_details_are_checked_before_the_passphrase_is_chosen(browser_of, owner):
    """The page of the details has no field; the next one has only the passphrase and the folded size."""
    onboarding = factories.described(owner)
    page = browser_of.get(url(onboarding, "key")).content.decode()
    assert url(onboarding, "passphrase") in page
    assert 'name="passphrase"' not in page
    typed = {"passphrase": "velvet anchor ninety-two river", "key_size": "2048"}
    response = browser_of.post(url(onboarding, "passphrase"), typed)
    assert response["Location"] == url(onboarding, "request")


def test_the_email_draft_has_the_request_attached(browser_of, owner, settings):
    """Outlook opens it as a draft; the attachment is the file that the page offers."""
    settings.STELLANTIS_CONTACT = "contact@operator.example"
    onboarding = proved(owner)
    draft = email.message_from_bytes(
        browser_of.get(url(onboarding, "request_email")).content, policy=email.policy.default
    )
    assert (draft["X-Unsent"], draft["To"]) == ("1", "contact@operator.example")
    assert onboarding.request.fingerprint in draft.get_body().get_content()
    (attached,) = draft.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("request.csr", "application/pkcs10")
    assert attached.get_content() == onboarding.request.csr_pem.encode()


def test_a_request_without_approval_is_in_no_draft(browser_of, owner, settings):
    """The draft leaves the site only where the request may."""
    settings.REVIEW_REQUIRED = True
    onboarding = proved(owner)
    assert browser_of.get(url(onboarding, "request_email"))["Location"] == url(onboarding, "request")


def test_after_sending_the_page_confirms_and_offers_a_reminder(browser_of, owner):
    """The reference is the beginning of the fingerprint that the email has as well."""
    onboarding = proved(owner)
    assert browser_of.get(url(onboarding, "request_reminder")).status_code == 404
    response = browser_of.post(url(onboarding, "request"), {"sent": "on"})
    assert response["Location"] == url(onboarding, "request")
    page = browser_of.get(url(onboarding, "request")).content.decode()
    assert f"<strong>{onboarding.request.fingerprint[:8].upper()}</strong>" in page
    assert 'name="files"' not in page
    calendar = Calendar.from_ical(browser_of.get(url(onboarding, "request_reminder")).content)
    (event,) = calendar.walk("VEVENT")
    assert event["DTSTART"].dt == (timezone.now() + timedelta(days=14)).date()
    assert onboarding.mzp_login in event["SUMMARY"]


def states(onboarding):
    """Return the states of the timeline's stages, and whose move it is."""
    items = timeline_of(progress_of(factories.fresh(onboarding)))
    return [item.state for item in items], [str(item.whose) for item in items if item.whose]


def test_the_timeline_says_where_a_request_stands_and_whose_move_it_is(owner):
    """Exactly one stage is current until all are done, and it names the owner that the hub names."""
    onboarding = factories.with_key(owner)
    assert states(onboarding) == (["done", "current", "later", "later", "later"], ["your move"])
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    requests.mark_sent(onboarding.request, owner)
    assert states(onboarding) == (["done", "done", "current", "later", "later"], ["our move"])
    review.receive(factories.fresh(onboarding), factories.partner("reviewer@desk.example"), "")
    assert states(onboarding) == (["done", "done", "done", "current", "later"], ["Stellantis’ move"])


def test_the_practice_password_is_the_one_that_the_rehearsal_expects():
    """The page shows it in a practice run, and none in a real one."""
    assert practice_password("rehearsal", "MZP128745") == password_of("MZP128745")
    assert practice_password("production", "MZP128745") == ""


def test_the_recipes_have_the_own_values_of_the_partner(owner):
    """No placeholder is left, and each recipe names the gateway, or the login, of this onboarding."""
    connection = connection_settings(factories.certified(owner))
    host = urlsplit(connection.base_url).hostname
    found = recipes(connection, f"curl {connection.base_url}")
    assert len({recipe.slug for recipe in found}) == len(found) == 11
    for recipe in found:
        assert "{{url}}" not in recipe.text
        assert host in recipe.text, recipe.slug
        assert recipe.files


def test_a_certificate_without_its_ca_is_no_error(browser_of, owner):
    """The page says that half is there and keeps it; nothing is red, and the second half completes it."""
    onboarding = factories.sent(owner)
    leaf, ca = (pem(found) for found in factories.certificates_for(onboarding))
    page = browser_of.post(url(onboarding, "certificate"), {"text": leaf, "client_id": "client-1"}).content.decode()
    assert "1 of 2 received" in page
    assert "Error:" not in page
    assert "is-invalid" not in page
    assert leaf.splitlines()[1] in page
    browser_of.post(url(onboarding, "certificate"), {"text": leaf + ca})
    assert factories.fresh(onboarding).status == "certified"


def test_the_list_has_a_search_above_ten_onboardings(browser_of, owner, settings):
    """It finds a login or a company, and nothing of other accounts."""
    settings.LIMIT_OPEN_ONBOARDINGS = 1000
    for number in range(11):
        Onboarding.objects.create(owner=owner, mzp_login=f"MZP10000{number:02}", environment="production")
    page = browser_of.get("/onboardings/").content.decode()
    assert 'type="search"' in page
    found = browser_of.get("/onboardings/?q=mzp1000007").content.decode()
    assert "MZP1000007" in found
    assert "MZP1000008" not in found
    assert "No onboarding matches." in browser_of.get("/onboardings/?q=nothing").content.decode()
    assert browser_of.get("/onboardings/?q=%00").status_code == 200
