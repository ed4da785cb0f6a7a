"""Onboardings, and their client IDs."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding.environments import Environment
from onboarding.messages.message import Owner
from onboarding.models.choices import NEXT_OWNER_CHOICES, Status
from onboarding.models.colleagues import Role
from onboarding.models.requests import CertificateRequest
from onboarding.models.review import Return
from onboarding.models.users import User
from onboarding.pki.subject import COMPANY_FIELDS, FIELDS_BY_NAME

# The columns that the company step fills.
SUBJECT_COLUMNS = tuple(field.name for field in COMPANY_FIELDS)


class Onboarding(models.Model):
    """The process that gives one MZP login a working connection.

    The subject's columns are empty until the partner enters them.
    The columns from `next_owner` on are denormalized for the review desk's lists; only `workflow/denormalize.py` writes
    them. `expires_at` is the expiry of the newest certificate, and `renewal_due_at` when its renewal should begin.
    `errors` and `warnings` count the findings about the current request and its certificate.

    `renews` is the onboarding whose certificate this one replaces.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="onboardings")
    mzp_login = models.CharField(_("MZP login"), max_length=FIELDS_BY_NAME["common_name"].upper_bound, db_index=True)
    environment = models.CharField(_("environment"), max_length=16, choices=Environment.choices)
    country = models.CharField(max_length=FIELDS_BY_NAME["country"].upper_bound, blank=True)
    state = models.CharField(max_length=FIELDS_BY_NAME["state"].upper_bound, blank=True)
    locality = models.CharField(max_length=FIELDS_BY_NAME["locality"].upper_bound, blank=True)
    organization = models.CharField(
        _("organization"), max_length=FIELDS_BY_NAME["organization"].upper_bound, blank=True
    )
    email = models.CharField(max_length=FIELDS_BY_NAME["email"].upper_bound, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    status_since = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="cases")
    renews = models.ForeignKey("self", models.PROTECT, null=True, related_name="renewals")
    watches_gateway = models.BooleanField(default=False, db_default=False)
    next_owner = models.CharField(max_length=16, choices=NEXT_OWNER_CHOICES, default=Owner.PARTNER)
    expires_at = models.DateTimeField(null=True)
    renewal_due_at = models.DateTimeField(null=True)
    errors = models.PositiveSmallIntegerField(default=0)
    warnings = models.PositiveSmallIntegerField(default=0)
    erasure_warned_at = models.DateTimeField(null=True)  # when the owner was told that the draft will be erased
    # The SHA-256 in hex of each CA certificate that the partner has confirmed for the gateway.
    confirmed_cas = models.JSONField(default=list, db_default=Value([], models.JSONField()))

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        verbose_name = _("onboarding")
        verbose_name_plural = _("onboardings")
        permissions = [("review_onboarding", "Can act on cases at the review desk")]
        indexes: ClassVar[list[models.Index]] = [
            # Each list is sorted in the order of its index, so the cost of a page does not grow with the list.
            models.Index(fields=["status_since", "id"], name="queue_by_age"),
            models.Index(fields=["next_owner", "status_since", "id"], name="queue_by_owner"),
            models.Index(fields=["status", "status_since", "id"], name="queue_by_status"),
            models.Index(fields=["environment", "status_since", "id"], name="queue_by_environment"),
            models.Index(fields=["reviewer", "status_since", "id"], name="queue_by_reviewer"),
            models.Index(fields=["expires_at", "id"], name="queue_by_expiry"),
            models.Index(fields=["renewal_due_at"], condition=Q(next_owner=Owner.NOBODY), name="renewals_due"),
            models.Index(fields=["environment"], condition=Q(watches_gateway=True), name="gateway_watchers"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["renews"],
                condition=~Q(status__in=[Status.WITHDRAWN, Status.REJECTED]),
                name="one_renewal_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mzp_login} ({self.get_environment_display().lower()})"

    def role_of(self, user: User) -> Role | None:
        """Return the role of `user` in this onboarding; None if they have none."""
        if self.owner_id == user.pk:
            return Role.OWNER
        # all() uses what a list has prefetched.
        return next((Role(row.role) for row in self.memberships.all() if row.user_id == user.pk), None)

    def is_owned_by(self, user: User) -> bool:
        """Return whether `user` is its owner, a member or a reader, who must not act on it at the review desk."""
        return self.role_of(user) is not None

    def may_be_changed_by(self, user: User) -> bool:
        """Return whether `user` is its owner or a member."""
        return self.role_of(user) in {Role.OWNER, Role.MEMBER}

    @property
    def renewal(self) -> "Onboarding | None":
        """The onboarding that renews this one; None if there is none, or if it was withdrawn or rejected."""
        return self.renewals.exclude(status__in=[Status.WITHDRAWN, Status.REJECTED]).first()

    @property
    def request(self) -> CertificateRequest | None:
        """The current request, the only request that was not replaced; None if there is none."""
        return self.requests.filter(replaced_at=None).first()

    @property
    def open_return(self) -> Return | None:
        """The newest return that the partner has not resolved yet; None if there is none."""
        return self.returns.filter(answered_at=None).order_by("-at").first()


class ClientId(models.Model):
    """The ID of an application at the operator, with the partner's own label."""

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
