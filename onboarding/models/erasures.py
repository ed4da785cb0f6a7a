"""Tombstones: what was erased, without personal data."""

from django.db import models
from django.utils import timezone


class Erasure(models.Model):
    """An onboarding ("onboarding:" and its id in hex) or an account ("account:" and its id) that was erased.

    The triggers of the history let only the events of an erased onboarding go, and only the actor and the address of
    an erased account. The audit record has a record of the kind "erased", without which `verify_audit` reports a gap.
    """

    subject = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.subject} erased on {self.at:%Y-%m-%d}"  # not shown: for shells and logs
