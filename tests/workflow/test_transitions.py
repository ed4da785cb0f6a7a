"""The transitions: which action is allowed in which status, what it records, and that changes never nest."""

import io

import pytest
from django.core.management import call_command

from onboarding.models import CLOSED, Action, DailyCount, Event, Onboarding, Status
from onboarding.workflow import certificates, onboardings, requests, review
from onboarding.workflow.transitions import NestedChangeError, TransitionNotAllowedError, locked
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]

# The status after each allowed action. Every other pair of action and status is refused.
EXPECTED = {
    ("make_key", "draft"): "key_made",
    ("bring_request", "draft"): "key_made",
    ("replace_request", "key_made"): "draft",
    ("replace_request", "sent"): "draft",
    ("replace_request", "received"): "draft",
    ("replace_request", "returned"): "draft",
    ("replace_request", "certified"): "draft",
    ("replace_request", "connected"): "draft",
    ("mark_sent", "key_made"): "sent",
    ("mark_sent", "returned"): "sent",
    ("approve", "returned"): "key_made",
    ("receive", "sent"): "received",
    ("return", "key_made"): "returned",
    ("return", "sent"): "returned",
    ("return", "received"): "returned",
    ("reject", "draft"): "rejected",
    ("reject", "key_made"): "rejected",
    ("reject", "sent"): "rejected",
    ("reject", "received"): "rejected",
    ("reject", "returned"): "rejected",
    ("take_up_request", "draft"): "sent",
    ("take_up_request", "key_made"): "sent",
    ("take_up_request", "sent"): "sent",
    ("take_up_request", "received"): "sent",
    ("take_up_request", "returned"): "sent",
    ("take_up_request", "certified"): "sent",
    ("take_up_request", "connected"): "sent",
    ("accept_certificate", "sent"): "certified",
    ("accept_certificate", "received"): "certified",
    ("accept_certificate", "certified"): "certified",
    ("accept_certificate", "connected"): "certified",
    ("connect", "certified"): "connected",
    ("withdraw", "draft"): "withdrawn",
    ("withdraw", "key_made"): "withdrawn",
    ("withdraw", "sent"): "withdrawn",
    ("withdraw", "received"): "withdrawn",
    ("withdraw", "returned"): "withdrawn",
    ("withdraw", "certified"): "withdrawn",
    ("withdraw", "connected"): "withdrawn",
    ("close_renewed", "certified"): "renewed",
    ("close_renewed", "connected"): "renewed",
    # The onboarding of the test has no recorded closing, so it reopens as a draft.
    ("reopen", "renewed"): "draft",
    ("reopen", "withdrawn"): "draft",
    ("reopen", "rejected"): "draft",
}
STATUSES = "draft key_made sent received returned certified connected withdrawn rejected renewed".split()
ACTIONS = (
    "start describe make_key bring_request take_up_request discard_request replace_request prove_passphrase mark_sent "
    "accept_certificate add_ca confirm_ca distrust_ca add_client_id remove_client_id test try_fault "
    "cancel_test connect export_key export withdraw take_over approve receive return reject remind reopen "
    "propose confirm_proposal refuse_proposal withdraw_proposal send_again close_renewed invite revoke_invitation join "
    "remove_colleague leave hand_over reassign watch_gateway"
).split()


def history(onboarding):
    return [(event.verb, event.from_status, event.to_status) for event in onboarding.events.all()]


def counts(kind):
    return sorted(DailyCount.objects.filter(kind=kind).exclude(n=0).values_list("day", "label", "n"))


def test_the_expected_table_covers_every_status_and_action():
    """A new status or action needs its rows here."""
    assert ([*Status], [*Action]) == (STATUSES, ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_an_action_is_allowed_in_the_expected_statuses_only(owner, action, status):
    """Every action in every status leads to the expected status, or is refused and changes nothing."""
    onboarding = factories.started(owner)
    Onboarding.objects.filter(pk=onboarding.pk).update(status=status)
    before, target = history(onboarding), EXPECTED.get((action, status))
    if target is None:
        with (
            pytest.raises(TransitionNotAllowedError),
            locked(onboarding, owner, closed=status in CLOSED) as change,
        ):
            change.move(Action(action))
        assert (factories.fresh(onboarding).status, history(onboarding)) == (status, before)
    else:
        with locked(onboarding, owner, closed=status in CLOSED) as change:
            change.move(Action(action))
        assert factories.fresh(onboarding).status == target
        assert history(onboarding) == [*before, (action, status, target)]


@pytest.mark.parametrize("status", STATUSES)
def test_a_lock_accepts_either_open_or_closed_onboardings(owner, status):
    """Without `closed`, a closed onboarding can't be locked; with `closed`, an open onboarding can't be locked."""
    onboarding = factories.started(owner)
    Onboarding.objects.filter(pk=onboarding.pk).update(status=status)
    is_closed = status in {"withdrawn", "rejected", "renewed"}
    with pytest.raises(TransitionNotAllowedError), locked(onboarding, owner, closed=not is_closed):
        pass
    with locked(onboarding, owner, closed=is_closed) as change:
        assert change.onboarding.status == status


def test_every_transition_leaves_an_event_with_the_actor_and_both_statuses(owner):
    """This is the history of an onboarding up to the client ID."""
    onboarding = factories.certified(owner)
    assert history(onboarding) == [
        ("start", "draft", "draft"),
        ("describe", "draft", "draft"),
        ("make_key", "draft", "key_made"),
        ("prove_passphrase", "key_made", "key_made"),
        ("mark_sent", "key_made", "sent"),
        ("accept_certificate", "sent", "certified"),
        ("confirm_ca", "certified", "certified"),
        ("add_client_id", "certified", "certified"),
    ]
    assert {event.actor for event in onboarding.events.all()} == {owner}


def test_a_withdrawn_onboarding_accepts_no_change(owner):
    """Every change is refused, and nothing is recorded after the withdrawal."""
    onboarding = factories.with_key(owner)
    onboardings.withdraw(onboarding, owner)
    for change in (
        lambda: onboardings.withdraw(onboarding, owner),
        lambda: onboardings.describe(onboarding, owner, factories.COMPANY),
        lambda: requests.replace_request(onboarding, owner),
        lambda: certificates.add_client_id(onboarding, owner, "x", ""),
    ):
        with pytest.raises(TransitionNotAllowedError):
            change()
    assert history(onboarding)[-1] == ("withdraw", "key_made", "withdrawn")


def test_a_nested_change_of_the_same_onboarding_is_refused_and_counts_nothing(owner):
    """The outer change has outdated values. Together, the two changes would count the onboarding twice."""
    onboarding = factories.certified(owner)
    waiting, lasted, events = counts("waiting"), counts("lasted"), Event.objects.count()

    def nest():
        with locked(onboarding, owner) as outer:
            with locked(onboarding, owner) as inner:
                inner.move(Action.CONNECT)
            outer.move(Action.WITHDRAW)

    with pytest.raises(NestedChangeError):
        nest()
    assert (counts("waiting"), counts("lasted"), Event.objects.count()) == (waiting, lasted, events)
    with locked(onboarding, owner) as change:  # the guard ends with the outer change
        change.move(Action.CONNECT)
    assert factories.fresh(onboarding).status == "connected"


def test_changes_of_two_onboardings_can_nest(owner):
    """Only the same onboarding is guarded."""
    first, second = factories.started(owner), factories.started(owner, login="MZP000002")
    with locked(first, owner) as outer, locked(second, owner) as inner:
        outer.move(Action.WITHDRAW)
        inner.move(Action.WITHDRAW)
    assert {factories.fresh(onboarding).status for onboarding in (first, second)} == {"withdrawn"}


def test_uploads_of_the_desk_are_counted_once(owner, reviewer):
    """After the desk adds a certificate and a client ID, a recount changes no count."""
    onboarding = factories.sent(owner)
    result = factories.accepted_result(onboarding)
    assert review.upload_certificate(onboarding, reviewer, onboarding.request, result, result.findings) is True
    assert review.upload_certificate(onboarding, reviewer, onboarding.request, result, result.findings) is False
    review.add_client_id_for(onboarding, reviewer, "client-1", "")
    assert [event.verb for event in onboarding.events.filter(actor=reviewer)] == ["accept_certificate", "add_client_id"]
    kinds = ("waiting", "lasted", "expiring", "tests")
    before = [counts(kind) for kind in kinds]
    call_command("recount", stdout=io.StringIO())
    assert [counts(kind) for kind in kinds] == before
