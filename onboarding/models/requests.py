"""Certificate requests, their sealed private keys, and the responses of a practice authority."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from cryptography import x509
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from onboarding.return_reasons import needs_new_request

if TYPE_CHECKING:
    from onboarding.models.certificates import IssuedCertificate


class CertificateRequest(models.Model):
    """A CSR of an onboarding. `spki` is the SHA-256 of its public key in hex, `fingerprint` that of the CSR."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="requests")
    # Known before the row is stored, so that the sealed key can be bound to it.
    uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    csr_pem = models.TextField()
    spki = models.CharField(max_length=64, db_index=True)
    fingerprint = models.CharField(max_length=64)
    key_size = models.PositiveSmallIntegerField()
    # The partner made the key and the CSR elsewhere. The key is not stored here, and there is no passphrase to check.
    externally_generated = models.BooleanField(default=False)
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
        """The CSR, parsed."""
        return x509.load_pem_x509_csr(self.csr_pem.encode())

    @property
    def key_available(self) -> bool:
        """Whether the key is stored here, or the partner has it; else no certificate for it can be used."""
        return self.externally_generated or SealedPrivateKey.objects.filter(request=self.pk).exists()

    @property
    def needs_approval(self) -> bool:
        """Whether our desk must approve the request before it may be sent. No other code decides this."""
        return settings.REVIEW_REQUIRED and self.sent_at is None and self.approved_at is None

    def apply_return(self, reasons: list[str]) -> None:
        """Set the columns that a return for `reasons` changes, without saving them. `reasons` are codes.

        The request counts as not sent. If the reasons need a new request, its approval is withdrawn; else it keeps its
        approval and can be sent again.
        """
        self.sent_at = None
        if needs_new_request(reasons):
            self.approved_at = self.approved_by = None

    @property
    def issued_certificate(self) -> "IssuedCertificate | None":
        """The newest certificate issued for this request; None if there is none."""
        return self.certificates.order_by("-received_at", "-pk").first()


class SealedPrivateKey(models.Model):
    """The private key of a request, encrypted twice. The columns are the fields of `pki.custody.SealedKey`, and those
    that slow down somebody who guesses its passphrase.

    It has a separate table, so that no list of requests loads it.
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
    # Wrong passphrases since the last right one, and until when no passphrase is tried.
    wrong_tries = models.PositiveIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"sealed key of request {self.request_id}"  # not shown: for shells and logs


class SigningResponse(models.Model):
    """The response of a practice authority to a request: what the operator's email would contain."""

    request = models.OneToOneField(CertificateRequest, models.CASCADE, related_name="signing_response")
    certificate_pem = models.TextField()
    ca_pem = models.TextField()
    client_id = models.CharField(max_length=255)
    note = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"signing response for {self.request}"  # not shown: for shells and logs
