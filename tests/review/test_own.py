"""Staff who are partners, too: at the desk, nobody acts on their own onboarding, or reads what is said about them."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from onboarding.models import Onboarding, Status
from onboarding.review.actions import ALL_ACTIONS
from onboarding.workflow import review as verbs
from tests import factories
from tests.review.conftest import signed_in, staff, told

pytestmark = pytest.mark.django_db(transaction=True)

OWN = "nobody acts on their own onboarding at the desk"


@pytest.fixture
def both(db):
    """A reviewer who is a partner."""
    return staff("reviewer", "both@operator.example")


def facts(one):
    return (factories.fresh(one).status, factories.fresh(one).reviewer, one.events.count(), one.emails.count())


@pytest.mark.parametrize("verb", ALL_ACTIONS, ids=lambda verb: verb.name)
def test_no_page_does_a_verb_to_ones_own(both, settings, verb):
    """In a status in which it could be done to anybody else's."""
    settings.REVIEW_REQUIRED = True
    one = factories.with_key(both)
    Onboarding.objects.filter(pk=one.pk).update(status=min(verb.sources))
    before = facts(one)
    client, url = signed_in(both), reverse("admin:desk_verb", args=[one.pk, verb.name])
    filled = {"confirmed": "1", "note": "x", "reasons": ["other"], f"request-{one.pk}": one.request.fingerprint}
    assert told(client.get(url, follow=True)) == [f"{verb.label} can’t be done: {OWN}."]
    assert told(client.post(url, filled, follow=True)) == [f"{verb.label} can’t be done: {OWN}."]
    assert facts(one) == before


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
        ("upload_certificate", Status.SENT, (None, None, ())),
        ("add_client_id_for", Status.SENT, ("client-1", "")),
        ("add_note", Status.SENT, ("x",)),
    ],
)
def test_no_verb_does_it_either(both, name, status, rest):
    """Whatever page may be forgotten, the journey refuses."""
    one = factories.with_key(both)
    Onboarding.objects.filter(pk=one.pk).update(status=status)
    before = facts(one)
    with pytest.raises(verbs.ReviewRefusedError, match=OWN):
        getattr(verbs, name)(factories.fresh(one), both, *rest)
    assert (facts(one), one.staff_notes.count(), one.client_ids.count()) == (before, 0, 0)


def test_no_mail_about_ones_own_is_sent_again(both, reviewer, settings, mailoutbox):
    """It was refused once, and waits for somebody else."""
    one = factories.sent(both)
    verbs.remind(one, reviewer)
    one.emails.update(sent_at=None, trying_since=None)
    mailoutbox.clear()
    url = reverse("admin:desk_verb", args=[one.pk, "send_again"])
    answer = signed_in(both).post(url, {"notice": one.emails.get().pk}, follow=True)
    assert told(answer) == [f"The mail can’t be sent: {OWN}."]
    assert mailoutbox == []


def test_nothing_is_put_in_for_oneself(both):
    """Neither the form nor what is sent without it."""
    one = factories.sent(both)
    client, url = signed_in(both), reverse("admin:desk_verb", args=[one.pk, "certificate"])
    for answer in (client.get(url, follow=True), client.post(url, {"client_id": "client-1"}, follow=True)):
        assert told(answer) == [f"No certificate can be put in: {OWN}."]
    assert one.client_ids.count() == 0


def test_ones_own_is_left_out_of_several(both, owner):
    """The others are done, and the page says why not all."""
    cases = [factories.sent(both, login="MZP000001"), factories.sent(owner, login="MZP000002")]
    queue = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"
    chosen = {"action": "bulk_receive", ACTION_CHECKBOX_NAME: [case.pk for case in cases]}
    after = signed_in(both).post(queue, chosen | {"previewed": "1", "confirmed": "1"}, follow=True)
    assert told(after) == [
        "Received by Stellantis: done for 1 case.",
        f"Received by Stellantis: not done for 1 case, because {OWN}.",
    ]
    assert [factories.fresh(case).status for case in cases] == ["sent", "received"]


def test_the_case_hides_from_its_owner_what_staff_write_about_them(both, reviewer):
    """They read the rest, find no button, and can write nothing there."""
    one = factories.sent(both)
    verbs.add_note(one, reviewer, "between-us-only")
    url = reverse("admin:onboarding_onboarding_change", args=[one.pk])
    assert "between-us-only" in signed_in(reviewer).get(url).content.decode()
    client = signed_in(both)
    answer = client.get(url)
    page = answer.content.decode()
    assert list(answer.context["notes"]) == []
    assert "This is your own onboarding." in page
    assert [text for text in ("between-us-only", "Notes among staff", 'class="act') if text in page] == []
    answer = client.post(reverse("admin:desk_verb", args=[one.pk, "note"]), {"text": "all is well"}, follow=True)
    assert told(answer) == [f"The note can’t be kept: {OWN}."]
    assert one.staff_notes.count() == 1
