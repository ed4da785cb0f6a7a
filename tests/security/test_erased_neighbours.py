"""An erasure takes what belongs to others into account: renewals that go on, and proposals that name an account."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse
from django.utils import timezone

from onboarding.management.commands.verify_audit import verify_audit
from onboarding.models import Action, Onboarding, Proposal, Role, User
from onboarding.workflow import onboardings, renewals, requests, review
from onboarding.workflow.erasure import erase_account
from onboarding.workflow.retention import erase_expired
from tests import factories
from tests.review.conftest import staff
from tests.security.conftest import confirm, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def renewed(owner):
    """Return a closed onboarding, and the open one that renews it. Another one was closed as well."""
    old = factories.certified(owner)
    new = renewals.renew(old, owner)
    closed = factories.started(owner)
    requests.make_key(new, owner, factories.PASSPHRASE, 2048)
    new = factories.fresh(new)
    requests.prove_passphrase(new.request, owner, factories.PASSPHRASE)
    requests.mark_sent(new.request, owner)
    onboardings.withdraw(old, owner)
    onboardings.withdraw(closed, owner)
    return old, new


def test_what_was_renewed_is_erased_and_its_renewal_stays(owner):
    """The old onboarding is closed years before its renewal, and keeps nothing else from being erased."""
    _old, new = renewed(owner)
    with time_machine.travel(timezone.now() + timedelta(days=731), tick=False):
        assert erase_expired() == 2
    assert [(kept.pk, kept.renews) for kept in Onboarding.objects.all()] == [(new.pk, None)]
    assert list(verify_audit()) == []


def test_an_account_is_erased_although_somebody_else_has_the_renewal(owner):
    """The renewal was handed over, and the old onboarding was not."""
    _old, new = renewed(owner)
    other = factories.partner("other@flottes.example")
    Onboarding.objects.filter(pk=new.pk).update(owner=other)
    erase_account(owner, owner, "owner")
    assert [(kept.pk, kept.owner) for kept in Onboarding.objects.all()] == [(new.pk, other)]
    assert not User.objects.filter(pk=owner.pk).exists()


def test_a_proposal_forgets_the_address_of_an_erased_account(owner):
    """The history says that there was a proposal; whom it named is gone."""
    onboarding, other = factories.sent(owner), factories.partner("canary@canary.example")
    review.propose(onboarding, staff("reviewer"), Action.REASSIGN, {"email": other.email, "note": "He has left."})
    erase_account(other, other, "owner")
    assert Proposal.objects.get().entered == {"email": "", "note": "He has left."}


def test_an_administrator_does_not_inherit_by_an_erasure(owner):
    """Where they are a member, an erased owner's onboarding would be theirs. A colleague has to erase the account."""
    onboarding, administrator = factories.sent(owner), staff("administrator")
    membership = onboarding.memberships.create(user=administrator, role=Role.MEMBER)
    accounts = reverse("admin:onboarding_user_changelist")
    form = {"action": "erase_accounts", ACTION_CHECKBOX_NAME: [owner.pk], "confirmed": "1"}
    desk = sign_in(factories.verified(administrator), code=True)
    confirm(desk, code=True)
    desk.post(accounts, form)
    assert factories.fresh(onboarding).owner == owner
    membership.delete()
    desk.post(accounts, form)
    assert not Onboarding.objects.exists()
