"""The audit record: what it contains, and that every change past the software is noticed (ASVS 16.2.1 to 16.4.3)."""

import json
import logging
from importlib import import_module
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from onboarding.management.commands.verify_audit import verify_audit
from onboarding.models import AuditHead, AuditKind, AuditPersonal, AuditRecord, Event
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring
from onboarding.workflow import onboardings, requests
from onboarding.workflow.audit import record_audit
from tests import factories
from tests.browser.processes import PROJECT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
MIGRATIONS = [
    import_module(f"onboarding.migrations.{name}") for name in ("0003_append_only_history", "0013_append_only_audit")
]
PASSWORD = "velvet-anchor-92-river"


@pytest.fixture
def recorded(owner):
    """A record with events and sign-ins: each attack below changes it."""
    onboarding = factories.with_key(owner)
    record_audit(AuditKind.SIGNED_IN, actor=owner, subject=owner)
    onboardings.withdraw(onboarding, owner)
    record_audit(AuditKind.SIGN_IN_FAILED, subject=owner)
    assert list(verify_audit()) == []
    return onboarding


def execute(*statements):
    """Run SQL as somebody who may remove triggers."""
    vendor = connection.vendor.upper()
    with connection.cursor() as cursor:
        for statement in (
            *(drop for migration in reversed(MIGRATIONS) for drop in getattr(migration, f"{vendor}_BACK")),
            *statements,
            *(create for migration in MIGRATIONS for create in getattr(migration, vendor)),
        ):
            cursor.execute(statement)


def quoted(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def columns_of(model, *, but=()):
    return [field.column for field in model._meta.concrete_fields if field.name not in but]


OTHER = {"at": "2001-01-01 00:00:00+00:00", "address": "192.0.2.9", "details": '{"verb": "x"}', "kind": "signed_out"}


@pytest.mark.parametrize(
    ("model", "column"),
    [
        *((Event, column) for column in columns_of(Event, but=("id", "onboarding"))),
        *((AuditRecord, column) for column in columns_of(AuditRecord)),
        *((AuditPersonal, column) for column in columns_of(AuditPersonal, but=("record",))),
        *((AuditHead, column) for column in columns_of(AuditHead, but=("id",))),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
@pytest.mark.asvs("11.4.3", "16.4.2")
def test_every_edited_column_is_noticed(recorded, model, column):
    """A single changed value in any row of the record, of its events, personal data or end."""
    row = model._base_manager.order_by("pk").first()
    old = getattr(row, next(f.attname for f in model._meta.concrete_fields if f.column == column))
    # A reference keeps pointing to something that exists.
    value = OTHER.get(column) or (factories.partner("x@x.example").pk if column == "actor_id" else None)
    value = value or (old + 100 if isinstance(old, int) else "ab" * 8)
    table, key = model._meta.db_table, model._meta.pk.column
    execute(f"UPDATE {table} SET {column} = {quoted(value)} WHERE {key} = {quoted(row.pk)}")
    assert list(verify_audit())


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("model", [Event, AuditRecord, AuditPersonal, AuditHead])
def test_every_removed_row_is_noticed(recorded, model, which):
    """Also at the end of the chain, where no next record shows it."""
    rows = list(model._base_manager.order_by("pk"))
    row = {"first": rows[0], "middle": rows[len(rows) // 2], "last": rows[-1]}[which]
    before = [f"DELETE FROM onboarding_auditpersonal WHERE record_id = {row.pk}"] if model is AuditRecord else []
    execute(*before, f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} = {quoted(row.pk)}")
    assert list(verify_audit())


def test_swapped_rows_are_noticed(recorded):
    """Two records, and two events, whose contents are exchanged."""
    first, second = AuditRecord.objects.filter(kind="event")[:2]
    execute(
        f"UPDATE onboarding_auditrecord SET number = -1, event = NULL WHERE number = {first.number}",
        f"UPDATE onboarding_auditrecord SET number = {first.number} WHERE number = {second.number}",
        f"UPDATE onboarding_auditrecord SET number = {second.number}, event = {first.event} WHERE number = -1",
    )
    assert list(verify_audit())


def test_forged_rows_are_noticed(recorded, owner):
    """An event past the software; a record whose digest was made without the key."""
    Event.objects.create(onboarding=recorded, actor=owner, verb="test", to_status="draft")
    assert list(verify_audit()) == [f"Event {Event.objects.latest('pk').pk} has no record."]
    last = AuditRecord.objects.order_by("number").last()
    last.number += 1
    last.event = Event.objects.latest("pk").pk
    last.save(force_insert=True)
    assert len(list(verify_audit())) > 1


def test_a_record_of_an_earlier_copy_is_noticed(owner):
    """Somebody sets the database back, lets other records follow, and puts a genuine earlier record in their place."""

    def written(kind):
        for each in (AuditKind.SIGNED_IN, kind, AuditKind.SIGNED_OUT):
            record_audit(each, actor=owner, subject=owner)
        return AuditRecord.objects.get(number=2), AuditPersonal.objects.get(record_id=2)

    before = written(AuditKind.SIGN_IN_FAILED)
    execute(*(f"DELETE FROM onboarding_{table}" for table in ("auditpersonal", "auditrecord", "audithead")))
    written(AuditKind.SIGNED_UP)
    execute(
        "DELETE FROM onboarding_auditpersonal WHERE record_id = 2",
        "DELETE FROM onboarding_auditrecord WHERE number = 2",
    )
    for row in before:
        row.save(force_insert=True)
    assert list(verify_audit())


def test_the_record_of_another_key_does_not_verify(recorded, settings, tmp_path):
    """Without the audit key nobody can calculate the chain again."""
    (tmp_path / "other").write_text(Keyring.new_text())
    settings.AUDIT_KEY_FILE = tmp_path / "other"
    assert len(list(verify_audit())) > AuditRecord.objects.count()


@pytest.mark.asvs("13.3.4")
def test_a_new_audit_key_continues_the_chain(recorded, owner, settings, tmp_path):
    """The first line of the file signs, all lines verify."""
    rotated = tmp_path / "audit_key"
    rotated.write_text(Keyring.new_text() + settings.AUDIT_KEY_FILE.read_text())
    settings.AUDIT_KEY_FILE = rotated
    record_audit(AuditKind.SIGNED_OUT, actor=owner, subject=owner)
    assert len({*AuditRecord.objects.values_list("key_id", flat=True)}) == 2
    assert list(verify_audit()) == []


REWRITES = {
    "sqlite": [
        "INSERT OR REPLACE INTO onboarding_event SELECT * FROM onboarding_event LIMIT 1",
        "REPLACE INTO onboarding_auditrecord SELECT * FROM onboarding_auditrecord LIMIT 1",
    ],
    "postgresql": ["TRUNCATE onboarding_auditrecord CASCADE"],
}


@pytest.mark.parametrize(
    "statement",
    [
        *("UPDATE onboarding_auditrecord SET kind = 'x'", "DELETE FROM onboarding_auditrecord"),
        *(
            pytest.param(sql, id=f"{vendor} {number}")
            for vendor, all_ in REWRITES.items()
            for number, sql in enumerate(all_)
        ),
    ],
)
@pytest.mark.asvs("16.4.2")
def test_the_database_refuses_to_rewrite_the_record(recorded, statement, request):
    """SQL of the application can't change, delete, replace or truncate it."""
    vendor = request.node.callspec.id.split()[0]
    if vendor in REWRITES and vendor != connection.vendor:
        pytest.skip(f"the statement is for {vendor}")
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        cursor.execute(statement)
    assert list(verify_audit()) == []


@pytest.mark.asvs("13.2.2", "16.4.2")
def test_the_role_for_postgresql_cannot_change_the_record(recorded):
    """The documented role can use the site, but can't alter the record or remove its triggers."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles")
    sql = (PROJECT / "docs/postgresql-role.sql").read_text().replace(':"role"', "onboarding_app")
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS onboarding_app")
        cursor.execute("CREATE ROLE onboarding_app")
        try:
            cursor.execute(sql)
            cursor.execute("SET ROLE onboarding_app")
            record_audit(AuditKind.SIGNED_OUT, subject=recorded)
            for statement in (
                "UPDATE onboarding_event SET why = 'x'",
                "DELETE FROM onboarding_auditrecord",
                "TRUNCATE onboarding_event CASCADE",
                "DROP TRIGGER onboarding_event_no_change ON onboarding_event",
                "ALTER TABLE onboarding_auditrecord DISABLE TRIGGER ALL",
                "DROP TABLE onboarding_auditpersonal",
                "DELETE FROM onboarding_audithead",
            ):
                with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
                    cursor.execute(statement)
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP OWNED BY onboarding_app")
            cursor.execute("DROP ROLE onboarding_app")
    assert list(verify_audit()) == []


def kinds(**filters):
    return list(AuditRecord.objects.exclude(kind="event").filter(**filters).values_list("kind", flat=True))


@pytest.mark.asvs("16.2.1", "16.3.1", "16.3.2", "16.3.3")
def test_sign_ins_refusals_and_wrong_passphrases_are_recorded(client, owner):
    """With the account, and without what was typed."""
    factories.verified(owner)
    page = reverse("account_login")
    client.post(page, {"login": owner.email, "password": "not the password"})
    client.post(page, {"login": "nobody@flottes.example", "password": "nor this"})
    client.post(page, {"login": owner.email, "password": PASSWORD})
    other = factories.with_key(factories.partner("other@flottes.example"))
    assert client.get(reverse("onboarding:hub", args=[other.pk])).status_code == 404
    own = factories.with_key(owner)
    with pytest.raises(PkiError):
        requests.prove_passphrase(own.request, owner, "not the passphrase")
    client.post(reverse("account_logout"))
    assert kinds() == ["sign_in_failed", "sign_in_failed", "signed_in", "refused", "passphrase_wrong", "signed_out"]
    assert kinds(actor=owner.pk) == ["signed_in", "refused", "passphrase_wrong", "signed_out"]
    stored = json.dumps([*AuditRecord.objects.values("details", "subject")])
    assert not any(typed in stored for typed in ("not the", "nor this", "flottes.example"))
    assert AuditPersonal.objects.get(record__kind="signed_in").address == "127.0.0.1"
    assert list(verify_audit()) == []


def test_roles_are_recorded(reviewer, owner):
    """Groups and flags, given by the command, the admin or a shell."""
    owner.groups.add(Group.objects.get(name="auditor"))
    owner.is_staff = True
    owner.save()
    owner.save()
    owner.groups.clear()
    changes = AuditRecord.objects.filter(kind="role_changed", subject=f"account:{owner.pk}")
    group = Group.objects.get(name="auditor").pk
    assert [record.details for record in changes] == [
        {"change": "add", "groups": [group]},
        {"is_staff": True},
        {"change": "clear", "groups": []},
    ]


@pytest.mark.asvs("1.2.3", "16.2.1", "16.2.2", "16.2.4", "16.4.1", "16.4.3")
def test_the_stream_has_a_line_of_json_for_each_record(owner, monkeypatch):
    """With the digest, so that a log host notices a database that was set back."""
    monkeypatch.setattr(logging.getLogger("onboarding.audit").handlers[0], "stream", out := StringIO())
    factories.started(owner)
    record_audit(AuditKind.SIGNED_IN, actor=owner, subject=owner)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    stored = AuditRecord.objects.order_by("number").values_list("number", "digest")
    assert [(line["number"], line["digest"]) for line in lines] == list(stored)
    assert {line["kind"] for line in lines} == {"event", "signed_in"}


def test_the_command_prints_the_end_or_fails(recorded):
    """Its exit status tells a monitoring system."""
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert AuditRecord.objects.order_by("number").last().digest in out.getvalue()
    execute("DELETE FROM onboarding_auditpersonal")
    with pytest.raises(CommandError, match="2 problems"):
        call_command("verify_audit", stdout=StringIO())


def test_earlier_events_are_chained_by_the_migration(recorded):
    """An upgraded database has a record for each event that it had before."""
    execute(
        "DELETE FROM onboarding_auditpersonal", "DELETE FROM onboarding_auditrecord", "DELETE FROM onboarding_audithead"
    )
    assert len(list(verify_audit())) == Event.objects.count()
    with connection.schema_editor() as editor:
        MIGRATIONS[1].chain_events(import_module("django.apps").apps, editor)
    assert (list(verify_audit()), AuditRecord.objects.count()) == ([], Event.objects.count())
