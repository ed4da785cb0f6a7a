"""The table of transitions, and the turn under which every change is made and recorded."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from onboarding.journey import ledger
from onboarding.models import Event, Onboarding, Status, User
from onboarding.origin import address
from onboarding.statuses import ALIVE, ENDED

WITH_REQUEST = ALIVE - {Status.DRAFT}
WITH_OPERATOR = frozenset({Status.SENT, Status.RECEIVED})
UNANSWERED = frozenset({Status.KEY_MADE}) | WITH_OPERATOR

# verb: (from, to); None is where it stood before it ended. Verbs that are not here change no status.
TRANSITIONS: dict[str, tuple[frozenset[Status], Status | None]] = {
    "make_key": (frozenset({Status.DRAFT}), Status.KEY_MADE),
    "bring_request": (frozenset({Status.DRAFT}), Status.KEY_MADE),
    "replace_request": (WITH_REQUEST, Status.DRAFT),
    "mark_sent": (frozenset({Status.KEY_MADE, Status.RETURNED}), Status.SENT),
    "approve": (frozenset({Status.RETURNED}), Status.KEY_MADE),  # elsewhere, approving changes no status
    "receive": (frozenset({Status.SENT}), Status.RECEIVED),
    "return": (UNANSWERED, Status.RETURNED),
    "reject": (UNANSWERED | {Status.DRAFT, Status.RETURNED}, Status.REJECTED),
    "take_up_request": (ALIVE, Status.SENT),
    "accept_certificate": (WITH_OPERATOR | {Status.CERTIFIED, Status.CONNECTED}, Status.CERTIFIED),
    "connect": (frozenset({Status.CERTIFIED}), Status.CONNECTED),
    "withdraw": (ALIVE, Status.WITHDRAWN),
    "reopen": (ENDED, None),
}


class NotNowError(Exception):
    """The step was taken meanwhile, in another tab or by somebody else, or is not yet to be taken; nothing was done."""


@dataclass(frozen=True)
class Turn:
    """A locked onboarding: inside, its status can be moved and what was done recorded."""

    onboarding: Onboarding
    actor: User
    figures: Counter[ledger.Key] = field(default_factory=Counter)
    recorded: list[str] = field(default_factory=list)

    def move(self, verb: str, why: str = "") -> None:
        """Change the status as `verb` does, or raise NotNowError."""
        sources, target = TRANSITIONS[verb]
        before, since = Status(self.onboarding.status), self.onboarding.status_since
        if before not in sources:
            raise NotNowError(verb)
        self.onboarding.status = target or self._stood()
        self.onboarding.status_since = timezone.now()
        self.onboarding.save(update_fields=["status", "status_since"])
        if before not in ENDED:
            now = self.onboarding.status_since
            self.figures[ledger.lasted(before, now - since, now)] += 1
        self.record(verb, why, before)

    def record(self, verb: str, why: str = "", before: Status | None = None) -> None:
        """Add the row that says what was done."""
        self.recorded.append(verb)
        status = self.onboarding.status
        if verb == "test":
            self.figures["tests", timezone.now().date(), why] += 1
        Event.objects.create(
            onboarding=self.onboarding,
            actor=self.actor,
            address=address(),
            verb=verb,
            from_status=before or status,
            to_status=status,
            why=why,
        )

    def _stood(self) -> str:
        """The status that the onboarding ended from."""
        ended = self.onboarding.events.filter(to_status__in=ENDED).exclude(from_status__in=ENDED)
        last = ended.order_by("-at", "-pk").first()
        return last.from_status if last else Status.DRAFT


@contextmanager
def turn(onboarding: Onboarding, actor: User, *, ended: bool = False) -> Iterator[Turn]:
    """Lock `onboarding` for one change, with its values as they are now (NotNowError: it has ended, or not `ended`)."""
    with transaction.atomic():
        locked = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
        if (locked.status in ENDED) != ended:
            raise NotNowError("ended" if locked.status in ENDED else "not ended")
        before = ledger.card_of(locked)
        now = Turn(locked, actor)
        yield now
        if now.recorded:  # what is not worth a row changes nothing that the desk lists
            ledger.settle(locked, before, now.figures)
