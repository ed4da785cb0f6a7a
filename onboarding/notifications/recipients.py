"""Who gets the emails about an onboarding."""

from onboarding.models import Onboarding, Role


def recipients_of(onboarding: Onboarding) -> list[str]:
    """Return the addresses that get its emails: the owner's, then those of the members who want them.

    Accounts that are closed get none. Readers get none.
    """
    members = onboarding.memberships.filter(role=Role.MEMBER, wants_emails=True, user__is_active=True)
    owner = [onboarding.owner.email] if onboarding.owner.is_active else []
    return [*owner, *members.values_list("user__email", flat=True)]
