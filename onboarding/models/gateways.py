"""What was seen of the operator's gateways without any partner's key, and what has changed there."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding.languages import day


class GatewaySight(models.Model):
    """The last look at the gateway `address` (host:port). The columns after `error` are those of the last success.

    `fingerprint` is the SHA-256 of its certificate in hex. `issuer` is the name of the CA that signed it, and `root`
    that of the CA above the certificates that the gateway sends; `ca_keys` are the identifiers of their keys.
    `versions` are the TLS versions that it speaks.
    """

    address = models.CharField(max_length=255, primary_key=True)
    # When to look next: claimed by the process that looks, so that each gateway is looked at once.
    next_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    issuer = models.CharField(max_length=500, blank=True)
    root = models.CharField(max_length=500, blank=True)
    ca_keys = models.CharField(max_length=200, blank=True)
    not_after = models.DateTimeField(null=True)
    versions = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.address} at {self.seen_at:%Y-%m-%d}" if self.seen_at else self.address  # not shown: for shells


class GatewayChangeKind(models.TextChoices):
    """A change of a gateway that can break partners' connections."""

    CA = "ca", _("another CA")
    EXPIRING = "expiring", _("certificate expires")
    VERSION_GONE = "version_gone", _("TLS version no longer spoken")


CHANGE_TEXTS = {
    GatewayChangeKind.CA: _("The certificate of the gateway %(address)s now comes from another CA: %(value)s."),
    GatewayChangeKind.EXPIRING: _("The certificate of the gateway %(address)s expires on %(day)s."),
    GatewayChangeKind.VERSION_GONE: _("The gateway %(address)s no longer speaks %(value)s."),
}
CHANGE_ADVICE = {
    GatewayChangeKind.CA: _("Test the connection. If it fails, ask your contact at Stellantis for the CA certificate."),
    GatewayChangeKind.EXPIRING: _("You have nothing to do, but connections fail if Stellantis does not replace it."),
    GatewayChangeKind.VERSION_GONE: _("Check which TLS versions your servers use, then test the connection."),
}


class GatewayChange(models.Model):
    """A change at a gateway. Each is recorded once: `value` is the new CA, the fingerprint, or the TLS version."""

    address = models.CharField(max_length=255)
    kind = models.CharField(max_length=16, choices=GatewayChangeKind.choices)
    value = models.CharField(max_length=500)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    not_after = models.DateTimeField(null=True)  # of the certificate that expires

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["address", "kind", "value"], name="one_row_a_gateway_change")
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.kind} {self.value}"  # not shown: for shells and logs

    @property
    def text(self) -> str:
        """What has changed, as a sentence."""
        values = {"address": self.address, "value": self.value, "day": day(self.not_after)}
        return CHANGE_TEXTS[GatewayChangeKind(self.kind)] % values

    @property
    def advice(self) -> str:
        """What the partner can do."""
        return str(CHANGE_ADVICE[GatewayChangeKind(self.kind)])


class GatewayNotice(models.Model):
    """The email about a change to the people of an onboarding, so that it is sent once."""

    change = models.ForeignKey(GatewayChange, models.CASCADE, related_name="notices")
    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="gateway_notices")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["change", "onboarding"], name="one_notice_a_change")
        ]

    def __str__(self) -> str:
        return f"notice of change {self.change_id} to {self.onboarding_id}"  # not shown: for shells and logs
