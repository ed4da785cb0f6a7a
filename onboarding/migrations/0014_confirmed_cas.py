"""Add the CA certificates that the partner has confirmed. Those of onboardings that are connected count as confirmed."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db import migrations, models


def confirm_connected(apps, schema_editor):
    """Keep what works: these CA certificates have identified the gateway in a test that succeeded."""
    Onboarding = apps.get_model("onboarding", "Onboarding")
    alias = schema_editor.connection.alias
    for onboarding in Onboarding.objects.using(alias).filter(status="connected").iterator():
        request = onboarding.requests.filter(replaced_at=None).first()
        issued = request and request.certificates.order_by("-received_at", "-pk").first()
        if issued:
            cas = x509.load_pem_x509_certificates(issued.anchors_pem.encode())
            onboarding.confirmed_cas = [ca.fingerprint(hashes.SHA256()).hex() for ca in cas]
            onboarding.save(using=alias, update_fields=["confirmed_cas"])


class Migration(migrations.Migration):
    # PostgreSQL can't alter a table in the transaction that has changed its rows.
    atomic = False
    dependencies = [("onboarding", "0013_append_only_audit")]
    operations = [
        migrations.AddField(
            "Onboarding",
            "confirmed_cas",
            models.JSONField(default=list, db_default=models.Value([], models.JSONField())),
        ),
        migrations.RunPython(confirm_connected, migrations.RunPython.noop, elidable=True),
    ]
