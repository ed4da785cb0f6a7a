"""Certificates as rows keep them: a partner's own, those between it and a CA to trust, and the CAs."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from django.db import models

from onboarding.pki.chain import name_of, path_above, presented


@dataclass(frozen=True)
class Authority:
    """A CA certificate for people: its name, its last day, and whether it stands above the partner's own."""

    name: str
    ends: datetime
    above: bool
    trusted: bool


class Certificates(models.Model):
    """A certificate with its chain (intermediates) and anchors (CA certificates), as PEM."""

    certificate_pem = models.TextField()
    chain_pem = models.TextField(blank=True)
    anchors_pem = models.TextField()

    class Meta:
        abstract = True

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
        """What a client sends: the certificate and its issuers, wherever they are kept, without the root."""
        return presented(self.certificate, [*self.chain, *self.anchors])

    @property
    def path(self) -> list[x509.Certificate]:
        """The issuers, from the partner's own upwards, as far as they are here."""
        return path_above(self.certificate, [*self.chain, *self.anchors])

    @property
    def authorities(self) -> list[Authority]:
        """Every CA certificate that is here: those above the partner's own first."""
        path, anchors = self.path, self.anchors
        each = dict.fromkeys([*path, *self.chain, *anchors])
        return [Authority(name_of(one), one.not_valid_after_utc, one in path, one in anchors) for one in each]
