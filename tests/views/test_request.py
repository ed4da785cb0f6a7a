"""The request step: what the page offers."""

import pytest

from onboarding.workflow import requests, review
from tests import factories
from tests.views.conftest import url

pytestmark = pytest.mark.django_db

SENT = "I’ve sent it"
SIGN = "Get a practice certificate"
NEW_REQUEST = "Create a new request"
DRAFT = "Open as an email draft (.eml)"


def with_proved_key(owner, environment):
    onboarding = factories.with_key(owner, environment=environment)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    return factories.fresh(onboarding)


def offered(browser, onboarding):
    """Return which of the four texts the page has."""
    text = browser.get(url(onboarding, "request")).content.decode()
    return {offer for offer in (SENT, SIGN, NEW_REQUEST, DRAFT) if offer in text}


@pytest.fixture
def reviewer(db):
    return factories.partner("reviewer@desk.example")


@pytest.mark.parametrize("review_required", [False, True])
@pytest.mark.parametrize("environment", ["production", "rehearsal"])
def test_a_returned_request_that_has_to_change_can_not_be_sent(
    rehearsing, browser_of, owner, reviewer, settings, environment, review_required
):
    """The page explains that a new request is needed. A POST that was prepared before is refused."""
    onboarding = with_proved_key(owner, environment)
    assert offered(browser_of, onboarding) == {SENT, DRAFT} | ({SIGN} if environment == "rehearsal" else set())
    review.return_with_reason(onboarding, reviewer, ["organization_missing"], "x")
    settings.REVIEW_REQUIRED = review_required
    assert offered(browser_of, onboarding) == {NEW_REQUEST}
    for page, typed in (("request", {"sent": "on"}), ("sign", {})):
        browser_of.post(url(onboarding, page), typed)
        assert factories.fresh(onboarding).request.sent_at is None


def test_the_passphrase_of_a_request_that_has_to_change_is_not_asked_for(browser_of, owner, reviewer):
    """The key is replaced together with the request."""
    onboarding = factories.with_key(owner)
    assert b'type="password"' in browser_of.get(url(onboarding, "request")).content
    review.return_with_reason(onboarding, reviewer, ["organization_missing"], "x")
    page = browser_of.get(url(onboarding, "request"))
    assert b'type="password"' not in page.content
    assert NEW_REQUEST in page.content.decode()


def test_a_returned_request_that_need_not_change_is_sent_again(browser_of, owner, reviewer):
    """The page offers it as before."""
    onboarding = factories.sent(owner)
    review.return_with_reason(onboarding, reviewer, ["not_received"], "x")
    assert offered(browser_of, onboarding) == {SENT, DRAFT}
