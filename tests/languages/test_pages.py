"""Every page and email can be translated: in the pseudo-language, all text stands between brackets, except data."""

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import translation

from onboarding.models import Action, User
from onboarding.notifications import account_emails
from onboarding.notifications.partner_emails import OWNER_NOTICES, owner_notice, partner_email, pause_email
from onboarding.rehearsal.gateway import FLEET_NAMES
from onboarding.review.actions import REVIEW_ACTION_BY_SLUG
from onboarding.review.additions import NOTE, UPLOAD_CERTIFICATE
from onboarding.urls import partner_urls
from onboarding.workflow import onboardings, review
from tests import factories
from tests.languages.pseudo import CODE, untranslated, untranslated_text
from tests.review.conftest import signed_in, staff
from tests.views.conftest import secrets

pytestmark = pytest.mark.django_db
DATA = (
    *factories.COMPANY.values(),
    *("MZP128745", "A Root", "Mozilla/5.0", "FR", "Pseudo", "Programs Partners", "client-1"),
    # What the practice gateway sends.
    *("Authentication failed: invalid login or password.", "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    *("Vehicles of MZP128745, group", *FLEET_NAMES),
)


class Walk:
    """Opens pages and collects the texts outside brackets, by page."""

    def __init__(self):
        self.found = {}
        self.opened = set()

    def look_at(self, name, response):
        """Look at an HTML page. A redirect and a download are left out."""
        kind = response.headers.get("Content-Type", "")
        if response.status_code in {301, 302} or not kind.startswith("text/html"):
            return
        self.opened.add(name)
        for text in untranslated(response.content.decode(), DATA):
            self.found.setdefault(text, set()).add(name)

    def visit(self, client, name, address, *, post=True):
        """Open a page, and send its form empty. What the form changes is undone."""
        self.look_at(name, client.get(address))
        if post:
            with transaction.atomic():
                self.look_at(f"{name} (empty)", client.post(address))
                transaction.set_rollback(True)


def texts(walk):
    """Return each text outside brackets, with a page that shows it."""
    return "\n".join(sorted(f"{text!r} on {min(names)}" for text, names in walk.found.items()))


def returned(owner):
    onboarding = factories.sent(owner)
    review.return_with_reason(onboarding, staff("reviewer"), ["locality_missing", "other"], "MZP128745")
    return onboarding


def withdrawn(owner):
    onboarding = factories.described(owner)
    onboardings.withdraw(onboarding, owner)
    return onboarding


STATES = {
    "started": factories.started,
    "described": factories.described,
    "with_key": factories.with_key,
    "sent": factories.sent,
    "returned": returned,
    "certified": factories.certified,
    "withdrawn": withdrawn,
}


@pytest.fixture
def owner(db):
    user = factories.verified(factories.partner())
    User.objects.filter(pk=user.pk).update(language=CODE)
    user.refresh_from_db()
    return user


@pytest.mark.parametrize("state", STATES)
def test_the_pages_of_an_onboarding_are_translated(brackets, owner, state):
    """Each page of the wizard, also with its form sent empty, in each status."""
    onboarding = STATES[state](owner)
    client = Client()
    client.force_login(owner)
    walk = Walk()
    for pattern in partner_urls:
        args = [onboarding.pk] if "<uuid:pk>" in str(pattern.pattern) else []
        args += ["certificate.pem"] if "<str:name>" in str(pattern.pattern) else []
        args += ["forged"] if "<str:token>" in str(pattern.pattern) else []
        walk.visit(client, pattern.name, reverse(f"onboarding:{pattern.name}", args=args))
    assert "hub" in walk.opened
    assert texts(walk) == ""


def names_without_arguments():
    """Return the names of the pages that need no argument: accounts, and the desk's lists."""
    for pattern in get_resolver().reverse_dict:
        if isinstance(pattern, str):
            try:
                yield pattern, reverse(pattern)
            except NoReverseMatch:
                continue


@pytest.mark.parametrize("who", ["visitor", "partner", "with a second factor"])
def test_the_pages_of_accounts_are_translated(brackets, owner, who):
    """Each page about accounts, also with its form sent empty: those of allauth as well."""
    client = Client()
    if who != "visitor":
        if who != "partner":
            factories.with_second_factor(owner)
        client.force_login(owner)
    walk = Walk()
    for name, address in names_without_arguments():
        if name != "account_logout":
            walk.visit(client, name, address)
    assert len(walk.opened) > 10
    assert texts(walk) == ""


@pytest.mark.parametrize("state", STATES)
def test_the_pages_of_a_case_are_translated(brackets, owner, state):
    """The case at the review desk, and the page of each action, also with its form sent empty."""
    onboarding = STATES[state](owner)
    client = signed_in(staff("reviewer", "other@operator.example"))
    walk = Walk()
    walk.visit(client, "case", reverse("admin:onboarding_onboarding_change", args=[onboarding.pk]), post=False)
    for slug in (*REVIEW_ACTION_BY_SLUG, NOTE, UPLOAD_CERTIFICATE):
        walk.visit(client, slug, reverse("admin:review_action", args=[onboarding.pk, slug]))
    assert "case" in walk.opened
    assert texts(walk) == ""


def test_the_lists_of_the_desk_are_translated(brackets, owner):
    """The overview, the queue with each filter, and the accounts, with one of each status."""
    for number, state in enumerate(STATES):
        STATES[state](factories.partner(f"{number}@flottes.example"))
    client = signed_in(staff("administrator", "admin@operator.example"))
    walk = Walk()
    for name in ("index", "onboarding_onboarding_changelist", "onboarding_user_changelist"):
        walk.visit(client, name, reverse(f"admin:{name}"), post=False)
    queue = reverse("admin:onboarding_onboarding_changelist")
    for query in ("q=nothing", "q=MZP", "status__exact=sent", "environment=production", "created_at__year=2026", "e=1"):
        walk.visit(client, query, f"{queue}?{query}", post=False)
    for user in User.objects.all()[:2]:
        walk.visit(client, "user", reverse("admin:onboarding_user_change", args=[user.pk]))
    assert len(walk.opened) > 7
    assert texts(walk) == ""


def test_the_pages_of_a_test_are_translated(brackets, owner, onboarding):
    """The verdicts of a test that failed and of one that succeeded, and the faults."""
    client = Client()
    client.force_login(owner)
    walk = Walk()
    for password in ("wrong", "rehearsal-mzp128745"):
        client.post(reverse("onboarding:test", args=[onboarding.pk]), secrets(password))
        for name in ("test", "done", "hub", "faults"):
            walk.visit(client, name, reverse(f"onboarding:{name}", args=[onboarding.pk]), post=False)
    assert "done" in walk.opened
    assert texts(walk) == ""


def test_the_emails_are_translated(brackets, owner):
    """Those of the desk, to the owner, about accounts, and those of allauth."""
    User.objects.filter(pk=owner.pk).update(language=CODE)
    onboarding = factories.certified(owner)
    with translation.override(CODE):
        emails = [partner_email(action, onboarding, reasons=["other"]) for action in Action]
        emails += [owner_notice(action, onboarding, owner) for action in OWNER_NOTICES]
        emails += [pause_email(onboarding, tries, owner) for tries in (1, 5)]
    emails = [(email.subject, email.body) for email in emails if email]
    account_emails.announce_role(owner, "reviewer")
    account_emails.announce_role_removed(owner)
    account_emails.announce_sessions_ended(owner)
    account_emails.announce_address_change(owner, "new@flottes.example")
    visitor = Client()
    visitor.post(reverse("account_reset_password"), {"email": owner.email})
    visitor.post(reverse("account_signup"), {"email": owner.email, "password1": "velvet-anchor-92-river"})
    visitor.post(reverse("account_signup"), {"email": "new@flottes.example", "password1": "velvet-anchor-92-river"})
    emails += [(email.subject, email.body) for email in mail.outbox]
    assert len(emails) > 18
    found = [text for email in emails for part in email for text in untranslated_text(part, DATA)]
    assert "\n".join(found) == ""
