"""Who gets the emails about an onboarding, and which of them each account wants."""

from collections.abc import Iterable

from onboarding.models import NoticeChoice, NoticeGroup, Onboarding, Role, Status, User
from onboarding.models.outbox import OFF_AT_FIRST


def recipients_of(onboarding: Onboarding) -> list[User]:
    """Return the accounts that get the emails about `onboarding`: the owner, then the members who want them.

    An account that is closed gets none. Readers get none.
    """
    memberships = onboarding.memberships.filter(role=Role.MEMBER, wants_emails=True).select_related("user")
    return [user for user in (onboarding.owner, *(member.user for member in memberships)) if user.is_active]


def is_renewed(onboarding: Onboarding) -> bool:
    """Return whether a connected onboarding has replaced this one, so that nobody needs to hear of its expiry."""
    return onboarding.renewals.filter(status__in=[Status.CONNECTED, Status.RENEWED]).exists()


def wants(user: User, group: str) -> bool:
    """Return whether `user` gets the emails of `group`. Emails about security can't be turned off."""
    return bool(wanting([user], group))


def wanting(users: Iterable[User], group: str) -> list[User]:
    """Return those of `users` who get the emails of `group`."""
    users = list(users)
    if group == NoticeGroup.SECURITY:
        return users
    chosen = dict(NoticeChoice.objects.filter(user__in=users, group=group).values_list("user_id", "wanted"))
    return [user for user in users if chosen.get(user.pk, group not in OFF_AT_FIRST)]


def offered_groups(user: User) -> list[NoticeGroup]:
    """Return the groups among which `user` chooses. The overview for the desk is only offered to staff."""
    hidden = {NoticeGroup.SECURITY} if user.is_staff else {NoticeGroup.SECURITY, NoticeGroup.DIGEST}
    return [group for group in NoticeGroup if group not in hidden]


def choose(user: User, group: str, *, wanted: bool) -> None:
    """Store whether `user` wants the emails of `group`."""
    NoticeChoice.objects.update_or_create(user=user, group=group, defaults={"wanted": wanted})
