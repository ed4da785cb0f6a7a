"""`manage.py recount`: recompute the denormalized columns and tables of the review desk, while the site goes on."""

from typing import Any

from django.core.management.base import BaseCommand

from onboarding.workflow.recounting import correct_counts, recount_columns

REPORT_EVERY = 1000  # onboardings


class Command(BaseCommand):
    """Recomputes everything that `workflow/denormalize.py` writes. Run it after rows were changed manually."""

    help = "Recomputes the denormalized columns and counts of the review desk's lists and dashboard. The site goes on."

    def handle(self, *args: Any, **options: Any) -> None:
        """Recompute the columns in batches, then correct the counts in one short transaction."""
        n = 0
        for n in recount_columns():
            if n % REPORT_EVERY == 0:
                self.stdout.write(f"{n} onboardings")
        wrong = correct_counts()
        self.stdout.write(f"{n} onboardings counted, {wrong} counts corrected.")
