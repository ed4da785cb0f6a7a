"""What the outbox stores and what it sends: no secret in the table, the right headers, and each account's choice."""

import json
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from onboarding.models import EmailState, NoticeChoice, NoticeGroup, OutgoingEmail, User
from onboarding.notifications import account_emails
from onboarding.notifications.recipients import choose, wants
from onboarding.notifications.rendering import TEXTS_BY_KIND, unsubscribe_token
from onboarding.views.atomic_pages import ATOMIC_PAGES
from onboarding.workflow import outbox, sending
from onboarding.workflow import review as review_workflow
from tests import factories

pytestmark = pytest.mark.django_db


def stored():
    """Return everything that the table contains, as text."""
    return json.dumps(list(OutgoingEmail.objects.values()), default=str)


def links(message):
    return re.findall(r"https?://\S+", message.body)


def test_no_link_that_opens_something_is_stored(owner):
    """The links to confirm an address, to choose a password and to sign up are made when the emails are sent."""
    Client().post(reverse("account_reset_password"), {"email": owner.email})
    Client().post(reverse("account_signup"), {"email": "new@flottes.example", "password1": "quartz-meadow-11-lamp"})
    account_emails.invite("invited@flottes.example")
    before = stored()
    sent = list(mail.outbox)
    assert [email.to[0] for email in sent] == [owner.email, "new@flottes.example", "invited@flottes.example"]
    opening = [link for email in sent for link in links(email) if re.search(r"/(key|confirm-email|invitation)/", link)]
    assert len(opening) == 3
    for link in opening:
        assert Client().get(link, follow=True).status_code == 200
        secret = link.rstrip("/").rsplit("/", 1)[1]
        assert (secret in before, secret in stored()) == (False, False)


def test_nothing_private_stays_after_sending(owner, reviewer):
    """Notes, client addresses and addresses without an account are stored until the email is sent, and no longer."""
    review_workflow.remind(factories.sent(owner), reviewer, "Call Mrs Martin")
    account_emails.invite("invited@flottes.example")
    account_emails.announce_address_change(owner, "later@flottes.example")
    private = ("Call Mrs Martin", "invited@flottes.example", "later@flottes.example")
    assert [text in stored() for text in private] == [True] * 3
    assert len(mail.outbox) == 3
    assert [text in stored() for text in private] == [False] * 3


def test_an_email_is_stored_only_with_what_it_tells(owner, reviewer):
    """If the change is rolled back, no email is left."""
    onboarding = factories.sent(owner)
    with pytest.raises(review_workflow.ReviewRefusedError):
        review_workflow.remind(onboarding, owner)
    assert not OutgoingEmail.objects.exists()


def test_headers_and_alternatives(owner, reviewer):
    """A notice has text and HTML with the same sentences, and can be ended with one click; one about security can't."""
    onboarding = factories.sent(owner)
    review_workflow.remind(onboarding, reviewer, "<b>R&D</b>")
    account_emails.announce_sessions_ended(owner)
    notice, security = mail.outbox[0], mail.outbox[1]
    row = onboarding.emails.get()
    assert notice.extra_headers["Message-ID"] == f"<{row.uid}@127.0.0.1>"
    assert notice.extra_headers["Auto-Submitted"] == security.extra_headers["Auto-Submitted"] == "auto-generated"
    assert notice.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in security.extra_headers
    html = notice.alternatives[0].content
    assert ("<b>R&D</b>" in notice.body, "&lt;b&gt;R&amp;D&lt;/b&gt;" in html) == (True, True)
    hub = reverse("onboarding:hub", args=[onboarding.pk])
    assert f'href="http://127.0.0.1:8000{hub}"' in html
    assert "Fleet API onboarding" in notice.body
    assert "Choose which emails you get" in notice.body
    assert "Choose which emails you get" not in security.body


def test_one_click_ends_a_group_of_emails_without_a_sign_in(owner, reviewer):
    """The mail program posts to the link (RFC 8058). Opening the link changes nothing; other groups go on."""
    onboarding = factories.sent(owner)
    review_workflow.remind(onboarding, reviewer)
    url = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    reader = Client(enforce_csrf_checks=True)
    assert ("Stop these emails?" in reader.get(url).content.decode(), wants(owner, "reminders")) == (True, True)
    posted = reader.post(url, {"List-Unsubscribe": "One-Click"})
    assert (posted.status_code, wants(owner, "reminders"), wants(owner, "progress")) == (200, False, True)
    assert reader.post(url).status_code == 200
    mail.outbox.clear()
    review_workflow.remind(onboarding, reviewer)
    review_workflow.receive(onboarding, reviewer)
    assert [email.subject for email in mail.outbox] == ["Stellantis has your request"]


@pytest.mark.parametrize("token", ["forged", "security"])
def test_a_forged_link_and_one_for_security_end_nothing(owner, token):
    """They are not found."""
    token = unsubscribe_token(owner, NoticeGroup.SECURITY) if token == "security" else token
    assert Client().post(reverse("account_unsubscribe", args=[token])).status_code == 404
    assert not NoticeChoice.objects.exists()


def test_each_account_chooses_its_emails(browser_of, owner):
    """The page shows every group but security, and stores what is ticked; only staff are offered the overview."""
    page = browser_of.get(reverse("account_notices")).content.decode()
    assert re.findall(r'name="group" value="(\w+)"', page) == ["progress", "reminders", "tests", "expiry"]
    posted = {"group": ["progress", "security", "digest", "unknown"]}
    assert browser_of.post(reverse("account_notices"), posted).status_code == 302
    chosen = {group.value: wants(owner, group) for group in NoticeGroup}
    assert chosen == dict.fromkeys(NoticeGroup.values, False) | {"progress": True, "security": True}


def test_who_stops_a_group_gets_nothing_that_waits_in_it(owner, reviewer):
    """The choice also counts for emails that are stored and not sent yet, and for a closed account."""
    onboarding = factories.sent(owner)
    review_workflow.remind(onboarding, reviewer)
    choose(owner, NoticeGroup.REMINDERS, wanted=False)
    review_workflow.receive(onboarding, reviewer)
    owner.is_active = False
    owner.save()
    assert list(mail.outbox) == []
    assert set(OutgoingEmail.objects.values_list("state", flat=True)) == {EmailState.DROPPED}


def test_every_kind_has_a_text():
    """A kind that is stored somewhere and has no text would never be sent."""
    assert set(TEXTS_BY_KIND) == {
        *("partner", "owner", "pause", "text", "news", "waiting", "failing", "expiry", "digest"),
        *("allauth", "role", "role_removed", "sessions_ended", "address_change", "invitation", "erased"),
        *("draft_erasure", "share", "joined", "new_owner", "removed", "gateway_change"),
    }


ALLAUTH_NOTICES = """
    account/email/password_reset account/email/password_changed account/email/password_set account/email/email_changed
    account/email/email_deleted account/email/email_confirm account/email/account_already_exists
    mfa/email/totp_activated mfa/email/totp_deactivated mfa/email/recovery_codes_generated mfa/email/webauthn_added
    mfa/email/webauthn_removed socialaccount/email/account_connected socialaccount/email/account_disconnected
""".split()


@pytest.mark.parametrize("template", ALLAUTH_NOTICES)
def test_every_email_of_allauth_can_be_written(owner, template):
    """It is written outside a request, names the site, and is not kept back."""
    context = {"user": owner, "ip": "192.0.2.1", "user_agent": "Firefox", "timestamp": timezone.now()}
    account_emails.queue_allauth_email(template, owner.email, context)
    (email,) = mail.outbox
    assert (email.to, "127.0.0.1:8000" in email.body) == ([owner.email], True)
    assert email.alternatives[0].mimetype == "text/html"


def test_a_key_is_used_once(owner):
    """The second notice with the same key is not stored."""
    again = [outbox.put("role_removed", NoticeGroup.SECURITY, key="the key", user=owner) for _ in range(2)]
    assert again == [True, False]
    sending.send_due()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("page", ["account_change_password", "account_signup"])
def test_no_account_changes_without_the_email_about_it(browser_of, owner, monkeypatch, page):
    """If the email can't be stored, as when the process is killed there, the change is not stored either."""

    def fail(*_arguments):
        raise RuntimeError("killed")

    monkeypatch.setattr("onboarding.views.account_adapters.queue_allauth_email", fail)
    browser = browser_of if page == "account_change_password" else Client()
    new = "quartz-meadow-11-lamp"
    data = {"oldpassword": "velvet-anchor-92-river", "password1": new, "password2": new, "email": "new@flottes.example"}
    with pytest.raises(RuntimeError, match="killed"):
        browser.post(reverse(page), data)
    assert User.objects.get().check_password("velvet-anchor-92-river")


def test_every_atomic_page_exists():
    """A page that a later version of allauth renames is noticed."""

    def names(patterns):
        for pattern in patterns:
            yield from names(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern.name]

    assert set(names(get_resolver().url_patterns)) >= ATOMIC_PAGES
