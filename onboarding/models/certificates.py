"""Issued certificates with their chains and trust anchors."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db import models
from django.utils import timezone

from onboarding.environments import addresses_of
from onboarding.messages.finding import Finding
from onboarding.models.requests import CertificateRequest
from onboarding.pki.validation.chain import certificate_name, find_issuers, presented_chain


def certificate_fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


@dataclass(frozen=True)
class CaCertificate:
    """A CA certificate as pages show it: its name, when it expires, and what it is used for."""

    name: str
    not_after: datetime
    fingerprint: str  # the SHA-256 in hex
    is_issuer: bool  # it signed the partner's certificate, or one of its issuers
    is_anchor: bool  # it was sent for verifying the gateway's certificate
    is_trusted: bool  # the partner has confirmed it, or the settings name it

    @property
    def fingerprint_pairs(self) -> str:
        """The SHA-256 as tools print it: pairs of hex digits with colons."""
        return ":".join(self.fingerprint[start : start + 2] for start in range(0, len(self.fingerprint), 2)).upper()


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
        """The CA certificates that came for verifying the gateway: first the end of the chain, then others.

        Only `trusted_anchors` are used.
        """
        return x509.load_pem_x509_certificates(self.anchors_pem.encode())

    @property
    def trusted_anchors(self) -> list[x509.Certificate]:
        """The anchors that the partner has confirmed, and those that the settings name for the environment."""
        onboarding = self.request.onboarding
        pinned = {certificate_fingerprint(ca) for ca in addresses_of(onboarding.environment).gateway_cas}
        trusted = pinned.union(onboarding.confirmed_cas)
        return [ca for ca in self.anchors if certificate_fingerprint(ca) in trusted]

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
        path, anchors, trusted = self.path, self.anchors, self.trusted_anchors
        return [
            CaCertificate(
                certificate_name(ca),
                ca.not_valid_after_utc,
                certificate_fingerprint(ca),
                is_issuer=ca in path,
                is_anchor=ca in anchors,
                is_trusted=ca in trusted,
            )
            for ca in dict.fromkeys([*path, *self.chain, *anchors])
        ]

    @property
    def unconfirmed_cas(self) -> list[CaCertificate]:
        """The anchors that the partner has to confirm before they are used."""
        return [ca for ca in self.ca_certificates if ca.is_anchor and not ca.is_trusted]

    @property
    def stored_findings(self) -> list[Finding]:
        """The findings of its validation, whose texts are rendered in the active language."""
        return [Finding.from_dict(finding) for finding in self.findings]
