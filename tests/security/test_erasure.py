"""Erased is gone from every table, and the record keeps a tombstone (ASVS 5.0, 14.2.7)."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.urls import reverse
from django.utils import timezone

from onboarding.management.commands.verify_audit import verify_audit
from onboarding.models import (
    AuditKind,
    AuditRecord,
    DailyCount,
    Erasure,
    Event,
    LimitCounter,
    NoticeGroup,
    Onboarding,
    Proposal,
    Role,
    SealedPrivateKey,
    SigningResponse,
    User,
)
from onboarding.notifications.recipients import choose
from onboarding.workflow import calendars, review
from onboarding.workflow.api_tokens import make_token
from onboarding.workflow.audit import record_audit
from onboarding.workflow.erasure import StaffAccountError, erase_account
from onboarding.workflow.retention import erase_expired
from onboarding.workflow.webhooks import make_webhook, tell_webhooks
from tests import factories
from tests.review.conftest import staff
from tests.security.conftest import confirm, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS, NAME = "2001:db8:ca9a:1::77", "Canaria"
CANARIES = ("canary", NAME.lower(), "2001:db8:ca9a", "mzp-c4n4")
SEARCHED_KINDS = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField)


@pytest.fixture(autouse=True)
def from_the_canarys_address(monkeypatch):
    for module in ("workflow.transitions", "workflow.audit", "models.sessions"):
        monkeypatch.setattr(f"onboarding.{module}.client_address", lambda: ADDRESS)


def dump():
    """Return every table as text, by its name."""
    with connection.cursor() as cursor:
        tables = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # names of our tables
            tables[table] = str(cursor.fetchall()).lower()
    return tables


def found():
    return {(table, canary) for table, text in dump().items() for canary in CANARIES if canary in text}


def person(reviewer):
    """Return an account that has used everything, with a canary wherever a text can be about the person."""
    user = factories.verified(User.objects.create_user("canary@canary.example", "velvet-anchor-92-river"))
    User.objects.filter(pk=user.pk).update(first_name=NAME, last_name=NAME)
    user.emailaddress_set.create(email="other-canary@canary.example", verified=False)
    user.socialaccount_set.create(provider="oidc", uid="canary", extra_data={"name": "canary"})
    factories.with_second_factor(user)
    client = sign_in(user, code=True)
    client.get(reverse("account"), headers={"user-agent": "canary browser"})
    user.sessions.update(user_agent="canary browser", address=ADDRESS)
    onboarding = factories.certified(user, login="MZP-C4N4")
    Onboarding.objects.filter(pk=onboarding.pk).update(organization="Canary Ltd", locality="Canary Wharf")
    review.remind(onboarding, reviewer, "Dear Ms Canaria")
    review.add_note(onboarding, reviewer, "Canaria called.")
    review.propose(onboarding, reviewer, "reject", {"note": "Canaria left."})
    SigningResponse.objects.create(
        request=onboarding.request, certificate_pem="canary", ca_pem="canary", client_id="canary", note="canary"
    )
    onboarding.tests.create(
        certificate=onboarding.request.issued_certificate, client_id="canary", result={"login": "MZP-C4N4"}
    )
    make_token(user, "canary", ["read"], timedelta(days=30))
    make_webhook(user, "https://canary.example/")
    tell_webhooks(onboarding, "canary")
    LimitCounter.objects.create(key=f"checks:ADDRESS:{ADDRESS}", expires_at=1e12)
    LimitCounter.objects.create(key="x", value='"canary@canary.example"', expires_at=1e12)
    content_type = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=reviewer, content_type=content_type, object_id=user.pk, object_repr=user.email, action_flag=CHANGE
    )
    record_audit(AuditKind.SIGN_IN_FAILED)
    calendars.make_feed(user)
    choose(user, NoticeGroup.REMINDERS, wanted=False)
    return user


def share(user):
    """Let `user` be a member of an onboarding of somebody else, and let there be an invitation."""
    onboarding = factories.started(factories.partner("third@flottes.example"))
    onboarding.memberships.create(user=user, role=Role.MEMBER)
    expires = timezone.now() + timedelta(days=7)
    onboarding.invitations.create(email=user.email, role=Role.READER, invited_by=onboarding.owner, expires_at=expires)


@pytest.fixture
def canary(reviewer):
    return person(reviewer)


def test_nothing_of_an_erased_person_is_left_in_any_table(canary, reviewer, mailoutbox):
    """A dump of the whole database has no canary; the record has a tombstone, and still verifies."""
    share(canary)
    other = factories.certified(factories.partner())  # from the same address, which stays: it is another person's
    tables = {table for table, _ in found()}
    owned = {"onboarding_user", "onboarding_onboarding", "onboarding_staffnote", "onboarding_session"}
    assert tables >= owned | {"onboarding_event", "onboarding_auditpersonal", "onboarding_proposal"}
    mailoutbox.clear()
    pk, onboarding = canary.pk, canary.onboardings.get().pk
    erase_account(canary, None, "test")
    assert other.events.count() == 8
    assert [email.to for email in mailoutbox] == [["canary@canary.example"]]
    left = {(table, canary) for table, canary in found() if canary != "2001:db8:ca9a"}
    assert left == set()
    with_address = {table for table, canary in found()}
    assert with_address <= {"onboarding_event", "onboarding_auditpersonal"}
    assert not Event.objects.filter(onboarding=onboarding).exists()
    assert not Event.objects.filter(actor=pk).exists()
    assert list(verify_audit()) == []
    tombstones = AuditRecord.objects.filter(kind="erased").values_list("subject", "actor").distinct().order_by()
    assert set(tombstones) == {(f"onboarding:{onboarding}", None), (f"account:{pk}", None)}


def test_a_database_with_one_person_is_empty_of_them(canary, mailoutbox):
    """Without anybody else at that address, the address is gone, too."""
    erase_account(canary, None, "test")
    assert len(mailoutbox) > 0  # what waits is sent
    assert {table for table, _ in found()} <= {"onboarding_auditpersonal"}  # of the reviewer
    assert not Event.objects.exists()


def test_the_search_covers_every_column_that_can_hold_text(canary):
    """A new table with text about a person has to be named here, and filled by `person`."""
    share(canary)
    filled = {table for table, text in dump().items() if text != "[]"}
    own = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith(("onboarding.", "allauth.account", "allauth.mfa"))
        and any(isinstance(field, SEARCHED_KINDS) for field in model._meta.concrete_fields)
    }
    not_about_people = {"onboarding_casefinding", "onboarding_return", "account_emailconfirmation"}
    not_about_people |= {"onboarding_gatewaysight", "onboarding_gatewaychange", "onboarding_scheduledjob"}
    not_about_people |= {"onboarding_partneremail"}  # of an earlier version; `erase_onboarding` deletes them
    assert own - filled - not_about_people <= {"onboarding_erasure"}


def test_a_colleagues_actions_stay_without_their_name(owner, mailoutbox):
    """Of staff who left, the history keeps what was done, and neither the account nor the address."""
    colleague = staff("reviewer", "canary@canary.example")
    onboarding = factories.sent(owner)
    review.receive(onboarding, colleague)
    review.return_with_reason(onboarding, colleague, ["not_received"])
    review.add_note(onboarding, colleague, "A note")
    with pytest.raises(StaffAccountError):
        erase_account(colleague, None, "test")
    User.objects.filter(pk=colleague.pk).update(is_staff=False)
    colleague.refresh_from_db()
    mailoutbox.clear()
    erase_account(colleague, None, "test")
    assert len(mailoutbox) == 1  # the address is no longer needed once it is sent
    assert "canary" not in str(dump())
    event = onboarding.events.get(verb="receive")
    assert (event.actor, event.address) == (None, None)
    assert list(verify_audit()) == []
    assert onboarding.events.count() == 7


@pytest.mark.parametrize(
    "change",
    [
        lambda events: events.delete(),
        lambda events: events.update(why="something else"),
        lambda events: events.update(actor=None, address=None),
        lambda events: events.update(verb="start"),
    ],
)
def test_without_an_erasure_the_history_does_not_change(owner, change):
    """The triggers refuse what is no erasure, also after another one was erased."""
    erased = factories.partner("other@flottes.example")
    factories.sent(erased)
    onboarding = factories.sent(owner)
    erase_account(erased, None, "test")
    with pytest.raises(DatabaseError), transaction.atomic():
        change(Event.objects.filter(onboarding=onboarding))
    Erasure.objects.create(subject=f"account:{owner.pk}")
    if change(Event.objects.none()) == 0:
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.filter(onboarding=onboarding).update(actor=None, address=None, why="x")


def test_an_erasure_past_this_software_is_noticed(owner):
    """Whoever can write to the tables makes the triggers give way, but not the chain."""
    onboarding = factories.sent(owner)
    Erasure.objects.create(subject=f"onboarding:{onboarding.pk.hex}")
    Event.objects.filter(onboarding=onboarding).delete()
    assert len([problem for problem in verify_audit() if "is missing" in problem]) == 5


def test_the_counts_of_the_desk_stay_right(owner):
    """What is erased is counted no more; `recount` finds nothing to correct."""
    factories.certified(owner)
    factories.sent(factories.partner("other@flottes.example"))
    erase_account(owner, None, "test")
    kept = {"waiting", "expiring"}
    before = set(DailyCount.objects.filter(kind__in=kept, n__gt=0).values_list("kind", "label", "day", "n"))
    call_command("recount", verbosity=0)
    assert set(DailyCount.objects.filter(kind__in=kept, n__gt=0).values_list("kind", "label", "day", "n")) == before


DAY = timedelta(days=1)


def at(days):
    return time_machine.travel(timezone.now() + days * DAY, tick=False)


def test_an_abandoned_draft_is_erased_after_a_warning(owner, mailoutbox):
    """180 days unused, of which the owner was told 14 days before; a request that was sent is kept."""
    draft = factories.with_key(owner)
    kept = factories.sent(owner, login="MZP999999")
    mailoutbox.clear()
    for days, warned in ((165, 0), (167, 1), (168, 1), (180, 1)):
        with at(days):
            assert (erase_expired(), len(mailoutbox)) == (0, warned), days
    assert (mailoutbox[0].to, str(draft.pk) in mailoutbox[0].body) == ([owner.email], True)
    with at(182):
        assert (erase_expired(), erase_expired()) == (1, 0)
    assert [*Onboarding.objects.all()] == [kept]
    assert SealedPrivateKey.objects.count() == 1
    assert list(verify_audit()) == []


def test_a_draft_that_is_used_after_the_warning_is_kept(owner, mailoutbox):
    """The time starts again, and so does the warning."""
    draft = factories.described(owner)
    with at(170):
        erase_expired()
        assert factories.onboardings.describe(draft, owner, factories.COMPANY | {"locality": "Lyon"})
    with at(200):
        assert erase_expired() == 0
    with at(170 + 167):
        assert erase_expired() == 0
    assert len(mailoutbox) == 2
    with at(170 + 167 + 15):
        assert erase_expired() == 1


def test_a_closed_onboarding_is_erased_after_two_years(owner):
    """Closed by its owner or by the desk. Zero days means never."""
    onboarding = factories.sent(owner)
    factories.onboardings.withdraw(onboarding, owner)
    with at(729):
        assert erase_expired() == 0
    with at(731):
        assert erase_expired() == 1
    assert list(verify_audit()) == []


def test_zero_days_means_never(owner, settings, mailoutbox):
    """Neither drafts nor closed onboardings are erased, and nobody is warned."""
    settings.RETENTION_DAYS_DRAFT = settings.RETENTION_DAYS_CLOSED = 0
    factories.described(owner)
    closed = factories.started(owner)
    factories.onboardings.withdraw(closed, owner)
    mailoutbox.clear()
    with at(5000):
        assert (erase_expired(), mailoutbox) == (0, [])


def test_the_owner_erases_the_account_after_a_confirmation(victim):
    """A stolen cookie alone is not enough. Afterwards the client is signed out, and nothing is recorded about it."""
    client, page = sign_in(victim), reverse("account_erase")
    factories.with_key(victim)
    User.objects.filter(pk=victim.pk).update(last_login=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        assert "reauthenticate" in client.post(page, {"confirmed": "1"})["Location"]
        assert User.objects.filter(pk=victim.pk).exists()
        confirm(client)
        assert client.post(page).status_code == 200  # the question only
        assert client.post(page, {"confirmed": "1"})["Location"] == reverse("onboarding:home")
        assert client.get(reverse("account")).status_code == 302
    assert not User.objects.filter(pk=victim.pk).exists()
    assert not SealedPrivateKey.objects.exists()
    assert not AuditRecord.objects.filter(actor=victim.pk, personal__isnull=False).exists()
    assert list(verify_audit()) == []


def test_the_export_has_everything_and_no_secret(canary):
    """A zip file of JSON: the account, the onboardings with their rows, and what was recorded."""
    client = sign_in(canary, code=True)
    confirm(client, code=True)
    packed = client.get(reverse("account_export"))
    assert packed["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = "".join(parts.values())
    account, cases = json.loads(parts["account.json"]), json.loads(parts["onboardings.json"])
    assert account["account"]["email"] == "canary@canary.example"
    assert (len(cases), len(cases[0]["certificates"]), len(cases[0]["tests"])) == (1, 1, 1)
    sealed = SealedPrivateKey.objects.get()
    secrets = [canary.password, factories.TOTP_SECRET, bytes(sealed.ciphertext).hex(), "Canaria called.", "PRIVATE KEY"]
    secrets += [*canary.sessions.values_list("pk", flat=True), Proposal.objects.get().proposer.email]
    assert [secret for secret in secrets if secret in everything] == []


def test_an_administrator_erases_an_account(victim):
    """The role asks first; it does not erase colleagues, and a reviewer has no such action."""
    administrator = staff("administrator")
    colleague = staff("auditor", "colleague@operator.example")
    address = reverse("admin:onboarding_user_changelist")
    form = {"action": "erase_accounts", "_selected_action": [victim.pk, colleague.pk]}
    client = sign_in(factories.verified(administrator), code=True)
    confirm(client, code=True)
    assert victim.email in client.post(address, form).content.decode()
    assert User.objects.filter(pk=victim.pk).exists()
    client.post(address, form | {"confirmed": "1"})
    assert [User.objects.filter(pk=each.pk).exists() for each in (victim, colleague)] == [False, True]
    record = AuditRecord.objects.get(kind="erased")
    assert (record.actor, record.details["reason"]) == (administrator.pk, "administrator")
    reviewer = sign_in(factories.verified(staff("reviewer")), code=True)
    confirm(reviewer, code=True)
    assert reviewer.post(address, form).status_code == 403
