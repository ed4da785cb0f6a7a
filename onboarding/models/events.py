"""The append-only history of actions. Triggers in the database refuse to change or delete its rows."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from onboarding.models.choices import Action, Status

# The reason of these actions is for staff. The partner's pages show its text elsewhere.
STAFF_REASON_ACTIONS = frozenset(
    {
        Action.TEST,
        Action.TRY_FAULT,
        Action.RETURN,
        Action.PROPOSE,
        Action.CONFIRM_PROPOSAL,
        Action.REFUSE_PROPOSAL,
        Action.WITHDRAW_PROPOSAL,
    }
)

REASON_SEPARATOR = "; "  # between the labels of the reasons of a return
WHY_MAX = 500  # characters of a reason


class Event(models.Model):
    """An action: who did it, when, from which address, the status before and after, and why."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.PROTECT, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The client's IP address; empty if a command performed the action.
    address = models.GenericIPAddressField(null=True)
    verb = models.CharField(max_length=32)  # an Action
    from_status = models.CharField(max_length=16, choices=Status.choices, blank=True)
    to_status = models.CharField(max_length=16, choices=Status.choices)
    why = models.CharField(max_length=WHY_MAX, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.verb} at {self.at:%Y-%m-%d %H:%M} UTC"  # not shown: for shells and logs

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raise TypeError if it exists already: events are never changed."""
        if not self._state.adding:
            raise TypeError("an event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise TypeError: events are never deleted."""
        raise TypeError("an event is never deleted")

    @property
    def label(self) -> str:
        """The action, as a partner reads it."""
        return str(Action(self.verb).label) if self.verb in Action else self.verb

    @property
    def detail(self) -> str:
        """The reason, as a partner reads it; empty if it is only for staff.

        Reasons that this software wrote are stored in English and translated here.
        """
        if not self.why or self.verb in STAFF_REASON_ACTIONS:
            return ""
        return gettext(self.why)  # marked where the workflow writes its reasons

    @property
    def staff_detail(self) -> str:
        """The reason, as staff read it: the labels of a return, a reason of this software, a note, or a code."""
        if self.verb == Action.RETURN:
            labels = [label for label in self.why.split(REASON_SEPARATOR) if label]
            return REASON_SEPARATOR.join(gettext(label) for label in labels)  # marked where the reasons are defined
        return gettext(self.why) if self.why else ""  # marked where the workflow writes its reasons
