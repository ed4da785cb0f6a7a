"""Rename models, columns and values to the field's standard terms; no data is lost."""

import django.db.models.deletion
from django.db import migrations, models

SEVERITIES = {"stops": "error", "warns": "warning"}


def rename_severities(apps, schema_editor, severities=SEVERITIES):
    for old, new in severities.items():
        apps.get_model("onboarding", "CaseFinding").objects.filter(severity=old).update(severity=new)


def restore_severities(apps, schema_editor):
    rename_severities(apps, schema_editor, {new: old for old, new in SEVERITIES.items()})


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0008_mails_tried_again")]
    operations = [
        migrations.RenameModel("FleetsTest", "ConnectionTest"),
        migrations.RenameModel("Handover", "SigningResponse"),
        migrations.RenameModel("Tally", "DailyCount"),
        migrations.RenameModel("Notice", "PartnerEmail"),
        migrations.RenameField("CertificateRequest", "brought", "externally_generated"),
        migrations.RemoveIndex("Onboarding", "queue_by_move"),
        migrations.RenameField("Onboarding", "next_move", "next_owner"),
        migrations.AddIndex(
            "Onboarding", models.Index(fields=["next_owner", "status_since", "id"], name="queue_by_owner")
        ),
        migrations.RenameField("Onboarding", "stops", "errors"),
        migrations.RenameField("Onboarding", "warns", "warnings"),
        migrations.AlterField(
            "SigningResponse",
            "request",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="signing_response",
                to="onboarding.certificaterequest",
            ),
        ),
        migrations.AlterField(
            "PartnerEmail",
            "onboarding",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="emails", to="onboarding.onboarding"
            ),
        ),
        migrations.RunPython(rename_severities, restore_severities),
    ]
