"""Why staff can't do something to a case, as whole sentences about one case and about several."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from onboarding.models import Onboarding, Status, User

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class Refusal(Enum):
    """Why staff can't do something to a case."""

    OWN_ONBOARDING = auto()
    WRONG_STATUS = auto()
    ALREADY_REVIEWER = auto()
    NO_APPROVAL_NEEDED = auto()
    CASE_CHANGED = auto()
    PROPOSAL_OPEN = auto()
    OWN_PROPOSAL = auto()

    def text(self, onboarding: Onboarding) -> str:
        """Return the reason as a sentence about one case."""
        return REFUSAL_TEXTS[self] % {"status": onboarding.get_status_display()}


def refusal_of_case(onboarding: Onboarding, actor: User, sources: frozenset[Status]) -> Refusal | None:
    """Return why `actor` can't change this case, which must have a status in `sources`; None if it is possible."""
    if onboarding.is_owned_by(actor):
        return Refusal.OWN_ONBOARDING
    return None if onboarding.status in sources else Refusal.WRONG_STATUS


REFUSAL_TEXTS: "dict[Refusal, StrPromise]" = {
    Refusal.OWN_ONBOARDING: _("This is your own onboarding. A colleague has to decide about it."),
    Refusal.WRONG_STATUS: _("This is not possible while the status is “%(status)s”."),
    Refusal.ALREADY_REVIEWER: _("You are already the reviewer of this case."),
    Refusal.NO_APPROVAL_NEEDED: _("Requests need no approval on this site."),
    Refusal.CASE_CHANGED: _("The case has changed in the meantime, so nothing was done. Look at it again."),
    Refusal.PROPOSAL_OPEN: _("A proposal for this case waits for a second reviewer already."),
    Refusal.OWN_PROPOSAL: _("You proposed this yourself. Another reviewer has to decide about it."),
}
SKIPPED_TEXTS: "dict[Refusal, StrPromise]" = {
    Refusal.OWN_ONBOARDING: ngettext_lazy(
        "%(count)d case is left out because it is your own onboarding.",
        "%(count)d cases are left out because they are your own onboardings.",
        "count",
    ),
    Refusal.WRONG_STATUS: ngettext_lazy(
        "%(count)d case is left out because its status is “%(status)s”.",
        "%(count)d cases are left out because their status is “%(status)s”.",
        "count",
    ),
    Refusal.ALREADY_REVIEWER: ngettext_lazy(
        "%(count)d case is left out because you are already its reviewer.",
        "%(count)d cases are left out because you are already their reviewer.",
        "count",
    ),
    Refusal.NO_APPROVAL_NEEDED: ngettext_lazy(
        "%(count)d case is left out because requests need no approval on this site.",
        "%(count)d cases are left out because requests need no approval on this site.",
        "count",
    ),
    Refusal.PROPOSAL_OPEN: ngettext_lazy(
        "%(count)d case is left out because a proposal for it waits for a second reviewer.",
        "%(count)d cases are left out because proposals for them wait for a second reviewer.",
        "count",
    ),
    Refusal.CASE_CHANGED: ngettext_lazy(
        "%(count)d case is left out because it has changed in the meantime.",
        "%(count)d cases are left out because they have changed in the meantime.",
        "count",
    ),
}


@dataclass(frozen=True)
class SkippedGroup:
    """Cases that a bulk action leaves out for the same reason; `status` is empty where it is not the reason."""

    refusal: Refusal
    status: str = ""

    @classmethod
    def of(cls, refusal: Refusal, onboarding: Onboarding) -> "SkippedGroup":
        """Return the group that `onboarding` belongs to."""
        status = onboarding.get_status_display() if refusal is Refusal.WRONG_STATUS else ""
        return cls(refusal, status)

    def text(self, count: int) -> str:
        """Return the reason as a sentence about `count` cases."""
        return SKIPPED_TEXTS[self.refusal] % {"count": count, "status": self.status}
