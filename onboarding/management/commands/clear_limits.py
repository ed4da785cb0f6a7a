"""`manage.py clear_limits`: remove the counters of limits whose period is over."""

from typing import Any

from django.core.management.base import BaseCommand

from onboarding.workflow import limit_store


class Command(BaseCommand):
    """Removes expired counters, in batches. The site does so as well, now and then; no counter that counts is lost."""

    help = "Removes the counters of limits whose period is over."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove batches until none is full."""
        removed = 0
        while batch := limit_store.purge():
            removed += batch
        self.stdout.write(f"{removed} expired counters removed.")
