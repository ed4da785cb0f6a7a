"""Denormalized tables for the review desk's lists, search and dashboard. Only `workflow/denormalize.py` writes them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class CaseFinding(models.Model):
    """A finding about an onboarding's current request or certificate. `since` is the onboarding's `status_since`."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="case_findings")
    code = models.CharField(max_length=64)
    severity = models.CharField(max_length=16)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "code"], name="one_row_a_finding")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["code", "since", "onboarding"], name="finding_by_code")
        ]

    def __str__(self) -> str:
        return self.code


class SearchKey(models.Model):
    """A search term for an onboarding, folded: without accents, capitals, and the colons of fingerprints."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="search_keys")
    value = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "value"], name="one_row_a_search_key")
        ]

    def __str__(self) -> str:
        return self.value


class DailyCount(models.Model):
    """A running count, so that the dashboard does not count rows: `n` of `label` on `day`.

    Kinds:

    - `waiting`: open and closed onboardings. The label is "status:owner", the day that of `status_since`.
    - `expiring`: certificates. There is no label; the day is the first of the month in which they expire.
    - `tests`: connection tests. The label is the code of the verdict, the day that of the test.
    - `lasted`: how long statuses lasted. The label is "status:bucket", the day the first of the month of their end.
    """

    kind = models.CharField(max_length=16)
    label = models.CharField(max_length=80, blank=True)
    day = models.DateField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "day", "label"], name="one_row_a_daily_count")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} {self.day}: {self.n}"
