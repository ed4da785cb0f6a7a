"""With SECOND_REVIEWER_REQUIRED, one reviewer alone can't do what is dangerous, by a page or by the workflow."""

from contextlib import nullcontext

import pytest
from django.urls import reverse

from onboarding.models import Action, AuditRecord, IssuedCertificate, Proposal, Status
from onboarding.rehearsal.authority import pem
from onboarding.review.proposals import PROPOSAL_SLUGS
from onboarding.workflow import review, second_reviewer
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories
from tests.review.conftest import messages_of, signed_in, staff

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "The contract has ended."


@pytest.fixture(autouse=True)
def second_reviewer_required(settings):
    settings.SECOND_REVIEWER_REQUIRED = True


@pytest.fixture
def colleague(db):
    return staff("reviewer", "second@operator.example")


@pytest.fixture
def onboarding(owner, reviewer):
    return factories.sent(owner)


def url(onboarding, slug):
    return reverse("admin:review_action", args=[onboarding.pk, slug])


def case_of(client, onboarding):
    return client.get(reverse("admin:onboarding_onboarding_change", args=[onboarding.pk]))


def reject(client, onboarding):
    return client.post(url(onboarding, "reject"), {"note": NOTE, "confirmed": "1"}, follow=True)


def decide(client, onboarding, slug):
    form = {"proposal": str(Proposal.objects.latest("at").pk)}
    return messages_of(client.post(url(onboarding, slug), form, follow=True))


def upload_form(onboarding):
    return {"text": pem(*factories.certificates_for(onboarding)), "client_id": "client-7", "client_id_label": ""}


def verbs(onboarding):
    return [*onboarding.events.order_by("pk").values_list("verb", flat=True)]


WAYS = {
    "reject": lambda onboarding, actor: review.reject(onboarding, actor, NOTE),
    "withdraw": lambda onboarding, actor: review.withdraw_for(onboarding, actor, NOTE),
    "certificate": lambda onboarding, actor: review.upload_certificate(
        onboarding, actor, onboarding.request, factories.accepted_result(onboarding), []
    ),
    "client ID": lambda onboarding, actor: review.add_client_id_for(onboarding, actor, "client-7", ""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("required", [True, False])
def test_the_workflow_itself_refuses_a_single_reviewer(onboarding, reviewer, settings, way, required):
    """No page can leave out the second reviewer. Without the setting, one reviewer is enough."""
    settings.SECOND_REVIEWER_REQUIRED = required
    before = verbs(onboarding)
    with pytest.raises(TransitionNotAllowedError) if required else nullcontext():
        WAYS[way](onboarding, reviewer)
    assert (verbs(onboarding) == before) == required
    assert IssuedCertificate.objects.exists() == (way == "certificate" and not required)


def test_ca_certificates_of_a_connected_partner_need_a_second_reviewer(owner, reviewer):
    """One reviewer could otherwise add an anchor to an onboarding that works."""
    onboarding = factories.certified(owner)
    before = onboarding.request.issued_certificate.anchors_pem
    result = factories.accepted_result(onboarding)
    with pytest.raises(TransitionNotAllowedError):
        review.upload_certificate(onboarding, reviewer, onboarding.request, result, [])
    assert onboarding.request.issued_certificate.anchors_pem == before


def test_nothing_happens_before_the_second_reviewer_confirms(desk, onboarding, colleague, mailoutbox):
    """The proposal changes no status and sends no email; the confirmation does both, and both are recorded."""
    assert messages_of(reject(desk, onboarding)) == ["Proposed. A second reviewer has to confirm it."]
    assert (factories.fresh(onboarding).status, mailoutbox) == (Status.SENT, [])
    other = signed_in(colleague)
    assert NOTE in case_of(other, onboarding).content.decode()
    assert decide(other, onboarding, "confirm_proposal") == ["The proposal was confirmed and carried out."]
    assert factories.fresh(onboarding).status == Status.REJECTED
    assert [NOTE in email.body for email in mailoutbox] == [True]
    assert verbs(onboarding)[-3:] == ["propose", "confirm_proposal", "reject"]
    records = AuditRecord.objects.exclude(event=None).order_by("number").values_list("actor", "details__proposed")
    first = Proposal.objects.get().proposer_id
    assert [*records][-3:] == [(first, "reject"), (colleague.pk, "reject"), (colleague.pk, "reject")]


def test_the_proposer_can_only_withdraw(desk, onboarding):
    """Neither the confirmation nor the refusal of one's own proposal is possible, and it can be withdrawn once."""
    reject(desk, onboarding)
    page = case_of(desk, onboarding).content.decode()
    offered = {slug: slug in page for slug in PROPOSAL_SLUGS}
    assert offered == {"confirm_proposal": False, "refuse_proposal": False, "withdraw_proposal": True}
    own = ["You proposed this yourself. Another reviewer has to decide about it."]
    assert decide(desk, onboarding, "confirm_proposal") == own
    assert decide(desk, onboarding, "refuse_proposal") == own
    assert decide(desk, onboarding, "withdraw_proposal") == ["The proposal was withdrawn. Nothing else has changed."]
    assert "changed in the meantime" in decide(desk, onboarding, "withdraw_proposal")[0]
    assert (factories.fresh(onboarding).status, Proposal.objects.get().outcome) == (Status.SENT, "withdrawn")


def test_nobody_proposes_themselves_as_the_new_owner(desk, onboarding, colleague, reviewer, owner):
    """The confirmation of a colleague does not give an onboarding to the member of staff who proposed it."""
    factories.verified(reviewer)
    desk.post(url(onboarding, "reassign"), {"email": reviewer.email, "note": NOTE, "confirmed": "1"})
    shown = decide(signed_in(colleague), onboarding, "confirm_proposal")
    assert "your own" in shown[0], shown
    assert (factories.fresh(onboarding).owner, Proposal.objects.get().decided_at) == (owner, None)


def test_a_refused_proposal_can_not_be_confirmed(desk, onboarding, colleague):
    """The decision is final; a new proposal is possible afterwards."""
    reject(desk, onboarding)
    other = signed_in(colleague)
    assert decide(other, onboarding, "refuse_proposal") == ["The proposal was refused. Nothing else has changed."]
    assert "changed in the meantime" in decide(other, onboarding, "confirm_proposal")[0]
    assert factories.fresh(onboarding).status == Status.SENT
    reject(desk, onboarding)
    assert Proposal.objects.filter(decided_at=None).count() == 1


def test_a_proposal_for_a_case_that_has_changed_is_not_carried_out(desk, onboarding, colleague, reviewer):
    """The second reviewer confirms what the first one saw."""
    reject(desk, onboarding)
    review.receive(onboarding, reviewer)
    assert "changed in the meantime" in decide(signed_in(colleague), onboarding, "confirm_proposal")[0]
    assert factories.fresh(onboarding).status == Status.RECEIVED
    assert Proposal.objects.get().decided_at is None


def test_the_owner_does_not_confirm(desk, reviewer, colleague):
    """A member of staff who is the partner decides nothing about their own onboarding."""
    onboarding = factories.sent(colleague)
    reject(desk, onboarding)
    assert decide(signed_in(colleague), onboarding, "confirm_proposal") == [
        "This is your own onboarding. A colleague has to decide about it."
    ]
    assert factories.fresh(onboarding).status == Status.SENT


def test_there_is_one_open_proposal_for_a_case(desk, onboarding, reviewer):
    """A second one is refused, so that nobody confirms another proposal than the one on the page."""
    reject(desk, onboarding)
    assert messages_of(reject(desk, onboarding)) == ["A proposal for this case waits for a second reviewer already."]
    with pytest.raises(TransitionNotAllowedError):
        review.propose(onboarding, reviewer, Action.REJECT, {})
    assert Proposal.objects.count() == 1


def test_an_upload_waits_for_the_second_reviewer(desk, onboarding, colleague, mailoutbox):
    """The certificates and the client ID of an upload are stored only by the confirmation."""
    page = desk.post(url(onboarding, "certificate"), upload_form(onboarding), follow=True)
    assert messages_of(page)[-1] == "Proposed. A second reviewer has to confirm it."
    assert (IssuedCertificate.objects.count(), onboarding.client_ids.count(), mailoutbox) == (0, 0, [])
    other = signed_in(colleague)
    assert "client-7" in case_of(other, onboarding).content.decode()
    assert decide(other, onboarding, "confirm_proposal") == ["The proposal was confirmed and carried out."]
    assert factories.fresh(onboarding).status == Status.CERTIFIED
    assert [each.value for each in onboarding.client_ids.all()] == ["client-7"]


def test_the_partner_needs_no_second_reviewer(onboarding, owner):
    """Only what the desk does for a partner waits."""
    factories.certificates.accept_certificate(onboarding.request, owner, factories.accepted_result(onboarding))
    assert factories.fresh(onboarding).status == Status.CERTIFIED


def test_the_queue_can_be_filtered(desk, onboarding, colleague):
    """The second reviewer finds the case, the first one finds it under their own proposals."""
    reject(desk, onboarding)
    queue = reverse("admin:onboarding_onboarding_changelist")
    found = {
        (who, choice): onboarding.mzp_login in client.get(f"{queue}?move=anyone&proposal={choice}").content.decode()
        for who, client in (("first", desk), ("second", signed_in(colleague)))
        for choice in ("others", "mine")
    }
    assert found == {
        ("first", "others"): False,
        ("first", "mine"): True,
        ("second", "others"): True,
        ("second", "mine"): False,
    }


def test_an_auditor_decides_nothing(desk, onboarding):
    """The role reads the proposal, and has no button for it."""
    reject(desk, onboarding)
    client = signed_in(staff("auditor"))
    page = case_of(client, onboarding).content.decode()
    assert (NOTE in page, "confirm_proposal" in page) == (True, False)
    form = {"proposal": str(Proposal.objects.get().pk)}
    assert client.post(url(onboarding, "confirm_proposal"), form).status_code == 403
    assert factories.fresh(onboarding).status == Status.SENT


def test_every_dangerous_action_exists():
    """The list of the actions has no action that the workflow never records."""
    assert {*second_reviewer.SECOND_REVIEWER_ACTIONS} <= {*Action}
