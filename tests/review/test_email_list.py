"""The list of emails at the desk tells nothing that it does not show, and is no way to act on one's own onboarding."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from onboarding.models import EmailState, NoticeGroup, OutgoingEmail, Role
from onboarding.workflow import outbox, review
from tests import factories
from tests.review.conftest import staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("lookup", ["to__startswith", "private__new__startswith", "private__icontains", "user"])
def test_the_list_is_not_filtered_by_what_is_private(desk, owner, lookup):
    """A count of rows would tell an address letter by letter, and which account gets which emails."""
    columns = {"to": "secret@flottes.example", "private": {"new": "secret@flottes.example"}, "user": owner}
    outbox.put("address_change", NoticeGroup.SECURITY, **columns)
    queue = reverse("admin:onboarding_outgoingemail_changelist")
    assert desk.get(queue, {lookup: owner.pk if lookup == "user" else "secret"}).status_code == 400
    assert desk.get(queue, {"state": "sent"}).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_nobody_sends_emails_about_a_shared_onboarding_again(desk, reviewer, owner, role):
    """A member or a reader among the staff is as close to the case as its owner; a case of others stays possible."""
    onboarding, other = factories.started(reviewer if role == Role.OWNER else owner), factories.started(owner)
    if role != Role.OWNER:
        onboarding.memberships.create(user=reviewer, role=role)
    for each in (onboarding, other):
        review.remind(each, staff("reviewer", f"{each.pk.hex}@operator.example"))
    outbox.put("erased", NoticeGroup.SECURITY, to="nobody@flottes.example")
    OutgoingEmail.objects.update(state=EmailState.FAILED)
    form = {"action": "send_again", ACTION_CHECKBOX_NAME: [*OutgoingEmail.objects.values_list("pk", flat=True)]}
    desk.post(reverse("admin:onboarding_outgoingemail_changelist") + "?state=all", form)
    again = OutgoingEmail.objects.filter(state=EmailState.WAITING).values_list("onboarding", flat=True)
    assert {*again} == {other.pk, None}
