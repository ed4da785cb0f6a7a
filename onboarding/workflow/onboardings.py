"""Starting an onboarding, what it is about, and ending it."""

import uuid
from collections import Counter

from django.db import transaction
from django.utils import timezone

from onboarding.models import Action, Onboarding, Status, User
from onboarding.pki.subject import Subject
from onboarding.workflow.denormalize import update_denormalized
from onboarding.workflow.transitions import Change, locked


def start(actor: User, pk: uuid.UUID, mzp_login: str, environment: str) -> Onboarding:
    """A new onboarding of `actor` (PermissionError: the id is another account's).

    The id comes with the form, so a form sent twice starts one.
    """
    with transaction.atomic():
        onboarding, new = Onboarding.objects.get_or_create(
            pk=pk, defaults={"owner": actor, "mzp_login": mzp_login, "environment": environment}
        )
        if onboarding.owner_id != actor.pk:
            raise PermissionError("this id is another account's")
        if new:
            Change(onboarding, actor).record(Action.START, before=Status.DRAFT)
            update_denormalized(onboarding, None, Counter())
    return onboarding


def describe(onboarding: Onboarding, actor: User, facts: dict[str, str]) -> bool:
    """Store fields of the login and company steps; whether anything changed.

    What was requested with other facts no longer fits: the current request, if there is one, is replaced.
    """
    with locked(onboarding, actor) as change:
        if all(getattr(change.onboarding, name) == value for name, value in facts.items()):
            return False
        replaced = change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
        for name, value in facts.items():
            setattr(change.onboarding, name, value)
        change.onboarding.save(update_fields=[*facts])
        change.record(Action.DESCRIBE)
        if replaced:
            change.move(Action.REPLACE_REQUEST, "the login or the company's details changed")
    return True


def requested_subject(onboarding: Onboarding) -> Subject:
    """The subject that a request of `onboarding` must have."""
    return Subject(
        country=onboarding.country,
        state=onboarding.state,
        locality=onboarding.locality,
        organization=onboarding.organization,
        email=onboarding.email,
        common_name=onboarding.mzp_login,
    )


def withdraw(onboarding: Onboarding, actor: User) -> None:
    """End the onboarding (NotNowError: it has ended)."""
    with locked(onboarding, actor) as change:
        change.move(Action.WITHDRAW)
