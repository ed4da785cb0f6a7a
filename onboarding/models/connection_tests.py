"""Connection tests. Each test is one real request for the fleets."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from onboarding.models.certificates import IssuedCertificate
from onboarding.models.onboarding import Onboarding


def duration_limit() -> timedelta:
    """Return how long after its start a test can still be running; then it was interrupted."""
    return timedelta(seconds=2 * settings.TEST_SECONDS)


class ConnectionTestQuerySet(models.QuerySet["ConnectionTest"]):
    """Selects connection tests."""

    def finished(self, fault: str = "") -> "ConnectionTestQuerySet":
        """Return the finished tests at a gateway without a fault, or at the gateways with `fault`."""
        return self.filter(finished_at__isnull=False, fault=fault)

    def succeeded(self) -> "ConnectionTestQuerySet":
        """Return the tests whose request succeeded."""
        return self.filter(result__succeeded=True)


class ConnectionTest(models.Model):
    """One real request for the fleets; `result` is a `fleets.diagnosis.Diagnosis` as a dict, empty until the test ends.

    The form contains the id, so a form that is sent twice makes one test. A test with a `fault` went to a practice
    gateway that has this fault. It has no effect on the onboarding.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    onboarding = models.ForeignKey(Onboarding, models.CASCADE, related_name="tests")
    certificate = models.ForeignKey(IssuedCertificate, models.CASCADE, related_name="tests")
    client_id = models.CharField(max_length=255)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=64, blank=True)
    fault = models.CharField(max_length=64, blank=True)
    result = models.JSONField(default=dict)

    objects = ConnectionTestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["verdict", "finished_at"], name="test_by_verdict"),
            models.Index(fields=["started_at"], condition=models.Q(finished_at=None), name="unfinished_tests"),
        ]

    def __str__(self) -> str:
        # not shown: for shells and logs
        return f"test of {self.started_at:%Y-%m-%d %H:%M} UTC: {self.verdict or 'running'}"

    @property
    def running(self) -> bool:
        """Whether the test is still running. No test takes longer than twice TEST_SECONDS."""
        return self.finished_at is None and timezone.now() - self.started_at < duration_limit()

    @property
    def interrupted(self) -> bool:
        """Whether the test never finished, because the server was stopped while it ran."""
        return self.finished_at is None and not self.running
