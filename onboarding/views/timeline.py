"""The timeline of an onboarding: where it stands, since when, and whose move it is."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.models import Status
from onboarding.workflow.next_step import OWNER_LABELS, Progress


@dataclass(frozen=True)
class TimelineItem:
    """A stage: "done", "current" or "later"; the time at which it ended, and who must act if it is current."""

    label: str | Promise
    state: str
    at: datetime | None = None
    whose: str | Promise = ""


def timeline_of(progress: Progress) -> list[TimelineItem]:
    """Return the stages between the request and the connection. The first that has not ended is current."""
    request, issued, status = progress.request, progress.issued_certificate, progress.onboarding.status
    connected = status == Status.CONNECTED
    # A certificate can arrive before our desk has confirmed that the request did.
    received = issued is not None or status == Status.RECEIVED
    stages: list[tuple[str | Promise, bool, datetime | None]] = [
        (_("Create the request"), request is not None, request.created_at if request else None),
        (_("Send the request"), bool(request and request.sent_at), request.sent_at if request else None),
        (_("We confirm that it arrived"), received, None),
        (_("Stellantis signs the certificate"), issued is not None, issued.received_at if issued else None),
        (_("Test the connection"), connected, progress.onboarding.status_since if connected else None),
    ]
    if progress.is_practice:
        del stages[2]  # nothing has to arrive
    first_open = next((number for number, (_label, ended, _at) in enumerate(stages) if not ended), len(stages))
    items = []
    for number, (label, _ended, at) in enumerate(stages):
        state = "done" if number < first_open else "current" if number == first_open else "later"
        whose = OWNER_LABELS[progress.next_action.owner] if state == "current" and not progress.closed else ""
        items.append(TimelineItem(label, state, at, whose))
    return items
