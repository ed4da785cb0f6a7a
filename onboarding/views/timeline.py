"""The timeline of an onboarding: where it stands, since when, and whose move it is."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.messages.message import Owner
from onboarding.models import Status
from onboarding.workflow.next_step import OWNER_LABELS, NextAction, Progress


@dataclass(frozen=True)
class TimelineItem:
    """A stage: "done", "current" or "later"; the time at which it ended, and who must act if it is current."""

    label: str | Promise
    state: str
    at: datetime | None = None
    whose: str | Promise = ""


def timeline_of(progress: Progress) -> list[TimelineItem]:
    """Return the stages between the request and the connection. The first that has not ended is current."""
    request, issued = progress.request, progress.issued_certificate
    connected = progress.onboarding.status == Status.CONNECTED
    stages = [
        (_("Request created"), request.created_at if request else None),
        (_("Request sent"), request.sent_at if request else None),
        (_("Certificate received"), issued.received_at if issued else None),
        (_("Connected"), progress.onboarding.status_since if connected else None),
    ]
    first_open = next((number for number, (_label, at) in enumerate(stages) if at is None), len(stages))
    items = []
    for number, (label, at) in enumerate(stages):
        state = "done" if number < first_open else "current" if number == first_open else "later"
        whose = OWNER_LABELS[_owner(progress)] if state == "current" and not progress.closed else ""
        items.append(TimelineItem(_waiting(progress, label) if whose else label, state, at, whose))
    return items


def _owner(progress: Progress) -> Owner:
    # Both wait for the certificate, whoever confirms that the request arrived.
    return Owner.OPERATOR if progress.next_action == NextAction.WAIT_FOR_RECEIPT else progress.next_action.owner


def _waiting(progress: Progress, label: str | Promise) -> str | Promise:
    return _("Stellantis signs the certificate") if progress.waits_for_certificate else label
