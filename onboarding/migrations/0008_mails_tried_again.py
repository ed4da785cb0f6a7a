from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0007_fault_of_a_test"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="trying_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="onboarding",
            name="next_move",
            field=models.CharField(
                choices=[("us", "Ours"), ("partner", "Partner’s"), ("operator", "Stellantis’"), ("nobody", "Nobody’s")],
                default="partner",
                max_length=16,
            ),
        ),
    ]
