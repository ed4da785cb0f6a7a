"""Mark the names that the admin shows for translation, and rename a constraint."""

import django.utils.translation
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0009_standard_names")]
    operations = [
        migrations.AlterModelOptions(
            "Onboarding",
            options={
                "ordering": ["-created_at"],
                "permissions": [("review_onboarding", "Can act on cases at the review desk")],
                "verbose_name": django.utils.translation.gettext_lazy("onboarding"),
                "verbose_name_plural": django.utils.translation.gettext_lazy("onboardings"),
            },
        ),
        migrations.AlterField(
            "User",
            "email",
            models.EmailField(
                max_length=254, unique=True, verbose_name=django.utils.translation.gettext_lazy("email address")
            ),
        ),
        migrations.RemoveConstraint("DailyCount", "one_row_a_tally"),
        migrations.AddConstraint(
            "DailyCount", models.UniqueConstraint(fields=["kind", "day", "label"], name="one_row_a_daily_count")
        ),
    ]
