"""Starting an onboarding, and changing its details."""

import uuid

import pytest

from onboarding.models import Event, SealedPrivateKey
from onboarding.workflow import onboardings
from tests import factories
from tests.workflow.concurrency import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_a_form_that_is_sent_three_times_starts_one_onboarding(owner):
    """The form contains the id of the onboarding."""
    pk = uuid.uuid4()
    results = run_together(*[lambda: onboardings.start(owner, pk, "MZP128745", "production")] * 3)
    assert [result.pk for result in results] == [pk] * 3
    assert Event.objects.filter(verb="start").count() == 1


def test_the_id_of_another_accounts_onboarding_is_refused(owner):
    """The id alone gives no access to the onboarding."""
    other = factories.partner("other@flottes.example")
    foreign = factories.started(other)
    with pytest.raises(PermissionError):
        onboardings.start(owner, foreign.pk, "MZP999999", "production")
    assert factories.fresh(foreign).mzp_login == "MZP128745"


def test_changed_details_replace_the_request_and_keep_its_key(owner):
    """A certificate for the old request may still arrive; the next request is made from the new details."""
    onboarding = factories.sent(owner)
    assert onboardings.describe(onboarding, owner, {**factories.COMPANY, "locality": "Paris"}) is True
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.request, onboarding.locality) == ("draft", None, "Paris")
    assert SealedPrivateKey.objects.count() == 1
    assert onboardings.describe(onboarding, owner, {**factories.COMPANY, "locality": "Paris"}) is False
