"""Chain the existing events, and have the database refuse to change, remove or replace a row of the record."""

import hashlib
import hmac
import json
from datetime import UTC

from django.conf import settings
from django.db import migrations

from onboarding.pki.keyring import Keyring

REFUSAL = "the history is only ever added to"
# SQLite removes a row that INSERT OR REPLACE replaces without asking the triggers for DELETE.
SQLITE = [
    f"""
    CREATE TRIGGER onboarding_event_no_replace BEFORE INSERT ON onboarding_event
    WHEN EXISTS (SELECT 1 FROM onboarding_event WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER onboarding_auditrecord_no_replace BEFORE INSERT ON onboarding_auditrecord
    WHEN EXISTS (SELECT 1 FROM onboarding_auditrecord WHERE number = NEW.number OR event = NEW.event)
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    *(
        f"""
        CREATE TRIGGER onboarding_auditrecord_no_{verb.lower()} BEFORE {verb} ON onboarding_auditrecord
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
]
SQLITE_BACK = [
    "DROP TRIGGER onboarding_event_no_replace",
    *(f"DROP TRIGGER onboarding_auditrecord_no_{name}" for name in ("replace", "update", "delete")),
]
POSTGRESQL = [
    """
    CREATE TRIGGER onboarding_auditrecord_no_change BEFORE UPDATE OR DELETE ON onboarding_auditrecord
    FOR EACH ROW EXECUTE FUNCTION onboarding_event_refuse()
    """,
    """
    CREATE TRIGGER onboarding_auditrecord_no_truncate BEFORE TRUNCATE ON onboarding_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION onboarding_event_refuse()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER onboarding_auditrecord_no_truncate ON onboarding_auditrecord",
    "DROP TRIGGER onboarding_auditrecord_no_change ON onboarding_auditrecord",
]
# The columns in the order in which the digests contain them.
EVENT_COLUMNS = "id onboarding_id at actor_id address verb from_status to_status why".split()
BATCH = 500


def canonical(*values):
    plain = [value.astimezone(UTC).isoformat() if hasattr(value, "astimezone") else value for value in values]
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str).encode()


def chain_events(apps, schema_editor):
    """Add a record for each event, in their order. `workflow.audit` had this format when this migration was written."""
    Event, AuditRecord, AuditHead = (
        apps.get_model("onboarding", name) for name in ("Event", "AuditRecord", "AuditHead")
    )
    alias = schema_editor.connection.alias
    if not Event.objects.using(alias).exists():
        return
    keys = Keyring.read(settings.AUDIT_KEY_FILE)
    number, previous, records = 0, "", []

    def mac(*values):
        return hmac.digest(keys.keys[keys.first_id], canonical(*values), hashlib.sha256).hex()

    for event in Event.objects.using(alias).order_by("at", "pk").iterator(BATCH):
        number += 1
        content = hashlib.sha256(canonical(*(getattr(event, name) for name in EVENT_COLUMNS))).hexdigest()
        subject, details = f"onboarding:{event.onboarding_id}", {"verb": event.verb}
        columns = (number, event.at, "event", event.actor_id, subject, event.pk, details, content, keys.first_id)
        previous = mac("record", previous, *columns)
        records.append(AuditRecord(*columns, previous))
        if len(records) == BATCH:
            AuditRecord.objects.using(alias).bulk_create(records)
            records = []
    AuditRecord.objects.using(alias).bulk_create(records)
    head = AuditHead(1, number, previous, keys.first_id, mac("head", number, previous))
    head.save(using=alias, force_insert=True)


def run(schema_editor, sqlite, postgresql):
    for statement in {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def put_on(apps, schema_editor):
    run(schema_editor, SQLITE, POSTGRESQL)


def take_off(apps, schema_editor):
    run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


class Migration(migrations.Migration):
    # PostgreSQL can't create a trigger on a table in the transaction that has added rows to it.
    atomic = False
    dependencies = [("onboarding", "0012_audit_record")]
    operations = [
        migrations.RunPython(chain_events, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(put_on, take_off),
    ]
