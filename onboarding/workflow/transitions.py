"""The table of transitions, and the locked change, which changes the status and records actions."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from onboarding.middleware import client_address
from onboarding.models import CLOSED, OPEN, Action, Event, Onboarding, Status, User
from onboarding.workflow import denormalize
from onboarding.workflow.audit import record_events


class Transition(NamedTuple):
    """An action is allowed in the statuses `sources`. It leads to `target`; None is the status before the closing."""

    sources: frozenset[Status]
    target: Status | None


WITH_REQUEST = OPEN - {Status.DRAFT}
WITH_OPERATOR = frozenset({Status.SENT, Status.RECEIVED})
WITHOUT_CERTIFICATE = frozenset({Status.KEY_MADE}) | WITH_OPERATOR

# Actions that are not listed change no status.
TRANSITIONS: dict[Action, Transition] = {
    Action.MAKE_KEY: Transition(frozenset({Status.DRAFT}), Status.KEY_MADE),
    Action.IMPORT_REQUEST: Transition(frozenset({Status.DRAFT}), Status.KEY_MADE),
    Action.REPLACE_REQUEST: Transition(WITH_REQUEST, Status.DRAFT),
    Action.MARK_SENT: Transition(frozenset({Status.KEY_MADE, Status.RETURNED}), Status.SENT),
    # In other statuses, an approval is recorded and changes no status.
    Action.APPROVE: Transition(frozenset({Status.RETURNED}), Status.KEY_MADE),
    Action.RECEIVE: Transition(frozenset({Status.SENT}), Status.RECEIVED),
    Action.RETURN: Transition(WITHOUT_CERTIFICATE, Status.RETURNED),
    Action.REJECT: Transition(WITHOUT_CERTIFICATE | {Status.DRAFT, Status.RETURNED}, Status.REJECTED),
    Action.RESTORE_REQUEST: Transition(OPEN, Status.SENT),
    Action.ACCEPT_CERTIFICATE: Transition(WITH_OPERATOR | {Status.CERTIFIED, Status.CONNECTED}, Status.CERTIFIED),
    Action.CONNECT: Transition(frozenset({Status.CERTIFIED}), Status.CONNECTED),
    Action.WITHDRAW: Transition(OPEN, Status.WITHDRAWN),
    Action.CLOSE_RENEWED: Transition(frozenset({Status.CERTIFIED, Status.CONNECTED}), Status.RENEWED),
    Action.REOPEN: Transition(CLOSED, None),
}
# These actions change neither the request, the certificate, the client IDs nor, alone, the status.
TEST_ACTIONS = frozenset({Action.TEST, Action.TRY_FAULT, Action.CANCEL_TEST})


class TransitionNotAllowedError(Exception):
    """The action is not allowed in the present state, often because another tab or person was faster.

    Nothing was changed.
    """


class NestedChangeError(RuntimeError):
    """`locked` was entered for an onboarding that the same code has locked already. This is a programming error.

    The outer change would continue with outdated values, and count the onboarding twice.
    """


@dataclass(frozen=True)
class Change:
    """A locked onboarding. While it is locked, its status can be changed and actions can be recorded."""

    onboarding: Onboarding
    actor: User
    counts: Counter[denormalize.CountKey] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)  # for the audit record; no personal data
    refused: frozenset[Action] = frozenset()  # actions that need a second reviewer first

    def move(self, action: Action, why: str = "") -> None:
        """Change the status by `action` and record it.

        Raise TransitionNotAllowedError if the table has no transition for `action` from the present status.
        """
        before, since = Status(self.onboarding.status), self.onboarding.status_since
        transition = TRANSITIONS.get(action)
        if transition is None or before not in transition.sources:
            raise TransitionNotAllowedError(action)
        self.onboarding.status = transition.target or self._status_before_closing()
        self.onboarding.status_since = timezone.now()
        self.onboarding.save(update_fields=["status", "status_since"])
        if before not in CLOSED:
            ended = self.onboarding.status_since
            self.counts[denormalize.duration_key(before, ended - since, ended)] += 1
        self.record(action, why, before)

    def record(self, action: Action, why: str = "", before: Status | None = None) -> None:
        """Add an event for `action`. `before` is the previous status; None if `action` did not change it.

        Raise TransitionNotAllowedError if this change must not do `action`, so that nothing is stored.
        """
        if action in self.refused:
            raise TransitionNotAllowedError(action)
        status = self.onboarding.status
        if action == Action.TEST:
            self.counts["tests", timezone.now().date(), why] += 1
        event = Event.objects.create(
            onboarding=self.onboarding,
            actor=self.actor,
            address=client_address(),
            verb=action,
            from_status=before or status,
            to_status=status,
            why=why,
        )
        self.events.append(event)

    def end(self, before: denormalize.CountedState | None) -> None:
        """Update what is derived from the onboarding, then add the events to the audit record.

        `before` is the onboarding's state before the change; None for a new onboarding. Call this last in the
        transaction, because both lock rows that all changes share.
        """
        if not self.events:  # a change that records nothing does not concern the review desk
            return
        if before and TEST_ACTIONS.issuperset(event.verb for event in self.events):
            denormalize.update_after_test(self.onboarding, before, self.counts)
        else:
            denormalize.update_denormalized(self.onboarding, before, self.counts)
        record_events(self.events, self.details)
        if (renewed := self.onboarding.renews_id) is not None:
            # In its own transaction, because this one has locked the counts. `update_due_renewals` mends a failure.
            transaction.on_commit(lambda: denormalize.refresh_next_owner(renewed), robust=True)

    def _status_before_closing(self) -> str:
        closings = self.onboarding.events.filter(to_status__in=CLOSED).exclude(from_status__in=CLOSED)
        last = closings.order_by("-at", "-pk").first()
        return last.from_status if last else Status.DRAFT


_locked_ids: ContextVar[frozenset[uuid.UUID]] = ContextVar("locked_ids", default=frozenset())


@contextmanager
def locked(onboarding: Onboarding, actor: User, *, closed: bool = False) -> Iterator[Change]:
    """Lock `onboarding` in a transaction, and yield a change with its current values.

    With `closed`, the onboarding must be closed; without, it must be open. Raise TransitionNotAllowedError if it is
    not, and NestedChangeError if the caller holds the lock already: pass the `Change` to inner functions instead.
    """
    if onboarding.pk in _locked_ids.get():
        raise NestedChangeError(f"onboarding {onboarding.pk} is locked already; pass its Change on")
    with transaction.atomic():
        token = _locked_ids.set(_locked_ids.get() | {onboarding.pk})
        try:
            current = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
            if (current.status in CLOSED) != closed:
                raise TransitionNotAllowedError("not closed" if closed else "closed")
            before = denormalize.counted_state(current)
            change = Change(current, actor)
            yield change
            change.end(before)
        finally:
            _locked_ids.reset(token)
