"""Denormalized tables for the review desk: lists, search, dashboard. `workflow/denormalize.py` is the only writer."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class CaseFinding(models.Model):
    """A finding about an onboarding's current request or certificate; `since` is the start of its status."""

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
    """A word by which the desk finds an onboarding, folded: no accents, no capitals, no colons in fingerprints."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="search_keys")
    value = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "value"], name="one_row_a_search_key")
        ]

    def __str__(self) -> str:
        return self.value


class DailyCount(models.Model):
    """A running count, so that the dashboard need not count rows: `n` of `label` on `day`.

    Kinds: `waiting` (label "status:owner", by the day it came there), `expiring` (by the first of the month),
    `tests` (label the verdict, by day), `lasted` (label "status:bucket", by the first of the month it ended).
    """

    kind = models.CharField(max_length=16)
    label = models.CharField(max_length=80, blank=True)
    day = models.DateField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "day", "label"], name="one_row_a_tally")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} {self.day}: {self.n}"
