"""With REVIEW_REQUIRED: what was looked at is what is approved, and no request waits for whoever can do nothing."""

import uuid

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from onboarding.messages.message import Owner
from onboarding.models import SigningResponse, Status
from onboarding.pki.csr import csr_pem, make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.preflight.checks import preflight
from onboarding.return_reasons import RETURN_REASONS
from onboarding.workflow import onboardings, requests, transitions
from onboarding.workflow import review as verbs
from tests import factories
from tests.factories import fresh
from tests.review.conftest import hub, signed_in, told

pytestmark = pytest.mark.django_db(transaction=True)

MOVED_ON = "the case has changed meanwhile"
QUEUE = reverse("admin:onboarding_onboarding_changelist") + "?move=anyone"


@pytest.fixture(autouse=True)
def review(settings):
    settings.REVIEW_REQUIRED = True


def page(onboarding):
    return reverse("admin:desk_verb", args=[onboarding.pk, "approve"])


def waiting(owner, **how):
    """One whose request waits for our desk."""
    one = factories.with_key(owner, **how)
    requests.prove_passphrase(one.request, owner, factories.PASSPHRASE)
    return fresh(one)


def approved(owner, reviewer):
    one = waiting(owner)
    verbs.approve(one, reviewer, one.request.fingerprint)
    return fresh(one)


def exchange(onboarding, owner):
    """The partner puts another request in the place of the one that is there."""
    requests.replace_request(onboarding, owner)
    requests.make_key(fresh(onboarding), owner, factories.PASSPHRASE, 2048)


def test_a_request_that_was_exchanged_behind_the_confirmation_is_not_approved(desk, owner, reviewer):
    """Neither one alone nor one of several; the others are."""
    one, other = waiting(owner), waiting(owner, login="MZP000002")
    alone = desk.get(page(one))
    held = {f"request-{each.pk}": each.request.fingerprint for each in (one, other)}
    chosen = {"action": "bulk_approve", ACTION_CHECKBOX_NAME: [one.pk, other.pk]}
    several = desk.post(QUEUE, chosen).content.decode()
    for name, fingerprint in held.items():
        assert f'name="{name}" value="{fingerprint}"' in several
    assert held[f"request-{one.pk}"] in alone.content.decode()
    exchange(one, owner)
    after = desk.post(page(one), held | {"confirmed": "1"}, follow=True)
    assert told(after) == [f"Approve: not done for 1 case, because {MOVED_ON}."]
    after = desk.post(QUEUE, chosen | held | {"previewed": "1", "confirmed": "1"}, follow=True)
    assert told(after) == ["Approve: done for 1 case.", f"Approve: not done for 1 case, because {MOVED_ON}."]
    assert [fresh(each).request.approved_at is None for each in (one, other)] == [True, False]
    with pytest.raises(transitions.TransitionNotAllowedError, match=MOVED_ON):
        verbs.approve(one, reviewer, "")


def test_a_request_that_was_exchanged_behind_the_case_is_not_even_offered(desk, owner):
    """The case's own button says which request was looked at there."""
    one = waiting(owner)
    case = desk.get(reverse("admin:onboarding_onboarding_change", args=[one.pk])).content.decode()
    button = f"{page(one)}?request={one.request.fingerprint}"
    assert button in case
    assert desk.get(button).status_code == 200
    exchange(one, owner)
    assert told(desk.get(button, follow=True)) == [f"Approve can’t be done: {MOVED_ON}."]


def test_a_request_that_was_brought_waits_for_our_desk(owner, reviewer):
    """It has no passphrase to be proved; the hub asks for none."""
    one = factories.started(owner)
    onboardings.describe(one, owner, factories.COMPANY)
    csr = make_csr(generate_key(2048), onboardings.requested_subject(fresh(one)))
    requests.import_request(fresh(one), owner, preflight(csr_pem(csr), one.mzp_login))
    one = fresh(one)
    assert (one.status, one.next_owner) == (Status.KEY_MADE, Owner.US)
    text = hub(one)
    assert [words in text for words in ("Wait for our desk", "our move", "Check your passphrase")] == [
        True,
        True,
        False,
    ]
    verbs.approve(one, reviewer, one.request.fingerprint)
    assert fresh(one).next_owner == Owner.PARTNER
    assert "Send the request to Stellantis" in hub(one)


def test_while_it_waits_the_hub_says_for_whom_and_what_comes(owner):
    """Not "your move" over a page without a button."""
    one = factories.with_key(owner)
    assert ("Check your passphrase" in hub(one), "your move" in hub(one)) == (True, True)
    requests.prove_passphrase(one.request, owner, factories.PASSPHRASE)
    text = hub(one)
    assert "Next: our move" in text
    assert "We check every request before it is sent. You get an email when yours is approved." in text


@pytest.mark.parametrize("reason", [code for code, reason in RETURN_REASONS.items() if reason.step == "request"])
def test_what_only_has_to_be_sent_again_keeps_its_approval(owner, reviewer, mailoutbox, reason):
    """The partner can do what the mail says: send it, and note it as sent."""
    one = approved(owner, reviewer)
    requests.mark_sent(one.request, owner)
    verbs.return_with_reason(one, reviewer, [reason], "x")
    one = fresh(one)
    assert (one.status, one.next_owner, one.request.approved_by) == (Status.RETURNED, Owner.PARTNER, reviewer)
    text = hub(one)
    assert ("Send the request again" in text, "your move" in text) == (True, True)
    assert "Note it as sent" in signed_in(owner).get(reverse("onboarding:request", args=[one.pk])).content.decode()
    assert "Our desk looks at the request" not in mailoutbox[-1].body
    requests.mark_sent(one.request, owner)
    assert (fresh(one).status, fresh(one).open_return) == (Status.SENT, None)


def test_what_has_to_change_is_approved_anew(owner, reviewer, mailoutbox):
    """Returned it is the partner's, mended it is ours, approved the partner's again; nothing is asked for twice."""
    one = approved(owner, reviewer)
    requests.mark_sent(one.request, owner)
    verbs.return_with_reason(one, reviewer, ["not_received", "organization_missing"])
    one = fresh(one)
    assert (one.next_owner, one.request.approved_at) == (Owner.PARTNER, None)
    text = hub(one)
    assert ("Correct what is listed above" in text, "your move" in text) == (True, True)
    assert "Our desk looks at the request before it is sent." in mailoutbox[-1].body
    form = signed_in(owner).get(reverse("onboarding:request", args=[one.pk])).content.decode()
    assert ("it was returned, and has to change" in form, "Note it as sent" in form) == (True, False)
    onboardings.describe(one, owner, factories.COMPANY | {"organization": "Flottes et Fils"})
    assert "our desk looks at the request; you get a mail when you can send it" in hub(one)
    requests.make_key(fresh(one), owner, factories.PASSPHRASE, 2048)
    requests.prove_passphrase(fresh(one).request, owner, factories.PASSPHRASE)
    one = fresh(one)
    assert one.next_owner == Owner.US
    text = hub(one)
    assert ("Wait for our desk" in text, "what to do" in text) == (True, False)
    verbs.approve(one, reviewer, one.request.fingerprint)
    one = fresh(one)
    assert (one.status, one.next_owner, one.open_return) == (Status.KEY_MADE, Owner.PARTNER, None)
    assert "what to do" not in hub(one)
    requests.mark_sent(one.request, owner)


def test_a_returned_request_that_is_approved_after_all_can_be_sent(desk, owner, reviewer):
    """It is not returned any more, and nothing is left to be mended."""
    one = waiting(owner)
    verbs.return_with_reason(one, reviewer, ["organization_missing"])
    desk.post(page(one), {f"request-{one.pk}": one.request.fingerprint, "confirmed": "1"})
    one = fresh(one)
    assert (one.status, one.next_owner, one.open_return) == (Status.KEY_MADE, Owner.PARTNER, None)
    assert "what to do" not in hub(one)
    requests.mark_sent(one.request, owner)
    assert fresh(one).status == Status.SENT


def test_a_request_returned_before_its_approval_with_nothing_to_change_stays_ours(owner, reviewer, mailoutbox):
    """The partner has no form for it: only our desk can take the next step."""
    one = waiting(owner)
    verbs.return_with_reason(one, reviewer, ["other"], "Which branch is it for?")
    one = fresh(one)
    assert (one.status, one.next_owner) == (Status.RETURNED, Owner.US)
    text = hub(one)
    assert ("Wait for our desk" in text, "Which branch is it for?" in text) == (True, True)
    assert "Our desk looks at the request before it is sent." in mailoutbox[-1].body


def test_a_returned_request_that_a_rehearsal_signed_can_be_signed_again(owner, reviewer, settings):
    """What came back for it at once is void, and in nobody's way."""
    settings.REVIEW_REQUIRED = False
    one = factories.with_key(owner, environment="rehearsal")
    requests.prove_passphrase(one.request, owner, factories.PASSPHRASE)

    def answer():
        return SigningResponse(request=one.request, certificate_pem="x", ca_pem="x", client_id=str(uuid.uuid4()))

    requests.mark_sent(one.request, owner, answer())
    verbs.return_with_reason(one, reviewer, ["not_received"])
    assert not SigningResponse.objects.exists()
    requests.mark_sent(fresh(one).request, owner, answer())
    assert SigningResponse.objects.get().request == fresh(one).request


def test_without_reviews_a_return_says_nothing_of_them(owner, reviewer, settings, mailoutbox):
    """Not in the mail, and not on the hub."""
    settings.REVIEW_REQUIRED = False
    one = factories.sent(owner)
    verbs.return_with_reason(one, reviewer, ["organization_missing"])
    assert fresh(one).next_owner == Owner.PARTNER
    assert "Our desk looks at" not in mailoutbox[-1].body
    text = hub(one)
    assert ("send the request again" in text, "our desk looks at the request" in text) == (True, False)


@pytest.mark.database
@pytest.mark.parametrize("fingerprint", ["", "\0", "f" * 64])
def test_what_is_no_requests_fingerprint_approves_nothing(owner, reviewer, fingerprint):
    """Whatever the form sends in its place, a NUL too, ends as a case that has changed."""
    one = waiting(owner)
    with pytest.raises(transitions.TransitionNotAllowedError, match=MOVED_ON):
        verbs.approve(one, reviewer, fingerprint)
    assert fresh(one).request.approved_at is None
