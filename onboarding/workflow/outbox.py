"""The outbox: emails are stored in the transaction of what they tell about. `workflow/sending.py` sends them."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from onboarding.models import EmailState, NoticeGroup, OutgoingEmail

FAILED_KEPT = timedelta(days=30)  # for which staff can send again what was given up
ROWS_KEPT = timedelta(days=730)
ROWS_BATCH = 500  # rows of a clean-up


def put(kind: str, group: NoticeGroup, *, key: str | None = None, **columns: Any) -> bool:
    """Store an email in the present transaction; return whether it is new. With a `key`, the second one is not.

    `columns` are those of `OutgoingEmail`. The email goes to the verified address `address`, to the account `user`, or
    to the bare address `to`.
    """
    if key is None:
        OutgoingEmail.objects.create(kind=kind, group=group, **columns)
        return True
    _email, created = OutgoingEmail.objects.get_or_create(key=key, defaults={"kind": kind, "group": group, **columns})
    return created


def retry(emails: QuerySet[OutgoingEmail]) -> int:
    """Let those of `emails` that are neither sent nor being sent be sent at once; return how many they are."""
    now = timezone.now()
    idle = Q(state=EmailState.FAILED) | (Q(state=EmailState.WAITING) & (Q(lease=None) | Q(due_at__lte=now)))
    return emails.filter(idle).update(state=EmailState.WAITING, due_at=now, attempts=0, lease=None, ended_at=None)


def clear_outbox() -> int:
    """Remove what is no longer needed: texts of emails that were given up long ago, and old rows. Return how many."""
    now = timezone.now()
    given_up = OutgoingEmail.objects.filter(state=EmailState.FAILED, ended_at__lt=now - FAILED_KEPT)
    keys = list(given_up.values_list("pk", flat=True)[:ROWS_BATCH])
    emptied = OutgoingEmail.objects.filter(pk__in=keys, state=EmailState.FAILED).update(
        state=EmailState.DROPPED, private={}, to=""
    )
    old = OutgoingEmail.objects.filter(ended_at__lt=now - ROWS_KEPT).exclude(state=EmailState.WAITING)
    keys = list(old.values_list("pk", flat=True)[:ROWS_BATCH])
    return emptied + OutgoingEmail.objects.filter(pk__in=keys).delete()[0]
