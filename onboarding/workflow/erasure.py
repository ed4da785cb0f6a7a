"""Erase accounts and onboardings from every table. The audit record keeps tombstones without personal data.

Events are append-only: the triggers of the database let them go only after a row of `Erasure`, and `verify_audit`
accepts a gap only if the chain has a record of the erasure.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet

from onboarding.models import (
    Action,
    AuditPersonal,
    CertificateRequest,
    Erasure,
    Event,
    Invitation,
    LimitCounter,
    Onboarding,
    OutgoingEmail,
    Proposal,
    Role,
    User,
)
from onboarding.notifications import account_emails
from onboarding.notifications.partner_emails import partner_email, queue_email
from onboarding.workflow.audit import event_digest, record_erasure
from onboarding.workflow.colleagues import set_owner
from onboarding.workflow.denormalize import add_counts, counted_state
from onboarding.workflow.transitions import locked

NAMED_MAX = 500  # events or records named in one record of the chain


class StaffAccountError(Exception):
    """The account has a role at the review desk. The role is removed first, so that nobody loses the last one."""


def erase_onboarding(cases: QuerySet[Onboarding], pk: uuid.UUID, actor: User | None, reason: str) -> bool:
    """Erase the onboarding `pk` with everything that belongs to it, if `cases` still contains it; return whether.

    `reason` is a code for the audit record.
    """
    with transaction.atomic():
        onboarding = cases.select_for_update(of=("self",)).filter(pk=pk).first()
        if onboarding is None:
            return False
        subject = f"onboarding:{pk}"  # not shown: an identifier
        Erasure.objects.get_or_create(subject=f"onboarding:{pk.hex}")  # not shown: an identifier
        purged = _purge_personal(Q(record__subject=subject))
        events, _rows = Event.objects.filter(onboarding=pk).delete()
        state = counted_state(onboarding)
        onboarding.renewals.update(renews=None)  # a renewal goes on without what it has renewed
        onboarding.delete()
        add_counts(Counter(dict.fromkeys(state.keys, -1)))
        _record(subject, actor, {"reason": reason, "events": events}, personal=purged)
    return True


def erase_account(user: User, actor: User | None, reason: str) -> None:
    """Erase an account with its onboardings, and what other onboardings say about it. Tell its address by email.

    Raise StaffAccountError for an account with a role.
    """
    if user.is_staff or user.is_superuser:
        raise StaffAccountError
    for onboarding in Onboarding.objects.filter(owner=user):
        if not _pass_on(onboarding, user):
            erase_onboarding(Onboarding.objects.filter(owner=user), onboarding.pk, actor, reason)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.is_staff or user.is_superuser:
            raise StaffAccountError
        subject, address = f"account:{user.pk}", user.email  # not shown: an identifier
        known = _addresses_of(user)
        Erasure.objects.get_or_create(subject=subject)
        redacted = _redact_events(user)
        own = Q(record__actor=user.pk) | Q(record__subject=subject)
        purged = _purge_personal(own | Q(record__actor=None, record__subject="", address__in=known))
        _purge_references(user, known)
        pk = user.pk
        user.delete()
        account_emails.announce_erasure(address)
        _record(subject, None if actor and actor.pk == pk else actor, {"reason": reason}, redacted, purged)


def _pass_on(onboarding: Onboarding, owner: User) -> bool:
    """Make the colleague who has been a member for longest the owner, if there is one; return whether."""
    members = onboarding.memberships.filter(role=Role.MEMBER, user__is_active=True).select_related("user")
    heir = members.order_by("since", "pk").first()
    if heir is None:
        return False
    with locked(onboarding, owner) as change:
        set_owner(change, heir.user)
        change.details.update(before=owner.pk, account=heir.user_id)
        change.record(Action.REASSIGN)
        queue_email(change, partner_email(Action.REASSIGN, change.onboarding), [heir.user])
    return True


def _addresses_of(user: User) -> set[str]:
    """Return the network addresses that are known of an account."""
    found = [
        *user.sessions.values_list("address", flat=True),
        *Event.objects.filter(actor=user).values_list("address", flat=True).distinct(),
        *AuditPersonal.objects.filter(record__actor=user.pk).values_list("address", flat=True).distinct(),
    ]
    return {address for address in found if address}


def _redact_events(user: User) -> dict[str, str]:
    """Remove the account and its address from events of other onboardings; return the new digest of each, by id."""
    pks = list(Event.objects.filter(actor=user).values_list("pk", flat=True))
    Event.objects.filter(pk__in=pks).update(actor=None, address=None)
    return {str(event.pk): event_digest(event) for event in Event.objects.filter(pk__in=pks)}


def _purge_personal(which: Q) -> list[int]:
    """Delete the personal data of audit records, and return their numbers."""
    rows = AuditPersonal.objects.filter(which)
    numbers = sorted(rows.values_list("pk", flat=True))
    rows.delete()
    return numbers


def _purge_references(user: User, addresses: Iterable[str]) -> None:
    """Remove the account where other rows name it: as a reviewer, in counters, and in the log of Django's admin."""
    Invitation.objects.filter(email__iexact=user.email).delete()
    OutgoingEmail.objects.filter(to__iexact=user.email).delete()
    for proposal in Proposal.objects.filter(entered__email__iexact=user.email):
        proposal.entered["email"] = ""
        proposal.save(update_fields=["entered"])
    Onboarding.objects.filter(reviewer=user).update(reviewer=None)
    CertificateRequest.objects.filter(approved_by=user).update(approved_by=None)
    about = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    LogEntry.objects.filter(Q(user=user) | about).delete()
    counters = Q(key__contains=f":ACCOUNT:{user.pk}") | Q(key__endswith=f":{user.pk}")
    for text in (user.email, *addresses):
        counters |= Q(key__icontains=text) | Q(value__icontains=text)
    LimitCounter.objects.filter(counters).delete()


def _record(
    subject: str,
    actor: User | None,
    details: dict[str, Any],
    redacted: dict[str, str] | None = None,
    personal: Sequence[int] = (),
) -> None:
    """Add records of the erasure, which name every changed event and every purged record."""
    parts = [*_parts("redacted", [*(redacted or {}).items()]), *_parts("personal", personal)] or [{}]
    for part in parts:
        record_erasure(subject, actor, details | part)


def _parts(name: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for part in _batched(values):
        yield {name: dict(part) if name == "redacted" else list(part)}


def _batched(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), NAMED_MAX):
        yield values[start : start + NAMED_MAX]
