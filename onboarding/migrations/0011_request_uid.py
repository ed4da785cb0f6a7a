"""Give every request a random id that is known before the row is stored. Sealed keys are bound to it."""

import uuid

from django.db import migrations, models


def fill(apps, schema_editor):
    CertificateRequest = apps.get_model("onboarding", "CertificateRequest")
    alias = schema_editor.connection.alias
    for pk in CertificateRequest.objects.using(alias).filter(uid=None).values_list("pk", flat=True).iterator():
        CertificateRequest.objects.using(alias).filter(pk=pk).update(uid=uuid.uuid4())


class Migration(migrations.Migration):
    # SQLite and PostgreSQL can't alter a column in the transaction that has filled it.
    atomic = False
    dependencies = [("onboarding", "0010_names_for_people")]
    operations = [
        migrations.AddField("CertificateRequest", "uid", models.UUIDField(editable=False, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "CertificateRequest", "uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
    ]
