"""`manage.py erase_expired`: warn about abandoned drafts, and erase what is past its retention."""

from typing import Any

from django.core.management.base import BaseCommand

from onboarding.workflow.retention import erase_expired


class Command(BaseCommand):
    """Calls `workflow.retention.erase_expired` until nothing is left. Run it once a day."""

    help = "Warns the owners of abandoned drafts, and erases onboardings past their retention. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many onboardings were erased."""
        erased = 0
        while batch := erase_expired():
            erased += batch
        self.stdout.write(f"Erased {erased} onboardings.")
