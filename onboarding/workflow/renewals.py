"""Renew a certificate: a new onboarding with everything filled in, beside the old one until the new one works."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from onboarding.limits import STARTS
from onboarding.messages.message import Owner
from onboarding.models import (
    SUBJECT_COLUMNS,
    Action,
    ClientId,
    Membership,
    Onboarding,
    Status,
    User,
)
from onboarding.notifications.partner_emails import owner_notice, queue_email
from onboarding.workflow.denormalize import refresh_next_owner
from onboarding.workflow.limits import consume
from onboarding.workflow.next_step import RENEWABLE
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked

COPIED = ("owner", "mzp_login", "environment", *SUBJECT_COLUMNS, "confirmed_cas", "watches_gateway")
DUE_BATCH = 200  # onboardings that one run of `update_due_renewals` updates


def renew(onboarding: Onboarding, actor: User) -> Onboarding:
    """Start the onboarding that renews `onboarding`, or return the one that was started.

    It belongs to the same owner and colleagues, and has the same login, environment, company, client IDs and confirmed
    CA certificates. Only the key and the request are missing. Raise TransitionNotAllowedError if there is no
    certificate to renew, and LimitReachedError if `actor` has started too many onboardings.
    """
    if onboarding.renewal is None:
        consume(actor, STARTS)
    with transaction.atomic():
        # The lock makes a form that is sent twice start one renewal.
        old = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
        if (started := old.renewal) is not None:
            return started
        if old.status not in RENEWABLE:
            raise TransitionNotAllowedError("there is no certificate to renew")
        new = Onboarding.objects.create(renews=old, **{name: getattr(old, name) for name in COPIED})
        ClientId.objects.bulk_create(
            ClientId(onboarding=new, value=known.value, label=known.label) for known in old.client_ids.all()
        )
        Membership.objects.bulk_create(
            Membership(onboarding=new, user=member.user, role=member.role, wants_emails=member.wants_emails)
            for member in old.memberships.select_related("user")
        )
        change = Change(new, actor)
        change.record(Action.START, _("renews the certificate of an earlier onboarding"), before=Status.DRAFT)
        change.end(None)  # also updates whose move the old onboarding is
    return new


def close_renewed(onboarding: Onboarding, actor: User) -> None:
    """Close an onboarding whose renewal is connected, or was renewed itself. Else raise TransitionNotAllowedError."""
    with locked(onboarding, actor) as change:
        renewal = change.onboarding.renewal
        if renewal is None or renewal.status not in {Status.CONNECTED, Status.RENEWED}:
            raise TransitionNotAllowedError(Action.CLOSE_RENEWED)
        change.move(Action.CLOSE_RENEWED)
        queue_email(change, owner_notice(Action.CLOSE_RENEWED, change.onboarding, actor))


def refuse_second_renewal(onboarding: Onboarding) -> None:
    """Raise TransitionNotAllowedError if `onboarding` can't be reopened: another renewal has taken its place."""
    if onboarding.renews is not None and onboarding.renews.renewal not in {None, onboarding}:
        raise TransitionNotAllowedError("another renewal has taken its place")


def update_due_renewals() -> int:
    """Make it the partner's move where a renewal has become due; return how many onboardings were updated.

    One bounded batch, safe to run twice and at the same time. It also updates onboardings whose renewal was connected
    by a process that ended before it could say so, and those of an earlier version without `renewal_due_at`.
    """
    renewals = Onboarding.objects.filter(renews=OuterRef("pk")).exclude(status__in=[Status.WITHDRAWN, Status.REJECTED])
    connected = renewals.filter(status__in=[Status.CONNECTED, Status.RENEWED])
    due = Q(renewal_due_at__lte=timezone.now()) & ~Exists(renewals)
    waiting = Onboarding.objects.filter(status=Status.CONNECTED, next_owner=Owner.NOBODY)
    unknown = Q(renewal_due_at=None, expires_at__isnull=False)
    found = waiting.filter(due | Exists(connected) | unknown).order_by().values_list("pk", flat=True)[:DUE_BATCH]
    return sum(refresh_next_owner(pk) for pk in found)
