"""Staff who are partners can't act on their own onboarding, or read the staff notes about it."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from onboarding.models import Onboarding, Status
from onboarding.review.actions import REVIEW_ACTIONS
from onboarding.workflow import onboardings
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.review.conftest import messages_of, signed_in, staff

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "This is your own onboarding. A colleague has to decide about it."
OWN_ERROR = "nobody acts on their own onboarding at the desk"  # the workflow's error


@pytest.fixture
def staff_partner(db):
    """Return a reviewer who is also a partner."""
    return staff("reviewer", "staff_partner@operator.example")


def facts(onboarding):
    return (
        factories.fresh(onboarding).status,
        factories.fresh(onboarding).reviewer,
        onboarding.events.count(),
        onboarding.emails.count(),
    )


@pytest.mark.parametrize("review_action", REVIEW_ACTIONS, ids=lambda review_action: review_action.action.value)
def test_no_page_acts_on_the_own_onboarding(staff_partner, settings, review_action):
    """The action is refused in a status in which it is possible for other cases."""
    settings.REVIEW_REQUIRED = True
    onboarding = factories.with_key(staff_partner)
    Onboarding.objects.filter(pk=onboarding.pk).update(status=min(review_action.sources))
    before = facts(onboarding)
    client, url = signed_in(staff_partner), reverse("admin:review_action", args=[onboarding.pk, review_action.action])
    entered = {
        "confirmed": "1",
        "note": "x",
        "reasons": ["other"],
        f"request-{onboarding.pk}": onboarding.request.fingerprint,
    }
    assert messages_of(client.get(url, follow=True)) == [OWN]
    assert messages_of(client.post(url, entered, follow=True)) == [OWN]
    assert facts(onboarding) == before


@pytest.mark.parametrize(
    ("name", "status", "rest"),
    [
        ("take_over", Status.SENT, ()),
        ("approve", Status.KEY_MADE, ("fingerprint",)),
        ("receive", Status.SENT, ()),
        ("return_with_reason", Status.SENT, (["other"], "x")),
        ("reject", Status.SENT, ("x",)),
        ("withdraw_for", Status.SENT, ("x",)),
        ("reopen", Status.REJECTED, ()),
        ("remind", Status.SENT, ()),
        ("reassign", Status.SENT, ("partner@flottes.example", "x")),
        ("upload_certificate", Status.SENT, (None, None, ())),
        ("add_client_id_for", Status.SENT, ("client-1", "")),
        ("add_note", Status.SENT, ("x",)),
    ],
)
def test_the_workflow_refuses_the_own_onboarding(staff_partner, name, status, rest):
    """The workflow also refuses, so a page that lacks the check can't act either."""
    onboarding = factories.with_key(staff_partner)
    Onboarding.objects.filter(pk=onboarding.pk).update(status=status)
    before = facts(onboarding)
    with pytest.raises(review_workflow.ReviewRefusedError, match=OWN_ERROR):
        getattr(review_workflow, name)(factories.fresh(onboarding), staff_partner, *rest)
    assert (facts(onboarding), onboarding.staff_notes.count(), onboarding.client_ids.count()) == (before, 0, 0)


def test_an_email_about_the_own_onboarding_is_not_sent_again(staff_partner, reviewer, settings, mailoutbox):
    """A colleague has to send the email again."""
    onboarding = factories.sent(staff_partner)
    review_workflow.remind(onboarding, reviewer)
    mailoutbox.clear()
    onboarding.emails.update(state="failed")
    url = reverse("admin:review_action", args=[onboarding.pk, "send_again"])
    response = signed_in(staff_partner).post(url, {"email": onboarding.emails.get().pk}, follow=True)
    assert messages_of(response) == [OWN]
    assert mailoutbox == []


def test_nothing_is_uploaded_to_the_own_onboarding(staff_partner):
    """The form is not shown, and a submission has no effect."""
    onboarding = factories.sent(staff_partner)
    client, url = signed_in(staff_partner), reverse("admin:review_action", args=[onboarding.pk, "certificate"])
    for response in (client.get(url, follow=True), client.post(url, {"client_id": "client-1"}, follow=True)):
        assert messages_of(response) == [OWN]
    assert onboarding.client_ids.count() == 0


def test_a_bulk_action_skips_the_own_onboarding(staff_partner, owner):
    """The other case is changed, and a message says why the own case is left out."""
    cases = [factories.sent(staff_partner, login="MZP000001"), factories.sent(owner, login="MZP000002")]
    queue = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"
    chosen = {"action": "bulk_receive", ACTION_CHECKBOX_NAME: [case.pk for case in cases]}
    after = signed_in(staff_partner).post(queue, chosen | {"previewed": "1", "confirmed": "1"}, follow=True)
    assert messages_of(after) == [
        "Marked as received. We are emailing the partner.",
        "1 case is left out because it is your own onboarding.",
    ]
    assert [factories.fresh(case).status for case in cases] == ["sent", "received"]


def test_the_case_page_hides_staff_notes_from_its_partner(staff_partner, reviewer):
    """They can read the rest of the page, but have no actions and can't add a note."""
    onboarding = factories.sent(staff_partner)
    review_workflow.add_note(onboarding, reviewer, "between-us-only")
    url = reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])
    assert "between-us-only" in signed_in(reviewer).get(url).content.decode()
    client = signed_in(staff_partner)
    response = client.get(url)
    page = response.content.decode()
    assert list(response.context["notes"]) == []
    assert "This is your own onboarding." in page
    assert [text for text in ("between-us-only", "Staff notes", 'class="act') if text in page] == []
    response = client.post(
        reverse("admin:review_action", args=[onboarding.pk, "note"]), {"text": "all is well"}, follow=True
    )
    assert messages_of(response) == [OWN]
    assert onboarding.staff_notes.count() == 1


def test_every_place_asks_the_onboarding_whose_it_is(owner, reviewer, monkeypatch):
    """The rule stands once: the case page, the actions, the upload, the workflow and `start` follow `is_owned_by`."""
    onboarding = factories.sent(owner)
    monkeypatch.setattr(Onboarding, "is_owned_by", lambda _onboarding, user: user == reviewer)
    client = signed_in(reviewer)
    assert client.get(reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])).context["is_own"] is True
    for slug in ("receive", "certificate"):
        address = reverse("admin:review_action", args=[onboarding.pk, slug])
        assert messages_of(client.get(address, follow=True)) == [OWN]
    with pytest.raises(review_workflow.ReviewRefusedError, match=OWN_ERROR):
        review_workflow.remind(onboarding, reviewer)
    assert onboardings.start(reviewer, onboarding.pk, "MZP128745", "production") == onboarding
    with pytest.raises(PermissionError):
        onboardings.start(owner, onboarding.pk, "MZP128745", "production")
