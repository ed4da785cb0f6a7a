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
    """A CA certificate as pages show it: its name, when it expires, and what it is used for."""

    name: str
    not_after: datetime
    is_issuer: bool  # it signed the partner's certificate, or one of its issuers
    is_anchor: bool  # it is trusted when the gateway's certificate is verified


class IssuedCertificate(models.Model):
    """The certificate issued for a request, its chain (intermediates) and its trust anchors, as PEM.

    `fingerprint` is the SHA-256 of the certificate in hex, `serial` its serial number in hex. `findings` has the
    findings of its validation as `Finding.to_dict` returns them.
    """

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
        """The partner's certificate, parsed."""
        return x509.load_pem_x509_certificate(self.certificate_pem.encode())

    @property
    def chain(self) -> list[x509.Certificate]:
        """The intermediates, the issuer first; empty if there are none."""
        return x509.load_pem_x509_certificates(self.chain_pem.encode()) if self.chain_pem else []

    @property
    def anchors(self) -> list[x509.Certificate]:
        """The trusted CA certificates: first the end of the chain, then others that verify the gateway."""
        return x509.load_pem_x509_certificates(self.anchors_pem.encode())

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """The certificates that a client sends: the partner's own and its issuers, without the root."""
        return presented_chain(self.certificate, [*self.chain, *self.anchors])

    @property
    def path(self) -> list[x509.Certificate]:
        """The stored issuers, from the direct issuer of the partner's certificate up to the root."""
        return find_issuers(self.certificate, [*self.chain, *self.anchors])

    @property
    def ca_certificates(self) -> list[CaCertificate]:
        """Every stored CA certificate, the issuers of the partner's certificate first."""
        path, anchors = self.path, self.anchors
        return [
            CaCertificate(certificate_name(ca), ca.not_valid_after_utc, ca in path, ca in anchors)
            for ca in dict.fromkeys([*path, *self.chain, *anchors])
        ]

    @property
    def stored_findings(self) -> list[Finding]:
        """The findings of its validation, whose texts are rendered in the active language."""
        return [Finding.from_dict(finding) for finding in self.findings]
