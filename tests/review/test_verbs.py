"""The verbs of the desk: each confirmed with the words that the partner then reads, each recorded, none twice."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onboarding.messages.message import Owner
from onboarding.models import Status
from onboarding.workflow import onboardings, requests, transitions
from onboarding.workflow import review as verbs
from tests import factories
from tests.review.conftest import told

pytestmark = pytest.mark.django_db(transaction=True)


def verb(onboarding, name):
    return reverse("admin:desk_verb", args=[onboarding.pk, name])


def shown(onboarding):
    """What a confirmation page holds of the request that it shows."""
    return {f"request-{onboarding.pk}": onboarding.request.fingerprint}


def test_a_returned_request_shows_the_reason_the_fix_and_the_note_to_the_partner(desk, owner, mailoutbox):
    """Preview, confirmation, mail, and what the partner's pages are made from: the same words."""
    one = factories.sent(owner)
    said = {"reasons": ["organization_missing"], "note": "It is Flottes & Fils."}
    preview = desk.post(verb(one, "return"), said | {"preview": "1"}).content.decode()
    assert factories.fresh(one).status == Status.SENT
    assert "Write it as it stands in your contract" in preview
    desk.post(verb(one, "return"), said | {"confirmed": "1"})
    one = factories.fresh(one)
    assert (one.status, one.next_owner, one.request.sent_at) == (Status.RETURNED, Owner.PARTNER, None)
    assert "Write it as it stands in your contract" in mailoutbox[0].body
    assert "It is Flottes & Fils." in mailoutbox[0].body
    assert mailoutbox[0].to == [owner.email]
    assert [reason.code for reason in one.open_return.listed] == ["organization_missing"]


def test_a_mended_request_goes_back_to_the_desk(owner, reviewer):
    """Other details make another key and request; sending it answers the return."""
    one = factories.sent(owner)
    verbs.return_with_reason(one, reviewer, ["organization_missing"])
    onboardings.describe(one, owner, factories.COMPANY | {"organization": "Flottes et Fils"})
    one = factories.fresh(one)
    assert (one.status, one.open_return is None) == (Status.DRAFT, False)
    requests.make_key(one, owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(one.request, owner, factories.PASSPHRASE)
    requests.mark_sent(one.request, owner)
    one = factories.fresh(one)
    assert (one.status, one.next_owner, one.open_return) == (Status.SENT, Owner.US, None)


def test_a_request_that_never_arrived_can_be_sent_again_as_it_is(owner, reviewer):
    """Nothing to mend in it."""
    one = factories.sent(owner)
    verbs.return_with_reason(one, reviewer, ["not_received"])
    requests.mark_sent(one.request, owner)
    assert factories.fresh(one).status == Status.SENT


def test_something_else_needs_a_note(desk, owner):
    """A reason that says nothing is refused."""
    one = factories.sent(owner)
    page = desk.post(verb(one, "return"), {"reasons": ["other"], "note": "", "confirmed": "1"})
    assert page.context["form"].errors == {"note": ["Say in the note what has to be changed."]}
    assert factories.fresh(one).status == Status.SENT


@pytest.mark.parametrize(
    ("name", "said", "status", "move"),
    [
        ("take_over", {}, Status.SENT, Owner.US),
        ("receive", {}, Status.RECEIVED, Owner.OPERATOR),
        ("remind", {"note": ""}, Status.SENT, Owner.US),
        ("reject", {"note": "Not a partner."}, Status.REJECTED, Owner.NOBODY),
        ("withdraw", {"note": "They asked for it."}, Status.WITHDRAWN, Owner.NOBODY),
    ],
)
def test_each_verb_changes_what_it_says_once(desk, reviewer, owner, name, said, status, move):
    """Confirmed twice, as by a double click, it has one effect, and one row that says who did it."""
    one = factories.sent(owner)
    page = desk.get(verb(one, name))
    assert page.status_code == 200
    for _ in range(2):
        desk.post(verb(one, name), said | {"confirmed": "1"})
    one = factories.fresh(one)
    assert (one.status, one.next_owner) == (status, move)
    done = [event for event in one.events.all() if event.verb == name]
    assert [(event.actor, event.address) for event in done] == [(reviewer, "127.0.0.1")] * (
        2 if name == "remind" else 1
    )


def test_an_ended_onboarding_opens_where_it_stood(desk, owner, reviewer):
    """Not at the beginning: the request is still out."""
    one = factories.sent(owner)
    verbs.receive(one, reviewer)
    verbs.reject(one, reviewer, "A mistake.")
    desk.post(verb(one, "reopen"), {"note": "", "confirmed": "1"})
    assert factories.fresh(one).status == Status.RECEIVED


def test_the_desk_puts_a_certificate_in_through_the_partners_own_reading(desk, owner, mailoutbox):
    """The same refusals, the same result, and the partner is told."""
    one = factories.sent(owner)
    files = [
        SimpleUploadedFile(f"{number}.cer", certificate.public_bytes(Encoding.PEM))
        for number, certificate in enumerate(factories.certificates_for(one))
    ]
    refused = desk.post(verb(one, "certificate"), {"text": "no certificate", "client_id": "client-9"})
    assert refused.status_code == 200
    assert "files" in refused.context["form"].errors
    first = desk.post(verb(one, "certificate"), {"files": files, "client_id": "client-9"}, follow=True)
    assert "The certificate is put in, and the partner is told." in told(first)
    one = factories.fresh(one)
    assert one.status == Status.CERTIFIED
    assert [client.value for client in one.client_ids.all()] == ["client-9"]
    assert mailoutbox[-1].subject == "Your certificate is here"


def test_what_brings_no_new_certificate_mails_nobody(desk, owner, mailoutbox):
    """A client ID alone, and the same certificate again, as by a double click: each says so."""
    one = factories.certified(owner)
    same = one.request.issued_certificate.certificate_pem + one.request.issued_certificate.anchors_pem
    only_id = desk.post(verb(one, "certificate"), {"client_id": "client-10"}, follow=True)
    again = desk.post(verb(one, "certificate"), {"text": same}, follow=True)
    assert told(only_id)[-1] == "The client ID is put in; no mail goes out."
    assert told(again)[-1] == "Nothing new was in it; no mail goes out."
    assert "If a certificate is put in, by mail to" in desk.get(verb(one, "certificate")).content.decode()
    assert mailoutbox == []


def test_several_reminders_each_say_the_next_step_of_their_own(desk, owner, mailoutbox):
    """The page shows one of them, and says that the others differ."""
    cases = [factories.described(owner, login="MZP000001"), factories.sent(owner, login="MZP000002")]
    queue = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"
    chosen = {"action": "bulk_remind", ACTION_CHECKBOX_NAME: [case.pk for case in cases], "previewed": "1", "note": ""}
    page = desk.post(queue, chosen).content.decode()
    assert "and each of the others with their own login and their own next step" in page
    assert [case.mzp_login in page for case in cases] == [True, True]
    desk.post(queue, chosen | {"confirmed": "1"})
    bodies = sorted(mail.body for mail in mailoutbox)
    assert "make the key" in "".join(bodies)
    assert "We are waiting for the answer to your request for MZP000002." in "".join(bodies)


def test_what_a_return_does_is_said_to_staff_where_approvals_are_required(desk, owner, settings):
    """And only there."""
    one = factories.sent(owner)
    assert "approved anew" not in desk.get(verb(one, "return")).content.decode()
    settings.REVIEW_REQUIRED = True
    assert "approved anew" in desk.get(verb(one, "return")).content.decode()


def test_several_cases_are_done_at_once_and_the_rest_is_counted_with_the_reason(desk, owner):
    """Two are out, one is still a draft."""
    cases = [factories.sent(owner, login=f"MZP00000{number}") for number in (1, 2)]
    cases.append(factories.described(owner, login="MZP000003"))
    queue = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"
    chosen = {"action": "bulk_receive", ACTION_CHECKBOX_NAME: [case.pk for case in cases]}
    page = desk.post(queue, chosen).content.decode()
    assert "It can be done for 2 of 3 chosen cases." in page
    assert "Not for 1, because the status is draft." in page
    after = desk.post(queue, chosen | {"previewed": "1", "confirmed": "1"}, follow=True)
    assert told(after) == [
        "Received by Stellantis: done for 2 cases.",
        "Received by Stellantis: not done for 1 case, because the status is draft.",
    ]
    assert [factories.fresh(case).status for case in cases] == ["received", "received", "draft"]


def test_with_review_required_only_an_approved_request_can_be_marked_as_sent(desk, owner, settings):
    """A second pair of eyes."""
    settings.REVIEW_REQUIRED = True
    one = factories.with_key(owner)
    requests.prove_passphrase(one.request, owner, factories.PASSPHRASE)
    assert factories.fresh(one).next_owner == Owner.US
    with pytest.raises(transitions.TransitionNotAllowedError):
        requests.mark_sent(one.request, owner)
    assert factories.fresh(one).status == Status.KEY_MADE
    desk.post(verb(one, "approve"), shown(one) | {"confirmed": "1"})
    assert factories.fresh(one).next_owner == Owner.PARTNER
    requests.mark_sent(factories.fresh(one).request, owner)
    assert factories.fresh(one).status == Status.SENT
