"""The nouns: an onboarding, its requests and their sealed keys, what came back, the tests, and the record of it all.

Only `journey.py` writes to them.
"""

import uuid
from datetime import timedelta
from typing import ClassVar

from cryptography import x509
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from onboarding.casework import CaseFinding, Casework, Notice, Return, SearchKey, StaffNote, Tally
from onboarding.certificates import Certificates
from onboarding.environments import Environment
from onboarding.history import Event
from onboarding.statuses import Move, Status
from onboarding.users import User

__all__ = [
    "FACTS",
    "CaseFinding",
    "CertificateRequest",
    "ClientId",
    "Event",
    "FleetsTest",
    "Handover",
    "IssuedCertificate",
    "Move",
    "Notice",
    "Onboarding",
    "Return",
    "SealedPrivateKey",
    "SearchKey",
    "StaffNote",
    "Status",
    "Tally",
    "User",
]


# The columns that the company step fills, named as the fields of a `pki.subject.Subject`.
FACTS = ("country", "state", "locality", "organization", "email")


class Onboarding(Casework):
    """One partner login's way to a working connection; the subject's fields are empty until they are known."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="onboardings")
    mzp_login = models.CharField("MZP login", max_length=64, db_index=True)
    environment = models.CharField(max_length=16, choices=Environment.choices)
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=64, blank=True)
    locality = models.CharField(max_length=64, blank=True)
    organization = models.CharField(max_length=64, blank=True)
    email = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    status_since = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(Casework.Meta):
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.mzp_login} ({self.get_environment_display().lower()})"

    @property
    def request(self) -> "CertificateRequest | None":
        """The request that counts now; earlier ones were replaced."""
        return self.requests.filter(replaced_at=None).first()


class CertificateRequest(models.Model):
    """A CSR made for an onboarding. `spki` and `fingerprint` are SHA-256 in hex: of the public key, of the CSR."""

    onboarding = models.ForeignKey(Onboarding, models.CASCADE, related_name="requests")
    csr_pem = models.TextField()
    spki = models.CharField(max_length=64, db_index=True)
    fingerprint = models.CharField(max_length=64)
    key_size = models.PositiveSmallIntegerField()
    # Made elsewhere by the partner: its key is not here, and no passphrase is asked for it.
    brought = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    passphrase_proved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding"], condition=Q(replaced_at=None), name="one_current_request")
        ]

    def __str__(self) -> str:
        return f"{self.onboarding} {self.fingerprint[:16]}"

    @property
    def csr(self) -> x509.CertificateSigningRequest:
        """The request, parsed."""
        return x509.load_pem_x509_csr(self.csr_pem.encode())

    @property
    def can_be_answered(self) -> bool:
        """Whether a certificate for it is of use: its key is here, or with the partner."""
        return self.brought or SealedPrivateKey.objects.filter(request=self.pk).exists()

    @property
    def answer(self) -> "IssuedCertificate | None":
        """The certificate that came for this request; the last, if it was renewed."""
        return self.certificates.order_by("-received_at", "-pk").first()


class SealedPrivateKey(models.Model):
    """A request's private key under two locks, column by column a `pki.custody.SealedKey`.

    In a table of its own, so that nothing that lists requests ever loads it.
    """

    request = models.OneToOneField(CertificateRequest, models.CASCADE, primary_key=True, related_name="sealed_key")
    version = models.PositiveSmallIntegerField()
    spki = models.CharField(max_length=64)
    server_key_id = models.CharField(max_length=64, db_index=True)
    kdf_memory_kib = models.PositiveIntegerField()
    kdf_iterations = models.PositiveIntegerField()
    kdf_lanes = models.PositiveSmallIntegerField()
    salt = models.BinaryField()
    inner_nonce = models.BinaryField()
    outer_nonce = models.BinaryField()
    ciphertext = models.BinaryField()

    def __str__(self) -> str:
        return f"sealed key of request {self.request_id}"


class Handover(models.Model):
    """What a signing address answered for a request: the contents of the mail that an operator would send."""

    request = models.OneToOneField(CertificateRequest, models.CASCADE, related_name="handover")
    certificate_pem = models.TextField()
    ca_pem = models.TextField()
    client_id = models.CharField(max_length=255)
    note = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"handover for {self.request}"


class IssuedCertificate(Certificates):
    """The signed certificate of a request, with those that came with it."""

    request = models.ForeignKey(CertificateRequest, models.CASCADE, related_name="certificates")
    fingerprint = models.CharField(max_length=64)
    serial = models.CharField(max_length=64, db_index=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(db_index=True)
    findings = models.JSONField(default=list)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "fingerprint"], name="one_row_a_certificate")
        ]

    def __str__(self) -> str:
        return f"certificate {self.serial}"


class ClientId(models.Model):
    """An application's ID at the operator, with the partner's own name for it."""

    onboarding = models.ForeignKey(Onboarding, models.CASCADE, related_name="client_ids")
    value = models.CharField(max_length=255)
    label = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "value"], name="one_row_a_client_id")
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.value})" if self.label else self.value


class FleetsTest(models.Model):
    """One real request for the fleets; `result` is a `fleets` Examination as a dict, empty until it has ended.

    The id comes with the form, so a form sent twice is one test. With a `fault`, a rehearsal's gateway that has it was
    asked: such a test counts nowhere.
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
        """Whether its result is still to come: no test takes twice as long as a test may."""
        limit = timedelta(seconds=2 * settings.TEST_SECONDS)
        return self.finished_at is None and timezone.now() - self.started_at < limit

    @property
    def interrupted(self) -> bool:
        """Whether its result will never come, because the server was stopped while it ran."""
        return self.finished_at is None and not self.running
