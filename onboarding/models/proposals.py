"""Proposals: actions of the review desk that wait for a second reviewer."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding.models.onboarding import Onboarding


class ProposalOutcome(models.TextChoices):
    """How a proposal ended."""

    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Proposal(models.Model):
    """An action that one reviewer proposes and another one confirms or refuses. Nothing happens before.

    `verb` is a `choices.Action`, and `entered` what the proposer entered, as JSON: the fields of
    `review.actions.ActionInput`, or those of an upload. `case_state` is the state of the case that the proposer saw.
    An open proposal has neither `outcome` nor `decided_at`.
    """

    onboarding = models.ForeignKey(Onboarding, models.CASCADE, related_name="proposals")
    verb = models.CharField(max_length=32)
    entered = models.JSONField(default=dict)
    case_state = models.CharField(max_length=100)
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=16, choices=ProposalOutcome.choices, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["onboarding"], condition=Q(decided_at=None), name="one_open_proposal")
        ]

    def __str__(self) -> str:
        return f"proposal to {self.verb}, {self.at:%Y-%m-%d}"  # not shown: for shells and logs
