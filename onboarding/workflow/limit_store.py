"""The store of counters: a table that every process shares, and that keeps every counter until its period is over.

Each count is one statement, so requests at the same time can't exceed a limit.
"""

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection, transaction

from onboarding.models import LimitCounter

NEVER = 1e12  # seconds since the epoch
PURGE_ONE_IN = 200  # writes
PURGE_BATCH = 1000  # rows
COUNT = """
    INSERT INTO onboarding_limitcounter AS stored (key, count, value, expires_at) VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN stored.expires_at <= %s THEN 1 ELSE stored.count + 1 END,
        expires_at = CASE WHEN stored.expires_at <= %s THEN excluded.expires_at ELSE stored.expires_at END
    RETURNING key, count, expires_at
"""
CLAIM = """
    INSERT INTO onboarding_limitcounter AS stored (key, count, value, expires_at) VALUES (%s, 1, %s, %s)
    ON CONFLICT (key) DO UPDATE SET count = 1, value = excluded.value, expires_at = excluded.expires_at
        WHERE stored.expires_at <= %s
    RETURNING key
"""


class Count(NamedTuple):
    """How often a key was counted since its period began, and the seconds until the period ends."""

    uses: int
    seconds_left: float


def count(periods: Mapping[str, float]) -> dict[str, Count]:
    """Add 1 to each key, in one statement, and return the counts. `periods` are the seconds until a key starts again.

    A period begins with the first use after the previous period.
    """
    now = time.time()
    # In the same order in every process: PostgreSQL locks the rows one after the other.
    rows = [(key, 1, "", now + periods[key]) for key in sorted(periods)]
    # not shown: SQL
    statement = COUNT.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(value for row in rows for value in row), now, now])
        counts = {key: Count(uses, expires_at - now) for key, uses, expires_at in cursor.fetchall()}
    _purge_sometimes()
    return counts


def claim(key: str, value: str, seconds: float) -> bool:
    """Store `value` at `key` for so many seconds, unless the key has a value that has not expired; return whether."""
    now = time.time()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [key, value, now + seconds, now])
        claimed = cursor.fetchone() is not None
    _purge_sometimes()
    return claimed


def release(keys: Iterable[str], value: str) -> None:
    """Remove the keys, if they still have this value."""
    LimitCounter.objects.filter(key__in=[*keys], value=value).delete()


def purge(batch: int = PURGE_BATCH) -> int:
    """Remove up to `batch` expired rows; return how many. Rows that another transaction has locked are left."""
    expired = LimitCounter.objects.filter(expires_at__lte=time.time())
    with transaction.atomic():
        keys = list(expired.select_for_update(skip_locked=True).values_list("key", flat=True)[:batch])
        return expired.filter(key__in=keys).delete()[0]


def _purge_sometimes() -> None:
    if secrets.randbelow(PURGE_ONE_IN) == 0:
        purge()


class CounterCache(BaseCache):
    """Django's cache over the same table. allauth counts sign-ins and password resets in it.

    Unlike Django's own backend, `add` is atomic, an error is raised, and entries are only removed once they have
    expired. Values are stored as JSON: whoever can write to the database can't make the site run code.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _key(self, key: str, version: int | None) -> str:
        made: str = self.make_and_validate_key(key, version=version)
        return f"cache:{made}"

    def _expiry(self, timeout: Any) -> float:
        expiry = self.get_backend_timeout(timeout)
        return NEVER if expiry is None else expiry

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value of `key`; `default` if there is none, or if it has expired."""
        stored = LimitCounter.objects.filter(key=self._key(key, version), expires_at__gt=time.time())
        value = stored.values_list("value", flat=True).first()
        return default if value is None else json.loads(value)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store `value`. Raise TypeError if it can't be written as JSON."""
        row = LimitCounter(
            key=self._key(key, version), count=1, value=json.dumps(value), expires_at=self._expiry(timeout)
        )
        columns = ["count", "value", "expires_at"]
        LimitCounter.objects.bulk_create([row], update_conflicts=True, unique_fields=["key"], update_fields=columns)
        _purge_sometimes()

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store `value` if there is none; return whether it was stored. Of several processes, one succeeds."""
        return claim(self._key(key, version), json.dumps(value), self._expiry(timeout) - time.time())

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Change when a value expires; return whether there is one."""
        stored = LimitCounter.objects.filter(key=self._key(key, version), expires_at__gt=time.time())
        return bool(stored.update(expires_at=self._expiry(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove a value; return whether there was one."""
        return bool(LimitCounter.objects.filter(key=self._key(key, version)).delete()[0])

    def clear(self) -> None:
        """Remove all values of the cache, but no counter of `count`."""
        LimitCounter.objects.filter(key__startswith="cache:").delete()
