"""Connection tests: one real request for the fleets each."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from onboarding.models.certificates import IssuedCertificate
from onboarding.models.onboarding import Onboarding


class ConnectionTest(models.Model):
    """One real request for the fleets; `result` is a `fleets.diagnosis.Diagnosis` as a dict, empty until it has ended.

    The id comes with the form, so a form that is sent twice makes one test. With a `fault`, the request went to a
    rehearsal's gateway that has it: such a test has no effect on the onboarding.
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

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["verdict", "finished_at"], name="test_by_verdict")
        ]

    def __str__(self) -> str:
        return f"test of {self.started_at:%Y-%m-%d %H:%M} UTC: {self.verdict or 'running'}"

    @property
    def running(self) -> bool:
        """Whether its result is still to come: no test takes twice as long as TEST_SECONDS."""
        limit = timedelta(seconds=2 * settings.TEST_SECONDS)
        return self.finished_at is None and timezone.now() - self.started_at < limit

    @property
    def interrupted(self) -> bool:
        """Whether its result will never come, because the server was stopped while it ran."""
        return self.finished_at is None and not self.running
