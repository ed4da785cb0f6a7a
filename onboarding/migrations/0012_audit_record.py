"""Add the audit record: a chain of keyed digests, and the personal data apart from it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0011_request_uid"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("key_id", models.CharField(blank=True, max_length=64)),
                ("mac", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="AuditRecord",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("event", "action on an onboarding"),
                            ("signed_up", "signed up"),
                            ("signed_in", "signed in"),
                            ("sign_in_failed", "sign-in failed"),
                            ("signed_out", "signed out"),
                            ("email_changed", "email address changed"),
                            ("password_changed", "password changed"),
                            ("account_changed", "account opened or closed"),
                            ("passphrase_wrong", "wrong passphrase"),
                            ("second_factor_changed", "second factor changed"),
                            ("session_ended", "session ended"),
                            ("refused", "refused"),
                            ("role_changed", "role changed"),
                        ],
                        max_length=32,
                    ),
                ),
                ("actor", models.BigIntegerField(null=True)),
                ("subject", models.CharField(blank=True, db_index=True, max_length=64)),
                ("event", models.BigIntegerField(null=True, unique=True)),
                ("details", models.JSONField(default=dict)),
                ("content_digest", models.CharField(max_length=64)),
                ("key_id", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="AuditPersonal",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="personal",
                        serialize=False,
                        to="onboarding.auditrecord",
                    ),
                ),
                ("address", models.GenericIPAddressField(null=True)),
                ("salt", models.CharField(max_length=32)),
            ],
        ),
    ]
