"""With REVIEW_REQUIRED: staff approve only the request that they have seen, and the next owner is able to act."""

import uuid

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from onboarding.messages.message import Owner
from onboarding.models import Action, CertificateRequest, SigningResponse, Status
from onboarding.notifications.partner_emails import partner_email
from onboarding.pki.csr import csr_pem, make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.preflight.checks import preflight
from onboarding.return_reasons import RETURN_REASONS
from onboarding.workflow import onboardings, requests, transitions
from onboarding.workflow import review as review_workflow
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub_text, messages_of, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

MOVED_ON = "the case has changed meanwhile"  # the workflow's error
CASE_CHANGED = "The case has changed in the meantime, so nothing was done. Look at it again."
# What partners read: the first two on the hub, the third in the email about a return, the last on the request's page.
RETURNED = "Your request was returned: what to do"
CHECKED_FIRST = "We then check the request, and email you when you can send it."
CHECKED_FIRST_EMAIL = "Our desk checks the request before it is sent."
CONFIRM_SENT = "I’ve sent it"
QUEUE = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"


@pytest.fixture(autouse=True)
def review(settings):
    settings.REVIEW_REQUIRED = True


def approve_url(onboarding):
    return reverse("admin:review_action", args=[onboarding.pk, "approve"])


def waiting(owner, **details):
    """Return an onboarding whose request waits for approval."""
    onboarding = factories.with_key(owner, **details)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    return fresh(onboarding)


def approved(owner, reviewer):
    onboarding = waiting(owner)
    review_workflow.approve(onboarding, reviewer, onboarding.request.fingerprint)
    return fresh(onboarding)


def request_page(onboarding):
    """Return the HTML of the request's page as its partner sees it."""
    return signed_in(onboarding.owner).get(reverse("onboarding:request", args=[onboarding.pk])).content.decode()


def replace_request(onboarding, owner):
    """Replace the current request by a new request, as the partner does."""
    requests.replace_request(onboarding, owner)
    requests.make_key(fresh(onboarding), owner, factories.PASSPHRASE, 2048)


def test_a_request_replaced_after_the_confirmation_page_is_not_approved(desk, owner, reviewer):
    """The confirmation of one case and of several refuses the replaced request, and approves the others."""
    onboarding, other = waiting(owner), waiting(owner, login="MZP000002")
    alone = desk.get(approve_url(onboarding))
    shown = {f"request-{each.pk}": each.request.fingerprint for each in (onboarding, other)}
    chosen = {"action": "bulk_approve", ACTION_CHECKBOX_NAME: [onboarding.pk, other.pk]}
    several = desk.post(QUEUE, chosen).content.decode()
    for name, fingerprint in shown.items():
        assert f'name="{name}" value="{fingerprint}"' in several
    assert shown[f"request-{onboarding.pk}"] in alone.content.decode()
    replace_request(onboarding, owner)
    after = desk.post(approve_url(onboarding), shown | {"confirmed": "1"}, follow=True)
    assert messages_of(after) == [CASE_CHANGED]
    after = desk.post(QUEUE, chosen | shown | {"previewed": "1", "confirmed": "1"}, follow=True)
    assert messages_of(after) == [
        "Approved. We are emailing the partner.",
        "1 case is left out because it has changed in the meantime.",
    ]
    assert [fresh(each).request.approved_at is None for each in (onboarding, other)] == [True, False]
    with pytest.raises(transitions.TransitionNotAllowedError, match=MOVED_ON):
        review_workflow.approve(onboarding, reviewer, "")


def test_a_request_replaced_after_the_case_page_is_not_offered(desk, owner):
    """The button on the case page contains the fingerprint of the request that the page showed."""
    onboarding = waiting(owner)
    case = desk.get(reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])).content.decode()
    button = f"{approve_url(onboarding)}?request={onboarding.request.fingerprint}"
    assert button in case
    assert desk.get(button).status_code == 200
    replace_request(onboarding, owner)
    assert messages_of(desk.get(button, follow=True)) == [CASE_CHANGED]


def test_an_imported_request_waits_for_approval(owner, reviewer):
    """We have no key for such a request, so the hub doesn't ask for its passphrase."""
    onboarding = factories.started(owner)
    onboardings.describe(onboarding, owner, factories.COMPANY)
    csr = make_csr(generate_key(2048), onboardings.requested_subject(fresh(onboarding)))
    requests.import_request(fresh(onboarding), owner, preflight(csr_pem(csr), onboarding.mzp_login))
    onboarding = fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner) == (Status.KEY_MADE, Owner.US)
    text = hub_text(onboarding)
    assert [expected in text for expected in ("Wait for our desk", "our move", "Check your passphrase")] == [
        True,
        True,
        False,
    ]
    review_workflow.approve(onboarding, reviewer, onboarding.request.fingerprint)
    assert fresh(onboarding).next_owner == Owner.PARTNER
    assert "Send the request to Stellantis" in hub_text(onboarding)


def test_while_a_request_waits_the_hub_names_the_owner_and_the_next_event(owner):
    """The hub names the owner of the next move and what happens next."""
    onboarding = factories.with_key(owner)
    assert ("Check your passphrase" in hub_text(onboarding), "your move" in hub_text(onboarding)) == (True, True)
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)
    text = hub_text(onboarding)
    assert "Next: our move" in text
    assert "We check every request before it is sent. You get an email when yours is approved." in text


@pytest.mark.parametrize("reason", [code for code, reason in RETURN_REASONS.items() if reason.step == "request"])
def test_a_request_that_only_has_to_be_sent_again_stays_approved(owner, reviewer, mailoutbox, reason):
    """The partner can send the same request again, as the email says."""
    onboarding = approved(owner, reviewer)
    requests.mark_sent(onboarding.request, owner)
    review_workflow.return_with_reason(onboarding, reviewer, [reason], "x")
    onboarding = fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner, onboarding.request.approved_by) == (
        Status.RETURNED,
        Owner.PARTNER,
        reviewer,
    )
    text = hub_text(onboarding)
    assert ("Send the request again" in text, "your move" in text) == (True, True)
    assert CONFIRM_SENT in request_page(onboarding)
    assert CHECKED_FIRST_EMAIL not in mailoutbox[-1].body
    requests.mark_sent(onboarding.request, owner)
    assert (fresh(onboarding).status, fresh(onboarding).open_return) == (Status.SENT, None)


def test_a_request_that_has_to_change_needs_a_new_approval(owner, reviewer, mailoutbox):
    """The partner moves after the return, the desk after the correction, and the partner after the approval."""
    onboarding = approved(owner, reviewer)
    requests.mark_sent(onboarding.request, owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["not_received", "organization_missing"])
    onboarding = fresh(onboarding)
    assert (onboarding.next_owner, onboarding.request.approved_at) == (Owner.PARTNER, None)
    text = hub_text(onboarding)
    assert ("Make the corrections listed above" in text, "your move" in text) == (True, True)
    assert CHECKED_FIRST_EMAIL in mailoutbox[-1].body
    page = request_page(onboarding)
    assert ("They create a new request." in page, CONFIRM_SENT in page) == (True, False)
    onboardings.describe(onboarding, owner, factories.COMPANY | {"organization": "Flottes et Fils"})
    text = hub_text(onboarding)
    assert (RETURNED in text, CHECKED_FIRST in text) == (True, True)
    requests.make_key(fresh(onboarding), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(fresh(onboarding).request, owner, factories.PASSPHRASE)
    onboarding = fresh(onboarding)
    assert onboarding.next_owner == Owner.US
    text = hub_text(onboarding)
    assert ("Wait for our desk" in text, RETURNED in text) == (True, False)
    review_workflow.approve(onboarding, reviewer, onboarding.request.fingerprint)
    onboarding = fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner, onboarding.open_return) == (Status.KEY_MADE, Owner.PARTNER, None)
    assert RETURNED not in hub_text(onboarding)
    requests.mark_sent(onboarding.request, owner)


def test_a_returned_request_that_is_then_approved_can_be_sent(desk, owner, reviewer):
    """The approval closes the return."""
    onboarding = waiting(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["organization_missing"])
    desk.post(approve_url(onboarding), {f"request-{onboarding.pk}": onboarding.request.fingerprint, "confirmed": "1"})
    onboarding = fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner, onboarding.open_return) == (Status.KEY_MADE, Owner.PARTNER, None)
    assert RETURNED not in hub_text(onboarding)
    requests.mark_sent(onboarding.request, owner)
    assert fresh(onboarding).status == Status.SENT


def test_a_request_returned_before_its_approval_with_nothing_to_change_stays_ours(owner, reviewer, mailoutbox):
    """Only the desk can act next, because the partner has nothing to correct."""
    onboarding = waiting(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["other"], "Which branch is it for?")
    onboarding = fresh(onboarding)
    assert (onboarding.status, onboarding.next_owner) == (Status.RETURNED, Owner.US)
    text = hub_text(onboarding)
    assert ("Wait for our desk" in text, "Which branch is it for?" in text) == (True, True)
    assert CHECKED_FIRST_EMAIL in mailoutbox[-1].body


def test_a_returned_request_can_be_signed_again_by_the_rehearsal(owner, reviewer, settings):
    """The return deletes the first signing response, and a second one can be stored."""
    settings.REVIEW_REQUIRED = False
    onboarding = factories.with_key(owner, environment="rehearsal")
    requests.prove_passphrase(onboarding.request, owner, factories.PASSPHRASE)

    def signing_response():
        return SigningResponse(request=onboarding.request, certificate_pem="x", ca_pem="x", client_id=str(uuid.uuid4()))

    requests.mark_sent(onboarding.request, owner, signing_response())
    review_workflow.return_with_reason(onboarding, reviewer, ["not_received"])
    assert not SigningResponse.objects.exists()
    requests.mark_sent(fresh(onboarding).request, owner, signing_response())
    assert SigningResponse.objects.get().request == fresh(onboarding).request


def test_without_required_reviews_a_return_does_not_mention_approval(owner, reviewer, settings, mailoutbox):
    """Neither the email nor the hub mentions an approval."""
    settings.REVIEW_REQUIRED = False
    onboarding = factories.sent(owner)
    review_workflow.return_with_reason(onboarding, reviewer, ["organization_missing"])
    assert fresh(onboarding).next_owner == Owner.PARTNER
    assert CHECKED_FIRST_EMAIL not in mailoutbox[-1].body
    text = hub_text(onboarding)
    assert ("then send the request again." in text, CHECKED_FIRST in text) == (True, False)


@pytest.mark.database
@pytest.mark.parametrize("fingerprint", ["", "\0", "f" * 64])
def test_a_wrong_fingerprint_approves_nothing(owner, reviewer, fingerprint):
    """An empty, unknown or unstorable fingerprint is refused as a changed case."""
    onboarding = waiting(owner)
    with pytest.raises(transitions.TransitionNotAllowedError, match=MOVED_ON):
        review_workflow.approve(onboarding, reviewer, fingerprint)
    assert fresh(onboarding).request.approved_at is None


@pytest.mark.parametrize("needed", [True, False])
def test_sending_and_the_email_about_a_return_ask_the_request_whether_it_needs_approval(
    owner, settings, monkeypatch, needed
):
    """The rule stands once: both follow `needs_approval`, whatever the setting and the columns say."""
    settings.REVIEW_REQUIRED = False
    sent, unsent = factories.sent(owner), waiting(owner, login="MZP000002")
    settings.REVIEW_REQUIRED = not needed
    monkeypatch.setattr(CertificateRequest, "needs_approval", needed)
    assert (CHECKED_FIRST_EMAIL in partner_email(Action.RETURN, sent, reasons=["not_received"]).body) is needed
    if needed:
        with pytest.raises(transitions.TransitionNotAllowedError, match="not approved"):
            requests.mark_sent(unsent.request, owner)
    else:
        requests.mark_sent(unsent.request, owner)
    assert fresh(unsent).status == ("key_made" if needed else "sent")


def test_the_preview_of_a_return_changes_nothing(owner, reviewer):
    """The preview says that an approval follows, and the request keeps its approval and stays sent."""
    onboarding = approved(owner, reviewer)
    requests.mark_sent(onboarding.request, owner)
    assert CHECKED_FIRST_EMAIL in partner_email(Action.RETURN, onboarding, reasons=["country_unknown"]).body
    assert CHECKED_FIRST_EMAIL not in partner_email(Action.RETURN, onboarding, reasons=["not_received"]).body
    request = fresh(onboarding).request
    assert (request.approved_at is None, request.sent_at is None) == (False, False)
