"""Requests: one key for each, a checked passphrase before sending, and no unchanged request after a return."""

import pytest

from onboarding.models import CertificateRequest, Event, SealedPrivateKey, SigningResponse
from onboarding.pki.errors import PkiError
from onboarding.return_reasons import RETURN_REASONS
from onboarding.workflow import requests, review
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories
from tests.workflow.concurrency import run_together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
NEED_NEW_REQUEST = [code for code, reason in RETURN_REASONS.items() if reason.step != "request"]


def test_a_form_that_is_sent_three_times_makes_one_key(owner):
    """There is one request, one sealed key and one event."""
    onboarding = factories.described(owner)
    results = run_together(*[lambda: requests.make_key(onboarding, owner, factories.PASSPHRASE, 2048)] * 3)
    assert sorted(type(result).__name__ for result in results) == [
        "CertificateRequest",
        "TransitionNotAllowedError",
        "TransitionNotAllowedError",
    ]
    assert (CertificateRequest.objects.count(), SealedPrivateKey.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="make_key").count() == 1


def test_a_request_can_only_be_sent_after_its_passphrase_was_checked(owner):
    """Otherwise the partner could wait for a certificate whose key can't be opened."""
    onboarding = factories.with_key(owner)
    with pytest.raises(TransitionNotAllowedError):
        requests.mark_sent(onboarding.request, owner)
    assert (factories.fresh(onboarding).status, onboarding.request.sent_at) == ("key_made", None)
    with pytest.raises(PkiError, match="passphrase_wrong"):
        requests.prove_passphrase(onboarding.request, owner, "not the passphrase")
    assert factories.fresh(onboarding).request.passphrase_proved_at is None


def test_a_sealed_key_that_was_moved_to_another_onboarding_does_not_open(owner):
    """The associated data binds the sealed key to its onboarding."""
    own, other = factories.with_key(owner), factories.with_key(owner)
    SealedPrivateKey.objects.filter(request=own.request).delete()
    moved = SealedPrivateKey.objects.get(request=other.request)
    moved.request = own.request
    moved.save(force_insert=True)
    with pytest.raises(PkiError, match="sealed_key_damaged"):
        requests.prove_passphrase(own.request, owner, factories.PASSPHRASE)


@pytest.mark.parametrize("reason", NEED_NEW_REQUEST)
def test_a_returned_request_that_has_to_change_cannot_be_sent_unchanged(owner, reviewer, reason):
    """The return stays open until another request is sent instead."""
    onboarding = factories.sent(owner)
    review.return_with_reason(onboarding, reviewer, ["not_received", reason])
    returned = factories.fresh(onboarding).request
    with pytest.raises(TransitionNotAllowedError):
        requests.mark_sent(returned, owner)
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.request.sent_at) == ("returned", None)
    assert onboarding.open_return.reasons == ["not_received", reason]
    requests.replace_request(onboarding, owner)
    requests.make_key(factories.fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(factories.fresh(onboarding).request, owner, factories.PASSPHRASE)
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    assert (factories.fresh(onboarding).status, factories.fresh(onboarding).open_return) == ("sent", None)


@pytest.mark.parametrize("reason", [code for code in RETURN_REASONS if code not in NEED_NEW_REQUEST])
def test_a_returned_request_that_only_has_to_be_resent_can_be_sent_unchanged(owner, reviewer, reason):
    """Sending it resolves the return."""
    onboarding = factories.sent(owner)
    review.return_with_reason(onboarding, reviewer, [reason], "x")
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    assert (factories.fresh(onboarding).status, factories.fresh(onboarding).open_return) == ("sent", None)


def test_a_returned_request_that_has_to_change_is_not_signed_by_the_practice_authority(owner, reviewer, rehearsing):
    """The request is not sent to the authority, because a signature of the unchanged request would be useless."""
    onboarding = factories.with_key(owner, environment="rehearsal")
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    review.return_with_reason(onboarding, reviewer, ["organization_missing"])
    with pytest.raises(TransitionNotAllowedError):
        requests.request_signing(factories.fresh(onboarding).request, owner)
    assert (factories.fresh(onboarding).status, SigningResponse.objects.count()) == ("returned", 0)
