from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0006_finding_since"),
    ]

    operations = [
        migrations.AddField(
            model_name="fleetstest",
            name="fault",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
