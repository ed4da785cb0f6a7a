"""Issued certificates with their chains and trust anchors."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cryptography import x509
from django.db import models
from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.models.requests import CertificateRequest
from onboarding.pki.validation.chain import certificate_name, find_issuers, presented_chain


@dataclass(frozen=True)
class CaCertificate:
    """A CA certificate as pages show it: its name, its last day, and what it is used for."""

    name: str
    not_after: datetime
    is_issuer: bool  # it signed the partner's certificate, or one above it
    is_anchor: bool  # the gateway's certificate may be signed by it


class IssuedCertificate(models.Model):
    """The signed certificate of a request, with its chain (intermediates) and anchors (CA certificates), as PEM."""

    request = models.ForeignKey(CertificateRequest, models.CASCADE, related_name="certificates")
    certificate_pem = models.TextField()
    chain_pem = models.TextField(blank=True)
    anchors_pem = models.TextField()
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

    @property
    def certificate(self) -> x509.Certificate:
        """The partner's own certificate."""
        return x509.load_pem_x509_certificate(self.certificate_pem.encode())

    @property
    def chain(self) -> list[x509.Certificate]:
        """The intermediates, the issuer first; empty where there are none."""
        return x509.load_pem_x509_certificates(self.chain_pem.encode()) if self.chain_pem else []

    @property
    def anchors(self) -> list[x509.Certificate]:
        """The CA certificates to trust: the one above the chain first, then others to recognise the gateway by."""
        return x509.load_pem_x509_certificates(self.anchors_pem.encode())

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What a client sends: the certificate and its issuers, without the root."""
        return presented_chain(self.certificate, [*self.chain, *self.anchors])

    @property
    def path(self) -> list[x509.Certificate]:
        """The issuers, from the partner's own upwards, as far as they are stored."""
        return find_issuers(self.certificate, [*self.chain, *self.anchors])

    @property
    def ca_certificates(self) -> list[CaCertificate]:
        """Every stored CA certificate, those above the partner's own first."""
        path, anchors = self.path, self.anchors
        return [
            CaCertificate(certificate_name(ca), ca.not_valid_after_utc, ca in path, ca in anchors)
            for ca in dict.fromkeys([*path, *self.chain, *anchors])
        ]

    @property
    def stored_findings(self) -> list[Finding]:
        """What was found when it came, to be shown in the language of the moment."""
        return [Finding.from_dict(stored) for stored in self.findings]
