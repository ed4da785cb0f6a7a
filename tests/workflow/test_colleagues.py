"""Colleagues: who may do what, invitations that work once, the handover, and the move to another account."""

import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding.models import AuditRecord, Invitation, Membership, Onboarding, Role, User
from onboarding.notifications.recipients import recipients_of
from onboarding.pki.bundles import PUBLIC_FILES
from onboarding.urls import partner_urls
from onboarding.workflow import colleagues, onboardings, review
from onboarding.workflow.limits import LimitReachedError
from onboarding.workflow.next_step import onboardings_of
from onboarding.workflow.transitions import TransitionNotAllowedError
from tests import factories
from tests.review.conftest import signed_in
from tests.workflow.concurrency import run_together

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "velvet-anchor-92-river"


@pytest.fixture
def onboarding(owner):
    return factories.started(owner)


@pytest.fixture
def colleague(db):
    return factories.verified(factories.partner("colleague@flottes.example"))


def join(onboarding, user, role):
    """Let `user` share the onboarding."""
    Membership.objects.create(onboarding=onboarding, user=user, role=role)
    return user


def url(onboarding, name="hub"):
    return reverse(f"onboarding:{name}", args=[onboarding.pk])


def link_in(message):
    """Return the path of the link in an email."""
    return urlsplit(re.search(r"http\S+/invitations/\S+", message.body)[0]).path


def invite(onboarding, sender, mailoutbox, email="colleague@flottes.example", role=Role.MEMBER):
    """Invite an address; return the path of the link in the email."""
    colleagues.invite(onboarding, sender, email, role)
    assert mailoutbox[-1].to == [email]
    return link_in(mailoutbox[-1])


# By the name of an address: the least role that may open it. Every address of an onboarding is in it.
NEEDS = dict.fromkeys(
    ["hub", "colleagues", "leave", "request_csr", "request_email", "request_reminder", "practice_file", "expiry"]
    + ["report_txt", "report_json"]
    + [name.replace(".", "_") for name in PUBLIC_FILES],
    Role.READER,
) | dict.fromkeys(["discard", "hand_over"], Role.OWNER)
NAMES = [pattern.name for pattern in partner_urls if "<uuid:pk>" in str(pattern.pattern)]


def status_of(client, method, name, onboarding):
    """Return "404", "refused" for a redirect to the hub with its sentence, and "allowed" for anything else."""
    parts = {"name": "certificate.pem"} if name == "practice_file" else {}
    address = reverse(f"onboarding:{name}", kwargs={"pk": onboarding.pk, **parts})
    response = client.generic(method, address)
    if response.status_code == 404 and name != "practice_file":
        return "404"
    if response.status_code == 302 and response.url == url(onboarding):
        texts = [str(message) for message in client.get(url(onboarding)).context["messages"]]
        if {"Only the owner can do this.", "You can only read this onboarding."} & {*texts}:
            return "refused"
    return "allowed"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_needs_the_expected_role(owner, colleague, method):
    """Readers only read, members do everything but what is the owner's, and strangers get a 404."""
    onboarding, stranger = factories.started(owner), factories.partner("stranger@flottes.example")
    membership = Membership.objects.create(onboarding=onboarding, user=colleague, role=Role.READER)
    theirs, own = signed_in(stranger), signed_in(colleague)
    for name in NAMES:
        needs = NEEDS.get(name, Role.MEMBER)
        if name == "leave" and method == "POST":
            continue  # it would end the membership
        assert status_of(theirs, method, name, onboarding) == "404" or name == "practice_file", name
        for role in (Role.READER, Role.MEMBER):
            Membership.objects.filter(pk=membership.pk).update(role=role)
            expected = "allowed" if role.includes(needs) else "refused"
            assert status_of(own, method, name, onboarding) == expected, (name, role)
        if name == "withdraw":
            Onboarding.objects.update(status="draft")


def test_a_form_that_a_role_does_not_allow_is_recorded(owner, colleague):
    """The record names the account and the role that was needed. Nothing else happens."""
    onboarding = factories.started(owner)
    join(onboarding, colleague, Role.READER)
    signed_in(colleague).post(url(onboarding, "withdraw"))
    record = AuditRecord.objects.get(kind="refused")
    assert (record.actor, record.details) == (colleague.pk, {"reason": "role", "needs": "member"})
    assert factories.fresh(onboarding).status == "draft"


def test_a_reader_sees_the_hub_without_buttons(owner, colleague):
    """The pages that need a member are not linked."""
    onboarding = factories.certified(owner)
    join(onboarding, colleague, Role.READER)
    page = signed_in(colleague).get(url(onboarding)).content.decode()
    assert "You can only read this onboarding." in page
    linked = [name for name in ("renew", "withdraw", "replace", "test", "certificate") if url(onboarding, name) in page]
    assert (linked, onboarding.mzp_login in signed_in(colleague).get("/onboardings/").content.decode()) == ([], True)


def test_an_invited_account_joins_with_the_link(onboarding, owner, colleague, mailoutbox):
    """The link asks first, works once, and the history says who joined."""
    path = invite(onboarding, owner, mailoutbox)
    client = signed_in(colleague)
    assert client.get(url(onboarding)).status_code == 404
    assert "invites you to work on this onboarding" in client.get(path).content.decode()
    assert Membership.objects.count() == 0
    assert client.post(path).url == url(onboarding)
    assert onboarding.role_of(colleague) == Role.MEMBER
    assert (client.get(path).status_code, client.post(path).status_code) == (410, 410)
    events = [(event.verb, event.actor) for event in onboarding.events.all()]
    assert events == [("start", owner), ("invite", owner), ("join", colleague)]
    assert colleague.email in client.get(url(onboarding)).content.decode()
    assert mailoutbox[-1].to == [owner.email]


def test_somebody_without_an_account_signs_up_and_joins(onboarding, owner, mailoutbox, client, settings):
    """The link has confirmed the address, also where only invited people may sign up."""
    settings.SIGNUP, settings.ACCOUNT_EMAIL_VERIFICATION = "invitation", "mandatory"
    path = invite(onboarding, owner, mailoutbox, "new@flottes.example", Role.READER)
    page = client.get(path).content.decode()
    assert f"{reverse('account_signup')}?next={path}" in unquote(page)
    mailoutbox.clear()
    form = {"email": "new@flottes.example", "password1": "Konto 7f2a91bc44d0 offen", "next": path}
    response = client.post(reverse("account_signup"), form)
    assert response.url == path
    assert client.post(path).url == url(onboarding)
    assert onboarding.role_of(User.objects.get(email="new@flottes.example")) == Role.READER


def test_an_invitation_says_nothing_about_accounts(onboarding, owner, colleague, browser_of, mailoutbox):
    """The response and the email are the same for an address with an account and one without, but for the link."""
    texts = []
    for email in (colleague.email, "nobody@flottes.example"):
        form = {"email": email, "role": "member"}
        response = browser_of.post(url(onboarding, "colleagues"), form, follow=True)
        sent = mailoutbox.pop()
        body = sent.body.replace(link_in(sent), "").replace(email, "")
        said = [str(message).replace(email, "") for message in response.context["messages"]]
        texts.append((said, sent.subject, body, mailoutbox[:]))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("how", ["other_account", "expired", "revoked", "replaced", "forged", "sender_left", "closed"])
def test_a_link_that_must_not_work_gives_no_access(onboarding, owner, colleague, mailoutbox, how):
    """Each way to use a link wrongly leaves the onboarding a 404."""
    sender = join(onboarding, factories.partner("sender@flottes.example"), Role.MEMBER)
    path = invite(onboarding, sender, mailoutbox)
    user, clock = colleague, timezone.now()
    if how == "other_account":
        user = factories.partner("other@flottes.example")
    elif how == "expired":
        clock += timedelta(days=8)
    elif how == "revoked":
        colleagues.revoke_invitation(onboarding, owner, str(Invitation.objects.get().pk))
    elif how == "replaced":
        assert invite(onboarding, owner, mailoutbox) != path
    elif how == "forged":
        path = reverse("onboarding:invitation", args=[signing.dumps(str(Invitation.objects.get().pk), salt="another")])
    elif how == "sender_left":
        colleagues.leave(onboarding, sender)
    else:
        onboardings.withdraw(onboarding, owner)
    with time_machine.travel(clock, tick=False):
        client = signed_in(user)
        client.get(path)
        client.post(path)
        assert (client.get(url(onboarding)).status_code, onboarding.role_of(user)) == (404, None)


@pytest.mark.database
def test_a_link_that_is_used_twice_at_once_makes_one_member(onboarding, owner, colleague, mailoutbox):
    """The second use is refused."""
    invite(onboarding, owner, mailoutbox)
    invitation = Invitation.objects.get()
    results = run_together(*[lambda: colleagues.accept_invitation(invitation, colleague)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "TransitionNotAllowedError"]
    assert onboarding.events.filter(verb="join").count() == 1


def test_an_address_gets_few_invitations_a_day(onboarding, owner, settings):
    """Also if several accounts send them."""
    settings.INVITATIONS_OF_AN_ADDRESS_A_DAY, settings.COLLEAGUES = 2, 3
    other = factories.partner("other@flottes.example")
    colleagues.invite(onboarding, owner, "victim@flottes.example", Role.READER)
    colleagues.invite(factories.started(other), other, "Victim@flottes.example", Role.READER)
    with pytest.raises(LimitReachedError, match="address_invitations"):
        colleagues.invite(onboarding, owner, "victim@flottes.example", Role.READER)
    for number in range(2):
        colleagues.invite(onboarding, owner, f"{number}@flottes.example", Role.READER)
    with pytest.raises(LimitReachedError, match="colleagues"):
        colleagues.invite(onboarding, owner, "4@flottes.example", Role.READER)


def test_nobody_is_invited_twice_or_to_what_is_theirs(onboarding, owner, colleague, browser_of, mailoutbox):
    """The form says so. The people of an onboarding are on the same page, so this tells nothing new."""
    join(onboarding, colleague, Role.READER)
    for email in (owner.email, colleague.email.upper()):
        page = browser_of.post(url(onboarding, "colleagues"), {"email": email, "role": "member"})
        assert "may open the onboarding already" in page.context["form"].errors["email"][0]
    assert (mailoutbox, Invitation.objects.count()) == ([], 0)


def test_a_member_is_removed_or_leaves(onboarding, owner, colleague, browser_of, mailoutbox):
    """Both end the access at once. The owner can't be removed and can't leave."""
    membership = Membership.objects.create(onboarding=onboarding, user=colleague, role=Role.MEMBER)
    browser_of.post(url(onboarding, "remove_colleague"), {"membership": membership.pk})
    assert (onboarding.role_of(colleague), mailoutbox[-1].to) == (None, [colleague.email])
    join(onboarding, colleague, Role.MEMBER)
    signed_in(colleague).post(url(onboarding, "remove_colleague"), {"membership": owner.pk})
    signed_in(colleague).post(url(onboarding, "leave"))
    assert {event.verb for event in onboarding.events.all()} == {"start", "remove_colleague", "leave"}
    with pytest.raises(TransitionNotAllowedError):
        colleagues.leave(onboarding, owner)
    assert (factories.fresh(onboarding).owner, Membership.objects.count()) == (owner, 0)


@pytest.mark.database
def test_the_ownership_passes_when_the_other_accepts(onboarding, owner, colleague, browser_of, mailoutbox):
    """Until then nothing changes. Afterwards the former owner is a member."""
    membership = Membership.objects.create(onboarding=onboarding, user=colleague, role=Role.MEMBER)
    browser_of.post(url(onboarding, "hand_over"), {"membership": membership.pk})
    assert factories.fresh(onboarding).owner == owner
    path = link_in(mailoutbox[-1])
    client = signed_in(colleague)
    assert "Become the owner" in client.get(path).content.decode()
    client.post(path)
    onboarding = factories.fresh(onboarding)
    assert (onboarding.role_of(colleague), onboarding.role_of(owner)) == (Role.OWNER, Role.MEMBER)
    record = AuditRecord.objects.filter(details__verb="hand_over").get()
    assert (record.actor, record.details["before"]) == (colleague.pk, owner.pk)
    assert [(message.to, message.subject) for message in mailoutbox[1:]] == [
        ([owner.email], "Your onboarding has a new owner")
    ]


def test_an_offer_ends_when_the_member_is_removed(onboarding, owner, colleague, mailoutbox):
    """A former member does not become the owner."""
    membership = Membership.objects.create(onboarding=onboarding, user=colleague, role=Role.MEMBER)
    colleagues.hand_over(onboarding, owner, membership.pk)
    link = link_in(mailoutbox[0])
    colleagues.remove_colleague(onboarding, owner, membership.pk)
    signed_in(colleague).post(link)
    assert factories.fresh(onboarding).owner == owner


def test_emails_go_to_the_owner_and_the_members_who_want_them(onboarding, owner, colleague, mailoutbox):
    """Readers, members who stopped them, and closed accounts get none."""
    people = {name: factories.partner(f"{name}@flottes.example") for name in ("quiet", "closed", "reader")}
    join(onboarding, colleague, Role.MEMBER)
    for name, user in people.items():
        join(onboarding, user, Role.READER if name == "reader" else Role.MEMBER)
    signed_in(people["quiet"]).post(url(onboarding, "colleague_emails"))
    User.objects.filter(pk=people["closed"].pk).update(is_active=False)
    assert recipients_of(onboarding) == [owner, colleague]
    onboardings.withdraw(onboarding, colleague)
    assert sorted(email.to for email in mailoutbox) == sorted([[owner.email], [colleague.email]])
    assert {colleague.email in email.body for email in mailoutbox} == {True}


@pytest.mark.parametrize("role", [Role.MEMBER, Role.READER])
def test_nobody_acts_at_the_desk_on_an_onboarding_that_they_share(onboarding, reviewer, role):
    """The rule covers colleagues of the owner."""
    join(onboarding, reviewer, role)
    with pytest.raises(review.ReviewRefusedError):
        review.remind(factories.fresh(onboarding), reviewer)
    page = signed_in(reviewer).get(reverse("admin:onboarding_onboarding_change", args=[onboarding.pk]))
    assert page.context["is_own"] is True


def test_the_desk_moves_an_onboarding_whose_owner_has_left(onboarding, owner, colleague, reviewer, mailoutbox):
    """The confirmation page shows the email. Both owners get it, and the former one loses the access."""
    address = reverse("admin:review_action", args=[onboarding.pk, "reassign"])
    client, form = signed_in(reviewer), {"email": "nobody@flottes.example", "note": "He has left the company."}
    wrong = client.post(address, form | {"confirmed": "1"})
    assert "No open account has this address." in wrong.content.decode()
    form["email"] = colleague.email
    assert (
        "An onboarding was moved to another account" in client.post(address, form | {"preview": "1"}).content.decode()
    )
    assert factories.fresh(onboarding).owner == owner
    client.post(address, form | {"confirmed": "1"})
    onboarding = factories.fresh(onboarding)
    assert (onboarding.owner, onboarding.role_of(owner)) == (colleague, None)
    assert sorted(message.to[0] for message in mailoutbox) == sorted([owner.email, colleague.email])
    assert {"He has left the company." in message.body for message in mailoutbox} == {True}
    assert [list(onboardings_of(user)) for user in (owner, colleague)] == [[], [onboarding]]
    with pytest.raises(review.ReviewRefusedError):
        review.reassign(onboarding, reviewer, reviewer.email, "for me")


def test_the_desk_moves_an_onboarding_only_to_a_confirmed_address(onboarding, owner, reviewer):
    """Whoever signs up with the address of a future colleague of the owner does not get the onboarding."""
    squatter = factories.partner("successor@flottes.example")
    address = reverse("admin:review_action", args=[onboarding.pk, "reassign"])
    form = {"email": squatter.email, "note": "He has left the company.", "confirmed": "1"}
    assert "No open account has this address." in signed_in(reviewer).post(address, form).content.decode()
    with pytest.raises(TransitionNotAllowedError):
        review.reassign(onboarding, reviewer, squatter.email, "He has left the company.")
    assert factories.fresh(onboarding).owner == owner


def test_without_a_session_an_invitation_leads_to_sign_in(onboarding, owner, colleague, mailoutbox):
    """A form that is sent without a session changes nothing."""
    path = invite(onboarding, owner, mailoutbox)
    client = Client()
    assert "Sign in or sign up" in client.post(path).content.decode()
    assert Membership.objects.count() == 0
    response = client.post(reverse("account_login"), {"login": colleague.email, "password": PASSWORD, "next": path})
    assert response.url == path
