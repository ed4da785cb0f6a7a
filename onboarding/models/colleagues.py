"""The people who share an onboarding with its owner, and the invitations to join them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody may do with an onboarding.

    A member may do what the owner may, but can't hand it over or delete keys, and can't remove the owner. A reader only
    reads: no forms, no private keys, no tests.
    """

    OWNER = "owner", _("Owner")
    MEMBER = "member", _("Member")
    READER = "reader", _("Reader")

    def includes(self, other: "Role") -> bool:
        """Whether somebody with this role may do everything that `other` may."""
        ranks = list(Role)
        return ranks.index(self) <= ranks.index(other)


# The roles of somebody who is not the owner.
SHARED_ROLES = [(role.value, role.label) for role in (Role.MEMBER, Role.READER)]


class Membership(models.Model):
    """A colleague of the owner who may open an onboarding."""

    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=SHARED_ROLES)
    since = models.DateTimeField(default=timezone.now)
    wants_emails = models.BooleanField(default=True, db_default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["since", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding", "user"], name="one_membership_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} of {self.onboarding_id}"  # not shown: for shells and logs


class InvitationQuerySet(QuerySet["Invitation"]):
    """Filters of invitations."""

    def pending(self) -> "InvitationQuerySet":
        """Return those that can still be accepted."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """An invitation of an email address to an onboarding; with the role OWNER, an offer to hand it over.

    The link in the email is made from the id and a signature, so no table has it. It works once, until `expires_at`,
    and only for an account with this address.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    onboarding = models.ForeignKey("onboarding.Onboarding", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role.choices)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["email", "created_at"], name="invitation_by_email")
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.onboarding_id}"  # not shown: for shells and logs
