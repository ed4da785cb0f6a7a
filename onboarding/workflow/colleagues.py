"""Share an onboarding: invite colleagues, remove them, leave, and hand it over.

Events and the audit record say who did what. They name the account that is concerned only by its id, because they are
kept for ever.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from onboarding.limits import A_DAY, ADDRESS_INVITATIONS, COLLEAGUES, INVITATIONS, Scope
from onboarding.models import Action, Event, Invitation, Membership, Onboarding, Role, User
from onboarding.notifications import colleague_emails
from onboarding.workflow.accounts import has_verified_address
from onboarding.workflow.limits import LimitReachedError, allowed_uses, consume
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked

INVITATION_AGE = timedelta(days=7)
ROLE_REASONS = {Role.OWNER: _("as owner"), Role.MEMBER: _("as member"), Role.READER: _("as reader")}


def people_of(onboarding: Onboarding) -> dict[int, Role]:
    """Return the role of each account that may open `onboarding`, by the account's id."""
    shared = {row.user_id: Role(row.role) for row in onboarding.memberships.all()}
    return {onboarding.owner_id: Role.OWNER} | shared


def actor_name(event: Event, people: Mapping[int, Role]) -> str:
    """Return the address of who did `event`, as partners read it; "" for our desk, which the action names.

    It is also "" where the owner has shared the onboarding with nobody.
    """
    if event.actor is None or {event.actor.pk} == {*people} or (event.actor.is_staff and event.actor.pk not in people):
        return ""
    return event.actor.email


def invitations_of(user: User) -> list[Invitation]:
    """Return the pending invitations to the address of `user`; none if they have not confirmed that it is theirs."""
    if not has_verified_address(user):
        return []
    return list(
        Invitation.objects.pending().filter(email=user.email.lower()).select_related("onboarding", "invited_by")
    )


def invite(onboarding: Onboarding, actor: User, email: str, role: Role) -> None:
    """Invite an address by email. An earlier invitation of the address stops working.

    The email and what `actor` sees do not depend on whether the address has an account. Raise
    TransitionNotAllowedError if the address belongs to somebody who may open the onboarding already, or if `actor` is
    only a reader, and LimitReachedError.
    """
    email = email.lower()
    consume(actor, INVITATIONS)
    recent = Invitation.objects.filter(email=email, created_at__gt=timezone.now() - A_DAY).count()
    if recent >= allowed_uses(ADDRESS_INVITATIONS, Scope.ADDRESS_OF_EMAIL):
        raise LimitReachedError(ADDRESS_INVITATIONS, Scope.ADDRESS_OF_EMAIL, A_DAY.total_seconds())
    with locked(onboarding, actor) as change:
        _require(change, Role.MEMBER)
        if email in _addresses(change.onboarding):
            raise TransitionNotAllowedError("this person may open the onboarding already")
        pending = change.onboarding.invitations.pending()
        people = change.onboarding.memberships.count() + pending.exclude(email=email).count()
        if people >= allowed_uses(COLLEAGUES, Scope.ONBOARDING):
            raise LimitReachedError(COLLEAGUES, Scope.ONBOARDING, None)
        pending.filter(email=email).update(revoked_at=timezone.now())
        _send_invitation(change, email, role)


def hand_over(onboarding: Onboarding, actor: User, membership: int) -> None:
    """Offer the onboarding to one of its members, who becomes its owner when they accept.

    Raise TransitionNotAllowedError if `actor` is not the owner, or if the other is no member.
    """
    consume(actor, INVITATIONS)
    with locked(onboarding, actor) as change:
        _require(change, Role.OWNER)
        member = change.onboarding.memberships.filter(pk=membership, role=Role.MEMBER).select_related("user").first()
        if member is None:
            raise TransitionNotAllowedError(Action.HAND_OVER)
        change.onboarding.invitations.pending().filter(role=Role.OWNER).update(revoked_at=timezone.now())
        change.details["account"] = member.user_id
        _send_invitation(change, member.user.email.lower(), Role.OWNER)


def _send_invitation(change: Change, email: str, role: Role) -> None:
    invitation = Invitation.objects.create(
        onboarding=change.onboarding,
        email=email,
        role=role,
        invited_by=change.actor,
        expires_at=timezone.now() + INVITATION_AGE,
    )
    change.details.update(role=role.value, invitation=str(invitation.pk))
    change.record(Action.INVITE, ROLE_REASONS[role])
    colleague_emails.send_invitation(invitation)


def _addresses(onboarding: Onboarding) -> set[str]:
    members = onboarding.memberships.values_list("user__email", flat=True)
    return {onboarding.owner.email.lower(), *(email.lower() for email in members)}


def _require(change: Change, role: Role) -> None:
    """Raise TransitionNotAllowedError if the actor has a lesser role, which they may have lost meanwhile."""
    own = change.onboarding.role_of(change.actor)
    if own is None or not own.includes(role):
        raise TransitionNotAllowedError(f"this needs the role {role.value}")


def invitation_for(token: str) -> Invitation | None:
    """Return the pending invitation of the link with `token`; None if it is forged, used, revoked or expired."""
    try:
        pk = signing.loads(token, salt=colleague_emails.COLLEAGUE_SALT)
    except signing.BadSignature:
        return None
    return Invitation.objects.pending().filter(pk=pk).select_related("onboarding", "invited_by").first()


def accept_invitation(invitation: Invitation, user: User) -> None:
    """Let `user` join the onboarding, or become its owner. It works once.

    Raise TransitionNotAllowedError if the invitation is for another address, was used, revoked or has expired, or if
    whoever sent it may not invite any more.
    """
    with locked(invitation.onboarding, user) as change:
        current = Invitation.objects.pending().filter(pk=invitation.pk, email=user.email.lower()).first()
        if current is None or not _is_backed(current, change.onboarding):
            raise TransitionNotAllowedError("this invitation can't be accepted")
        current.accepted_at = timezone.now()
        current.save(update_fields=["accepted_at"])
        change.details.update(role=current.role, invitation=str(current.pk))
        if current.role == Role.OWNER:
            before = change.onboarding.owner
            set_owner(change, user)
            Membership.objects.create(onboarding=change.onboarding, user=before, role=Role.MEMBER)
            change.details["before"] = before.pk
            change.record(Action.HAND_OVER)
            colleague_emails.announce_owner(before, change.onboarding)
            return
        if change.onboarding.role_of(user) is not None:
            raise TransitionNotAllowedError("this person may open the onboarding already")
        Membership.objects.create(onboarding=change.onboarding, user=user, role=current.role)
        change.record(Action.JOIN, ROLE_REASONS[Role(current.role)])
        colleague_emails.announce_colleague(change.onboarding, user, Role(current.role))


def _is_backed(invitation: Invitation, onboarding: Onboarding) -> bool:
    """Return whether the sender of `invitation` may still invite, and the new owner is still a member."""
    sender = onboarding.role_of(invitation.invited_by)
    if invitation.role != Role.OWNER:
        return sender is not None and sender.includes(Role.MEMBER)
    is_member = onboarding.memberships.filter(user__email__iexact=invitation.email, role=Role.MEMBER).exists()
    return sender == Role.OWNER and is_member


def set_owner(change: Change, user: User) -> None:
    """Make `user` the owner instead of the present owner, who loses the access. Offers to others stop working."""
    onboarding = change.onboarding
    onboarding.memberships.filter(user=user).delete()
    onboarding.invitations.pending().filter(role=Role.OWNER).update(revoked_at=timezone.now())
    onboarding.owner = user
    onboarding.save(update_fields=["owner"])


def revoke_invitation(onboarding: Onboarding, actor: User, pk: str) -> None:
    """Make a pending invitation stop working. One that was accepted or revoked meanwhile stays as it is."""
    with locked(onboarding, actor) as change:
        _require(change, Role.MEMBER)
        if change.onboarding.invitations.pending().filter(pk=pk).update(revoked_at=timezone.now()):
            change.details["invitation"] = pk
            change.record(Action.REVOKE_INVITATION)


def remove_colleague(onboarding: Onboarding, actor: User, membership: int) -> None:
    """Take the access from a colleague, who gets an email. Somebody who has none any more stays as they are."""
    with locked(onboarding, actor) as change:
        _require(change, Role.MEMBER)
        if (left := _delete_membership(change, membership)) is not None:
            change.record(Action.REMOVE_COLLEAGUE)
            colleague_emails.announce_removal(left, change.onboarding)


def leave(onboarding: Onboarding, actor: User) -> None:
    """Give up the own access. Raise TransitionNotAllowedError for the owner, who has to hand the onboarding over."""
    with locked(onboarding, actor) as change:
        own = change.onboarding.memberships.filter(user=actor).first()
        if own is None:
            raise TransitionNotAllowedError(Action.LEAVE)
        _delete_membership(change, own.pk)
        change.record(Action.LEAVE)


def _delete_membership(change: Change, pk: int) -> User | None:
    """Delete a membership and what its account has offered; return the account, or None if there is none."""
    membership = change.onboarding.memberships.filter(pk=pk).select_related("user").first()
    if membership is None:
        return None
    membership.delete()
    # The same person can be invited again, but not with a link that was sent before.
    pending = change.onboarding.invitations.pending()
    pending.filter(email=membership.user.email.lower()).update(revoked_at=timezone.now())
    change.details["account"] = membership.user_id
    return membership.user


def set_wants_emails(onboarding: Onboarding, actor: User, *, wanted: bool) -> None:
    """Store whether a member wants the emails of the onboarding. This is no action on the onboarding."""
    Membership.objects.filter(onboarding=onboarding, user=actor).update(wants_emails=wanted)
