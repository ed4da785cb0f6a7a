"""The table of transitions, and the turn under which every change is made and recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from onboarding.models import Event, Onboarding, Status, User

ALIVE = frozenset(Status) - {Status.WITHDRAWN}
WITH_REQUEST = ALIVE - {Status.DRAFT}

# verb: (from, to). Verbs that are not here change no status.
TRANSITIONS: dict[str, tuple[frozenset[Status], Status]] = {
    "make_key": (frozenset({Status.DRAFT}), Status.KEY_MADE),
    "replace_request": (WITH_REQUEST, Status.DRAFT),
    "mark_sent": (frozenset({Status.KEY_MADE}), Status.SENT),
    "accept_certificate": (frozenset({Status.SENT, Status.CERTIFIED, Status.CONNECTED}), Status.CERTIFIED),
    "connect": (frozenset({Status.CERTIFIED}), Status.CONNECTED),
    "withdraw": (ALIVE, Status.WITHDRAWN),
}


class NotNowError(Exception):
    """The step was taken meanwhile, in another tab or by somebody else, or is not yet to be taken; nothing was done."""


@dataclass(frozen=True)
class Turn:
    """A locked onboarding: inside, its status can be moved and what was done recorded."""

    onboarding: Onboarding
    actor: User

    def move(self, verb: str, why: str = "") -> None:
        """Change the status as `verb` does, or raise NotNowError."""
        sources, target = TRANSITIONS[verb]
        before = Status(self.onboarding.status)
        if before not in sources:
            raise NotNowError(verb)
        self.onboarding.status = target
        self.onboarding.status_since = timezone.now()
        self.onboarding.save(update_fields=["status", "status_since"])
        self.record(verb, why, before)

    def record(self, verb: str, why: str = "", before: Status | None = None) -> None:
        """Add the row that says what was done."""
        status = self.onboarding.status
        Event.objects.create(
            onboarding=self.onboarding,
            actor=self.actor,
            verb=verb,
            from_status=before or status,
            to_status=status,
            why=why,
        )


@contextmanager
def turn(onboarding: Onboarding, actor: User) -> Iterator[Turn]:
    """Lock `onboarding` for one change, with its values as they are now; a withdrawn one takes none (NotNowError)."""
    with transaction.atomic():
        locked = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
        if locked.status == Status.WITHDRAWN:
            raise NotNowError("withdrawn")
        yield Turn(locked, actor)
