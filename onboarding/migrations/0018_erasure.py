"""Let the database remove personal data from the history, only of onboardings and accounts that were erased."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

REFUSAL = "the history is only ever added to"
UNCHANGED = "id onboarding_id at verb from_status to_status why".split()
SQLITE = [
    "DROP TRIGGER onboarding_event_no_update",
    "DROP TRIGGER onboarding_event_no_delete",
    f"""
    CREATE TRIGGER onboarding_event_no_update BEFORE UPDATE ON onboarding_event
    WHEN NOT (
        NEW.actor_id IS NULL AND NEW.address IS NULL AND {" AND ".join(f"NEW.{c} IS OLD.{c}" for c in UNCHANGED)}
        AND EXISTS (SELECT 1 FROM onboarding_erasure WHERE subject = 'account:' || OLD.actor_id)
    )
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER onboarding_event_no_delete BEFORE DELETE ON onboarding_event
    WHEN NOT EXISTS (SELECT 1 FROM onboarding_erasure WHERE subject = 'onboarding:' || OLD.onboarding_id)
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER onboarding_event_no_update",
    "DROP TRIGGER onboarding_event_no_delete",
    *(
        f"""
        CREATE TRIGGER onboarding_event_no_{verb.lower()} BEFORE {verb} ON onboarding_event
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION onboarding_event_erase() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND EXISTS (
            SELECT 1 FROM onboarding_erasure WHERE subject = 'onboarding:' || replace(OLD.onboarding_id::text, '-', '')
        ) THEN RETURN OLD; END IF;
        IF TG_OP = 'UPDATE' AND NEW.actor_id IS NULL AND NEW.address IS NULL
            AND {" AND ".join(f"NEW.{c} IS NOT DISTINCT FROM OLD.{c}" for c in UNCHANGED)}
            AND EXISTS (SELECT 1 FROM onboarding_erasure WHERE subject = 'account:' || OLD.actor_id)
        THEN RETURN NEW; END IF;
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "DROP TRIGGER onboarding_event_no_change ON onboarding_event",
    """
    CREATE TRIGGER onboarding_event_no_change BEFORE UPDATE OR DELETE ON onboarding_event
    FOR EACH ROW EXECUTE FUNCTION onboarding_event_erase()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER onboarding_event_no_change ON onboarding_event",
    "DROP FUNCTION onboarding_event_erase()",
    """
    CREATE TRIGGER onboarding_event_no_change BEFORE UPDATE OR DELETE ON onboarding_event
    FOR EACH ROW EXECUTE FUNCTION onboarding_event_refuse()
    """,
]


def run(schema_editor, sqlite, postgresql):
    for statement in {"sqlite": sqlite, "postgresql": postgresql}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def put_on(apps, schema_editor):
    run(schema_editor, SQLITE, POSTGRESQL)


def take_off(apps, schema_editor):
    run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


def person():
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [('onboarding', '0017_proposals')]
    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=64, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField("onboarding", "erasure_warned_at", models.DateTimeField(null=True)),
        # safe: the earlier version never writes null, and null appears only once this version erases an account
        migrations.AlterField("return", "actor", person()),
        # safe: as above
        migrations.AlterField("staffnote", "author", person()),
        # safe: as above
        migrations.AlterField("partneremail", "actor", person()),
        migrations.AlterField(
            model_name='auditrecord',
            name='kind',
            field=models.CharField(choices=[('event', 'action on an onboarding'), ('signed_up', 'signed up'), ('signed_in', 'signed in'), ('sign_in_failed', 'sign-in failed'), ('signed_out', 'signed out'), ('email_changed', 'email address changed'), ('password_changed', 'password changed'), ('account_changed', 'account opened or closed'), ('passphrase_wrong', 'wrong passphrase'), ('second_factor_changed', 'second factor changed'), ('session_ended', 'session ended'), ('refused', 'refused'), ('erased', 'erased'), ('role_changed', 'role changed')], max_length=32),
        ),
        migrations.RunPython(put_on, take_off),
    ]
