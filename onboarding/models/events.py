"""The record of what was done: rows are only ever added; triggers in the database refuse any change."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from onboarding.models.choices import Action, Status

# The reason of these is a code, whose words are shown elsewhere on the page.
WITH_CODE = frozenset({Action.TEST, Action.TRY_FAULT, Action.RETURN})


class Event(models.Model):
    """Something that was done: who, when, from where, from which status to which, and why."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.PROTECT, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The client's IP address; empty for what a command did.
    address = models.GenericIPAddressField(null=True)
    verb = models.CharField(max_length=32)  # an Action
    from_status = models.CharField(max_length=16, choices=Status.choices, blank=True)
    to_status = models.CharField(max_length=16, choices=Status.choices)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.verb} at {self.at:%Y-%m-%d %H:%M} UTC"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row (TypeError: it exists, and events are never changed)."""
        if not self._state.adding:
            raise TypeError("an event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise TypeError: events are never deleted."""
        raise TypeError("an event is never deleted")

    @property
    def label(self) -> str:
        """What was done, as a partner reads it."""
        return str(Action(self.verb).label) if self.verb in Action else self.verb

    @property
    def detail(self) -> str:
        """Why, as a partner reads it; empty where the reason is a code."""
        return "" if self.verb in WITH_CODE else self.why
