"""The counters of the limits, and the values of Django's cache."""

from django.db import models


class LimitCounter(models.Model):
    """A counter that starts again after `expires_at`, in seconds since the epoch; or a value of the cache, as JSON.

    Nothing removes a row before it expires, so nobody can reset a counter by filling the table.
    `workflow.limit_store` reads and writes the rows.
    """

    key = models.CharField(primary_key=True, max_length=255)
    count = models.BigIntegerField(default=0)
    value = models.TextField(blank=True)
    expires_at = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"  # not shown: for shells and logs
