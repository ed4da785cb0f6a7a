"""Count uses, hold the limits of `onboarding.limits`, and record refusals.

Call these functions outside of `transitions.locked`: a refusal would undo its own count.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network

from django.conf import settings
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onboarding.limits import ADDRESS_FACTOR, IPV6_PREFIX, Limit, Scope
from onboarding.middleware import client_address
from onboarding.models import AuditKind, User
from onboarding.workflow import limit_store
from onboarding.workflow.audit import record_audit

RECORD_AGAIN_AFTER = 60.0  # seconds: somebody at a limit can't fill the audit record
BUSY_RETRY = 10.0  # seconds after which to try again, where it is not known when a place becomes free


class LimitReachedError(Exception):
    """The limit is reached for `scope`. `seconds` tells when to try again; None if waiting does not help."""

    def __init__(self, limit: Limit, scope: Scope, seconds: float | None) -> None:
        super().__init__(limit.name)
        self.limit, self.scope, self.seconds = limit, scope, seconds

    @property
    def sentences(self) -> list[str]:
        """What is limited, how much is allowed, and when to try again, in the language that is active."""
        by_address = self.scope == Scope.ADDRESS
        reason = _("There were too many attempts from your network address.") if by_address else str(self.limit.reason)
        allowed = {"number": allowed_uses(self.limit, self.scope), "period": duration_text(self.limit.period)}
        sentences = [reason]
        if self.limit.period:
            sentences.append(_("The limit is %(number)s in %(period)s.") % allowed)
        elif self.scope == Scope.ACCOUNT:
            sentences.append(_("The limit is %(number)s.") % allowed)
        if self.seconds is not None:
            sentences.append(_("Try again in %(time)s.") % {"time": duration_text(timedelta(seconds=self.seconds))})
        return sentences

    @property
    def text(self) -> str:
        """The sentences in one paragraph."""
        return " ".join(self.sentences)


def duration_text(duration: timedelta | None) -> str:
    """Return a duration in whole seconds, minutes or hours, rounded up."""
    seconds = max(1, int(-(-duration.total_seconds() // 1))) if duration else 0
    if seconds <= 90:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}


def allowed_uses(limit: Limit, scope: Scope) -> int:
    """Return how many uses the settings allow for `scope`."""
    number: int = getattr(settings, limit.setting)
    return number * ADDRESS_FACTOR if scope == Scope.ADDRESS else number


def consume(actor: User | None, *limits: Limit, token: str = "") -> None:
    """Count one use of each limit for the account, its API token and the client's address, in one statement.

    What is not known is not counted: without an account, only the address is. Raise LimitReachedError if one of
    them is exceeded.
    """
    subjects = {
        Scope.ACCOUNT: str(actor.pk) if actor else "",
        Scope.ADDRESS: _network(client_address()),
        Scope.TOKEN: token,
    }
    keys = {
        _key(limit, scope, subjects[scope]): (limit, scope, limit.period.total_seconds())
        for limit in limits
        for scope in limit.scopes
        if limit.period and subjects.get(scope)
    }
    counts = limit_store.count({key: seconds for key, (_limit, _scope, seconds) in keys.items()})
    for key, (limit, scope, _seconds) in keys.items():
        if counts[key].uses > allowed_uses(limit, scope):
            raise LimitReachedError(limit, scope, counts[key].seconds_left)


def _network(address: str | None) -> str:
    """Return the address; of an IPv6 address its network, because one household has all of it."""
    if address is None or ":" not in address:
        return address or ""
    return str(ip_network((address, IPV6_PREFIX), strict=False))


def _key(limit: Limit, scope: Scope, subject: str) -> str:
    return f"{limit.name}:{scope.name}:{subject}"


@contextmanager
def at_once(actor: User, *limits: Limit, seconds: float) -> Iterator[None]:
    """Hold one place of each limit, over all processes. The places of a killed process are free after `seconds`.

    Raise LimitReachedError if there is no free place.
    """
    token = secrets.token_hex(16)
    claimed: list[str] = []
    try:
        for limit in limits:
            claimed.append(_claim_place(actor, limit, token, seconds))  # noqa: PERF401  # released if the next fails
        yield
    finally:
        limit_store.release(claimed, token)


def _claim_place(actor: User, limit: Limit, token: str, seconds: float) -> str:
    scope = limit.scopes[0]
    name = _key(limit, scope, str(actor.pk) if scope == Scope.ACCOUNT else "")
    places = allowed_uses(limit, scope)
    first = secrets.randbelow(places)  # so that processes rarely try for the same place
    for place in range(places):
        key = f"{name}:{(first + place) % places}"
        if limit_store.claim(key, token, seconds):
            return key
    raise LimitReachedError(limit, scope, BUSY_RETRY)


_in_process: Counter[tuple[str, int]] = Counter()
_in_process_lock = threading.Lock()


@contextmanager
def at_once_in_process(actor: User, limit: Limit) -> Iterator[None]:
    """Hold one place of the account in this process, whose threads the limit protects. Raise LimitReachedError."""
    key = (limit.name, actor.pk)
    with _in_process_lock:
        if _in_process[key] >= allowed_uses(limit, Scope.PROCESS):
            raise LimitReachedError(limit, Scope.PROCESS, BUSY_RETRY)
        _in_process[key] += 1
    try:
        yield
    finally:
        with _in_process_lock:
            _in_process[key] -= 1
            if not _in_process[key]:
                del _in_process[key]


def record_refusal(error: LimitReachedError, actor: User, subject: Model | None = None) -> None:
    """Add a refusal to the audit record, at most once a minute for each limit and account; none if a line is full."""
    if error.scope == Scope.WORKER:
        return
    if limit_store.claim(f"recorded:{error.limit.name}:{actor.pk}", "", RECORD_AGAIN_AFTER):
        details = {"reason": "limit", "limit": error.limit.name, "scope": error.scope.name.lower()}
        record_audit(AuditKind.REFUSED, actor=actor, subject=subject, details=details)


def record_sign_in_limit() -> None:
    """Add a refusal by one of allauth's limits to the audit record, at most once a minute for each address."""
    if limit_store.claim(f"recorded:accounts:{_network(client_address())}", "", RECORD_AGAIN_AFTER):
        details = {"reason": "limit", "limit": "accounts", "scope": Scope.ADDRESS.name.lower()}
        record_audit(AuditKind.REFUSED, details=details)
