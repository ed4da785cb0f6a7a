"""Copy the emails of the earlier table into the outbox: those that were not sent with their text, to be sent again."""

from django.db import migrations

BATCH = 1000


def copy(apps, _schema_editor):
    PartnerEmail = apps.get_model("onboarding", "PartnerEmail")
    OutgoingEmail = apps.get_model("onboarding", "OutgoingEmail")
    rows = PartnerEmail.objects.order_by("pk").select_related("onboarding")
    batch = []
    for row in rows.iterator(BATCH):
        batch.append(
            OutgoingEmail(
                kind="text",
                group="progress",
                user_id=row.onboarding.owner_id,
                onboarding_id=row.onboarding_id,
                actor_id=row.actor_id,
                params={"subject": row.subject},
                private={} if row.sent_at else {"subject": row.subject, "body": row.body},
                at=row.at,
                state="sent" if row.sent_at else "failed",
                ended_at=row.sent_at or row.at,
            )
        )
        if len(batch) == BATCH:
            OutgoingEmail.objects.bulk_create(batch)
            batch = []
    OutgoingEmail.objects.bulk_create(batch)


class Migration(migrations.Migration):

    dependencies = [
        ('onboarding', '0020_outbox'),
    ]

    operations = [
        migrations.RunPython(copy, migrations.RunPython.noop, elidable=True),
    ]
