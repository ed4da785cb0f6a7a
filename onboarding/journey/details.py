"""Starting an onboarding, what it is about, and ending it."""

import uuid
from collections import Counter

from django.db import transaction
from django.utils import timezone

from onboarding.journey.ledger import settle
from onboarding.journey.transitions import Turn, turn
from onboarding.models import Onboarding, Status, User
from onboarding.pki.subject import Subject


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
            Turn(onboarding, actor).record("start", before=Status.DRAFT)
            settle(onboarding, None, Counter())
    return onboarding


def describe(onboarding: Onboarding, actor: User, facts: dict[str, str]) -> bool:
    """Store fields of the login and company steps; whether anything changed.

    What was requested with other facts no longer fits: the current request, if there is one, is replaced.
    """
    with turn(onboarding, actor) as now:
        if all(getattr(now.onboarding, name) == value for name, value in facts.items()):
            return False
        replaced = now.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
        for name, value in facts.items():
            setattr(now.onboarding, name, value)
        now.onboarding.save(update_fields=[*facts])
        now.record("describe")
        if replaced:
            now.move("replace_request", "the login or the company's details changed")
    return True


def subject_of(onboarding: Onboarding) -> Subject:
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
    with turn(onboarding, actor) as now:
        now.move("withdraw")
