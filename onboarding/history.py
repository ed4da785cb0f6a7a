"""The record of what was done: rows that are only ever added, which the database sees to by trigger."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from onboarding.statuses import Status


class Event(models.Model):
    """Something that was done: who, when, from which status to which, and why. Rows are only ever added."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.PROTECT, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Where the request came from; empty for what a command did.
    address = models.GenericIPAddressField(null=True)
    verb = models.CharField(max_length=32)
    from_status = models.CharField(max_length=16, choices=Status.choices, blank=True)
    to_status = models.CharField(max_length=16, choices=Status.choices)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]

    WORDS: ClassVar[dict[str, str]] = {
        "start": "Started",
        "describe": "Details entered",
        "make_key": "Key and request made",
        "bring_request": "Own request handed in",
        "take_up_request": "Earlier request taken up again",
        "discard_request": "Key of an earlier request discarded",
        "replace_request": "Request set aside",
        "prove_passphrase": "Passphrase checked",
        "mark_sent": "Request sent",
        "accept_certificate": "Certificate received",
        "add_ca": "CA certificate added",
        "add_client_id": "Client ID added",
        "remove_client_id": "Client ID removed",
        "test": "Connection tested",
        "try_fault": "Fault of the rehearsal tried",
        "cancel_test": "Test cancelled",
        "connect": "Connected",
        "export_key": "Key downloaded",
        "export": "Files downloaded",
        "withdraw": "Withdrawn",
        "take_over": "Taken over by our desk",
        "approve": "Request approved by our desk",
        "receive": "Received by Stellantis",
        "return": "Returned to be corrected",
        "reject": "Rejected",
        "remind": "Reminder sent",
        "reopen": "Opened again",
        "send_again": "Mail of our desk tried again",
    }

    CODED: ClassVar[frozenset[str]] = frozenset({"test", "try_fault", "return"})

    def __str__(self) -> str:
        return f"{self.verb} at {self.at:%Y-%m-%d %H:%M} UTC"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; an existing one stays as it is (TypeError)."""
        if not self._state.adding:
            raise TypeError("an event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never (TypeError)."""
        raise TypeError("an event is never deleted")

    @property
    def words(self) -> str:
        """What was done, as a partner reads it."""
        return self.WORDS.get(self.verb, self.verb)

    @property
    def detail(self) -> str:
        """Why, as a partner reads it; empty where it is a code, whose words stand elsewhere on the page."""
        return "" if self.verb in self.CODED else self.why
