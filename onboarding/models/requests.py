"""Certificate requests, their sealed private keys, and what a signing address answered."""

from typing import TYPE_CHECKING, ClassVar

from cryptography import x509
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from onboarding.models.certificates import IssuedCertificate


class CertificateRequest(models.Model):
    """A CSR made for an onboarding. `spki` and `fingerprint` are SHA-256 in hex: of the public key, of the CSR."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="requests")
    csr_pem = models.TextField()
    spki = models.CharField(max_length=64, db_index=True)
    fingerprint = models.CharField(max_length=64)
    key_size = models.PositiveSmallIntegerField()
    # The partner made key and CSR elsewhere: the key is not stored here, and there is no passphrase to check.
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
        """The request, parsed."""
        return x509.load_pem_x509_csr(self.csr_pem.encode())

    @property
    def key_available(self) -> bool:
        """Whether a certificate for it can be used: its key is stored here, or the partner has it."""
        return self.externally_generated or SealedPrivateKey.objects.filter(request=self.pk).exists()

    @property
    def issued_certificate(self) -> "IssuedCertificate | None":
        """The certificate issued for this request; the newest, if it was renewed."""
        return self.certificates.order_by("-received_at", "-pk").first()


class SealedPrivateKey(models.Model):
    """A request's private key, encrypted twice, column by column a `pki.custody.SealedKey`.

    It has a table of its own, so that no list of requests ever loads it.
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


class SigningResponse(models.Model):
    """What a signing address answered for a request: what the operator's email would hold."""

    request = models.OneToOneField(CertificateRequest, models.CASCADE, related_name="signing_response")
    certificate_pem = models.TextField()
    ca_pem = models.TextField()
    client_id = models.CharField(max_length=255)
    note = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"signing response for {self.request}"
