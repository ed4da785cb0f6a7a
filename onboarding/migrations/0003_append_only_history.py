"""The database itself refuses to change or remove a row of the history, on SQLite and on PostgreSQL."""

from django.db import migrations

SQLITE = [
    """
    CREATE TRIGGER onboarding_event_no_{verb} BEFORE {VERB} ON onboarding_event
    BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END
    """.format(verb=verb.lower(), VERB=verb)
    for verb in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """
    CREATE FUNCTION onboarding_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the history is only ever added to' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER onboarding_event_no_change BEFORE UPDATE OR DELETE ON onboarding_event
    FOR EACH ROW EXECUTE FUNCTION onboarding_event_refuse()
    """,
    """
    CREATE TRIGGER onboarding_event_no_truncate BEFORE TRUNCATE ON onboarding_event
    FOR EACH STATEMENT EXECUTE FUNCTION onboarding_event_refuse()
    """,
]
SQLITE_BACK = [f"DROP TRIGGER onboarding_event_no_{verb}" for verb in ("update", "delete")]
POSTGRESQL_BACK = [
    "DROP TRIGGER onboarding_event_no_truncate ON onboarding_event",
    "DROP TRIGGER onboarding_event_no_change ON onboarding_event",
    "DROP FUNCTION onboarding_event_refuse()",
]


def run(schema_editor, sqlite, postgresql):
    for statement in {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def put_on(apps, schema_editor):
    run(schema_editor, SQLITE, POSTGRESQL)


def take_off(apps, schema_editor):
    run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0002_review_desk")]
    operations = [migrations.RunPython(put_on, take_off)]
