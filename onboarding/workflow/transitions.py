"""The table of transitions, and the turn under which every change is made and recorded."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from onboarding.middleware import client_address
from onboarding.models import CLOSED, OPEN, Action, Event, Onboarding, Status, User
from onboarding.workflow import denormalize

WITH_REQUEST = OPEN - {Status.DRAFT}
WITH_OPERATOR = frozenset({Status.SENT, Status.RECEIVED})
UNANSWERED = frozenset({Status.KEY_MADE}) | WITH_OPERATOR

# verb: (from, to); None is where it stood before it ended. Verbs that are not here change no status.
TRANSITIONS: dict[Action, tuple[frozenset[Status], Status | None]] = {
    Action.MAKE_KEY: (frozenset({Status.DRAFT}), Status.KEY_MADE),
    Action.IMPORT_REQUEST: (frozenset({Status.DRAFT}), Status.KEY_MADE),
    Action.REPLACE_REQUEST: (WITH_REQUEST, Status.DRAFT),
    Action.MARK_SENT: (frozenset({Status.KEY_MADE, Status.RETURNED}), Status.SENT),
    Action.APPROVE: (frozenset({Status.RETURNED}), Status.KEY_MADE),  # elsewhere, approving changes no status
    Action.RECEIVE: (frozenset({Status.SENT}), Status.RECEIVED),
    Action.RETURN: (UNANSWERED, Status.RETURNED),
    Action.REJECT: (UNANSWERED | {Status.DRAFT, Status.RETURNED}, Status.REJECTED),
    Action.RESTORE_REQUEST: (OPEN, Status.SENT),
    Action.ACCEPT_CERTIFICATE: (WITH_OPERATOR | {Status.CERTIFIED, Status.CONNECTED}, Status.CERTIFIED),
    Action.CONNECT: (frozenset({Status.CERTIFIED}), Status.CONNECTED),
    Action.WITHDRAW: (OPEN, Status.WITHDRAWN),
    Action.REOPEN: (CLOSED, None),
}


class TransitionNotAllowedError(Exception):
    """The step was taken meanwhile, in another tab or by somebody else, or is not yet to be taken; nothing was done."""


@dataclass(frozen=True)
class Change:
    """A locked onboarding: inside, its status can be moved and what was done recorded."""

    onboarding: Onboarding
    actor: User
    figures: Counter[denormalize.CountKey] = field(default_factory=Counter)
    recorded: list[Action] = field(default_factory=list)

    def move(self, verb: Action, why: str = "") -> None:
        """Change the status as `verb` does, or raise NotNowError."""
        sources, target = TRANSITIONS[verb]
        before, since = Status(self.onboarding.status), self.onboarding.status_since
        if before not in sources:
            raise TransitionNotAllowedError(verb)
        self.onboarding.status = target or self._stood()
        self.onboarding.status_since = timezone.now()
        self.onboarding.save(update_fields=["status", "status_since"])
        if before not in CLOSED:
            now = self.onboarding.status_since
            self.figures[denormalize.duration_key(before, now - since, now)] += 1
        self.record(verb, why, before)

    def record(self, verb: Action, why: str = "", before: Status | None = None) -> None:
        """Add the row that says what was done."""
        self.recorded.append(verb)
        status = self.onboarding.status
        if verb == Action.TEST:
            self.figures["tests", timezone.now().date(), why] += 1
        Event.objects.create(
            onboarding=self.onboarding,
            actor=self.actor,
            address=client_address(),
            verb=verb,
            from_status=before or status,
            to_status=status,
            why=why,
        )

    def _stood(self) -> str:
        """The status that the onboarding ended from."""
        ended = self.onboarding.events.filter(to_status__in=CLOSED).exclude(from_status__in=CLOSED)
        last = ended.order_by("-at", "-pk").first()
        return last.from_status if last else Status.DRAFT


@contextmanager
def locked(onboarding: Onboarding, actor: User, *, ended: bool = False) -> Iterator[Change]:
    """Lock `onboarding` for one change, with its values as they are now (NotNowError: it has ended, or not `ended`)."""
    with transaction.atomic():
        locked = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
        if (locked.status in CLOSED) != ended:
            raise TransitionNotAllowedError("ended" if locked.status in CLOSED else "not ended")
        before = denormalize.counted_state(locked)
        change = Change(locked, actor)
        yield change
        if change.recorded:  # what is not worth a row changes nothing that the desk lists
            denormalize.update_denormalized(locked, before, change.figures)
