"""The review actions: each shows the email before it is confirmed, is recorded, and has its effect only once."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from onboarding.messages.message import Owner
from onboarding.models import Status
from onboarding.workflow import onboardings, requests, transitions
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.review.conftest import messages_of

pytestmark = pytest.mark.django_db(transaction=True)


def action_url(onboarding, name):
    return reverse("admin:review_action", args=[onboarding.pk, name])


def shown_fingerprint(onboarding):
    """Return the form field with the fingerprint of the request that a confirmation page shows."""
    return {f"request-{onboarding.pk}": onboarding.request.fingerprint}


def test_a_returned_request_shows_the_reason_the_fix_and_the_note_to_the_partner(desk, owner, mailoutbox):
    """The preview, the email and the stored return have the same reason, fix and note."""
    onboarding = factories.sent(owner)
    fix = "Enter the name from your contract, then make a new key and request."
    entered = {"reasons": ["organization_missing"], "note": "It is Flottes & Fils."}
    preview = desk.post(action_url(onboarding, "return"), entered | {"preview": "1"}).content.decode()
    assert factories.fresh(onboarding).status == Status.SENT
    assert fix in preview
    desk.post(action_url(onboarding, "return"), entered | {"confirmed": "1"})
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner, onboarding.request.sent_at) == (
        Status.RETURNED,
        Owner.PARTNER,
        None,
    )
    assert fix in mailoutbox[0].body
    assert "It is Flottes & Fils." in mailoutbox[0].body
    assert mailoutbox[0].to == [owner.email]
    assert [reason.code for reason in onboarding.open_return.listed] == ["organization_missing"]


def test_a_corrected_request_goes_back_to_the_desk(owner, reviewer):
    """Changed details need a new key and request; sending it closes the return."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["organization_missing"])
    onboardings.describe(onboarding, owner, factories.COMPANY | {"organization": "Flottes et Fils"})
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.open_return is None) == (Status.DRAFT, False)
    requests.make_key(onboarding, owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    requests.mark_sent(onboarding.request, owner)
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner, onboarding.open_return) == (Status.SENT, Owner.US, None)


def test_a_request_that_never_arrived_can_be_sent_again_unchanged(owner, reviewer):
    """The same request counts as sent again."""
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["not_received"])
    requests.mark_sent(onboarding.request, owner)
    assert factories.fresh(onboarding).status == Status.SENT


def test_something_else_needs_a_note(desk, owner):
    """The reason "something else" without a note is refused."""
    onboarding = factories.sent(owner)
    page = desk.post(action_url(onboarding, "return"), {"reasons": ["other"], "note": "", "confirmed": "1"})
    assert page.context["form"].errors == {"note": ["Say in the note what has to be changed."]}
    assert factories.fresh(onboarding).status == Status.SENT


@pytest.mark.parametrize(
    ("name", "entered", "status", "next_owner"),
    [
        ("take_over", {}, Status.SENT, Owner.US),
        ("receive", {}, Status.RECEIVED, Owner.OPERATOR),
        ("remind", {"note": ""}, Status.SENT, Owner.US),
        ("reject", {"note": "Not a partner."}, Status.REJECTED, Owner.NOBODY),
        ("withdraw", {"note": "They asked for it."}, Status.WITHDRAWN, Owner.NOBODY),
    ],
)
def test_each_action_has_its_effect_once(desk, reviewer, owner, name, entered, status, next_owner):
    """A second confirmation, as by a double click, has no effect, and one event says who acted."""
    onboarding = factories.sent(owner)
    page = desk.get(action_url(onboarding, name))
    assert page.status_code == 200
    for _ in range(2):
        desk.post(action_url(onboarding, name), entered | {"confirmed": "1"})
    onboarding = factories.fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner) == (status, next_owner)
    done = [event for event in onboarding.events.all() if event.verb == name]
    assert [(event.actor, event.address) for event in done] == [(reviewer, "127.0.0.1")] * (
        2 if name == "remind" else 1
    )


def test_a_closed_onboarding_is_reopened_with_its_previous_status(desk, owner, reviewer):
    """It gets the status that it had before it was closed."""
    onboarding = factories.sent(owner)
    review_workflow.receive(onboarding, reviewer)
    review_workflow.reject(onboarding, reviewer, "A mistake.")
    desk.post(action_url(onboarding, "reopen"), {"note": "", "confirmed": "1"})
    assert factories.fresh(onboarding).status == Status.RECEIVED


def test_staff_upload_a_certificate_with_the_same_checks_as_the_partner(desk, owner, mailoutbox):
    """The desk's form refuses and accepts the same files as the partner's form, and the partner is emailed."""
    onboarding = factories.sent(owner)
    files = [
        SimpleUploadedFile(f"{number}.cer", certificate.public_bytes(Encoding.PEM))
        for number, certificate in enumerate(factories.certificates_for(onboarding))
    ]
    refused = desk.post(action_url(onboarding, "certificate"), {"text": "no certificate", "client_id": "client-9"})
    assert refused.status_code == 200
    assert "files" in refused.context["form"].errors
    first = desk.post(action_url(onboarding, "certificate"), {"files": files, "client_id": "client-9"}, follow=True)
    assert "The certificate was added. We are emailing the partner." in messages_of(first)
    onboarding = factories.fresh(onboarding)
    assert onboarding.status == Status.CERTIFIED
    assert [client.value for client in onboarding.client_ids.all()] == ["client-9"]
    assert mailoutbox[-1].subject == "Your certificate is here"


def test_an_upload_without_a_new_certificate_sends_no_email(desk, owner, mailoutbox):
    """A client ID alone and a certificate that is already stored send no email, and the message says so."""
    onboarding = factories.certified(owner)
    mailoutbox.clear()
    same = onboarding.request.issued_certificate.certificate_pem + onboarding.request.issued_certificate.anchors_pem
    only_id = desk.post(action_url(onboarding, "certificate"), {"client_id": "client-10"}, follow=True)
    again = desk.post(action_url(onboarding, "certificate"), {"text": same}, follow=True)
    assert messages_of(only_id)[-1] == "The client ID was added. No email was sent."
    assert messages_of(again)[-1] == "Everything in the upload was already stored. No email was sent."
    assert (
        "If you upload a new certificate, we send this email to"
        in desk.get(action_url(onboarding, "certificate")).content.decode()
    )
    assert mailoutbox == []


def test_each_of_several_reminders_has_its_own_next_step(desk, owner, mailoutbox):
    """The page shows the first email, and says that the others differ."""
    cases = [factories.described(owner, login="MZP000001"), factories.sent(owner, login="MZP000002")]
    queue = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"
    chosen = {"action": "bulk_remind", ACTION_CHECKBOX_NAME: [case.pk for case in cases], "previewed": "1", "note": ""}
    page = desk.post(queue, chosen).content.decode()
    assert "The others get one with their own login and next step:" in page
    assert [case.mzp_login in page for case in cases] == [True, True]
    desk.post(queue, chosen | {"confirmed": "1"})
    reminders = sorted(email.body.split("\n")[0] for email in mailoutbox)
    assert reminders == [
        (
            "You sent your request for MZP000002, and we confirm that Stellantis has it. If you have Stellantis’ email "
            "already, upload your certificate."
        ),
        "Your onboarding for MZP000001 waits for you. The next step: create the key and the request.",
    ]


def test_the_return_page_explains_the_effect_on_the_approval(desk, owner, settings):
    """The page explains the effect on the approval only if approvals are required."""
    onboarding = factories.sent(owner)
    assert "you approve the new one again" not in desk.get(action_url(onboarding, "return")).content.decode()
    settings.REVIEW_REQUIRED = True
    assert "you approve the new one again" in desk.get(action_url(onboarding, "return")).content.decode()


def test_a_bulk_action_skips_impossible_cases_and_gives_the_reason(desk, owner):
    """Two of the three requests were sent, and the third case is a draft."""
    cases = [factories.sent(owner, login=f"MZP00000{number}") for number in (1, 2)]
    cases.append(factories.described(owner, login="MZP000003"))
    queue = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"
    chosen = {"action": "bulk_receive", ACTION_CHECKBOX_NAME: [case.pk for case in cases]}
    page = desk.post(queue, chosen).content.decode()
    assert "This is possible for 2 of 3 selected cases." in page
    assert "1 case is left out because its status is “Draft”." in page
    after = desk.post(queue, chosen | {"previewed": "1", "confirmed": "1"}, follow=True)
    assert messages_of(after) == [
        "Marked 2 requests as received. We are emailing the partners.",
        "1 case is left out because its status is “Draft”.",
    ]
    assert [factories.fresh(case).status for case in cases] == ["received", "received", "draft"]


def test_with_review_required_only_an_approved_request_can_be_marked_as_sent(desk, owner, settings):
    """The partner can send the request only after the desk has approved it."""
    settings.REVIEW_REQUIRED = True
    onboarding = factories.with_key(owner)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    assert factories.fresh(onboarding).next_owner == Owner.US
    with pytest.raises(transitions.TransitionNotAllowedError):
        requests.mark_sent(onboarding.request, owner)
    assert factories.fresh(onboarding).status == Status.KEY_MADE
    desk.post(action_url(onboarding, "approve"), shown_fingerprint(onboarding) | {"confirmed": "1"})
    assert factories.fresh(onboarding).next_owner == Owner.PARTNER
    requests.mark_sent(factories.fresh(onboarding).request, owner)
    assert factories.fresh(onboarding).status == Status.SENT


def test_uploads_and_additions_of_the_desk_have_limits(desk, owner, settings):
    """The desk reads uploads with the partners' limits, and its notes and repeated emails have one as well."""
    settings.UPLOADS_IN_10_MINUTES = settings.DESK_ADDITIONS_IN_10_MINUTES = 2
    onboarding = factories.sent(owner)
    form = {"text": "no certificate", "client_id": "", "client_id_label": ""}
    pages = [desk.post(action_url(onboarding, "certificate"), form) for _ in range(3)]
    refused = [page.context["form"].non_field_errors() for page in pages]
    assert refused[:2] == [[], []]
    assert refused[2][0].startswith("You uploaded files many times")
    for number in range(3):
        page = desk.post(action_url(onboarding, "note"), {"text": f"note {number}"}, follow=True)
    assert messages_of(page)[-1].startswith("You added many notes")
    assert desk.post(action_url(onboarding, "send_again"), {"email": "1"}).status_code == 302
    assert onboarding.staff_notes.count() == 2
