"""Start an onboarding, change its details, and withdraw it."""

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from onboarding.environments import Environment
from onboarding.limits import OPEN_ONBOARDINGS, STARTS, Scope
from onboarding.models import OPEN, SUBJECT_COLUMNS, Action, Onboarding, Status, User
from onboarding.notifications.partner_emails import owner_notice, queue_email
from onboarding.pki.subject import Subject
from onboarding.workflow.limits import LimitReachedError, allowed_uses, consume
from onboarding.workflow.transitions import Change, TransitionNotAllowedError, locked


def start(
    actor: User, pk: uuid.UUID, mzp_login: str, environment: str, details: dict[str, str] | None = None
) -> Onboarding:
    """Create an onboarding of `actor`, or return the onboarding that was started with this id.

    `details` are the columns of the company's details, if they are known already.

    The form contains the id, so a form that is sent twice starts one onboarding. Raise PermissionError if the id
    belongs to another account's onboarding, and LimitReachedError if the account has started or opened too many.
    """
    if not Onboarding.objects.filter(pk=pk).exists():
        consume(actor, STARTS)
    with transaction.atomic():
        # One start of an account at a time, so that two can't pass the limit together.
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        onboarding, created = Onboarding.objects.get_or_create(
            pk=pk,
            defaults={"owner": actor, "mzp_login": mzp_login, "environment": environment, **(details or {})},
        )
        if not onboarding.is_owned_by(actor):
            raise PermissionError("this id belongs to another account")
        if created:
            others = Onboarding.objects.filter(owner=actor, status__in=OPEN).exclude(pk=pk).count()
            if others >= allowed_uses(OPEN_ONBOARDINGS, Scope.ACCOUNT):
                raise LimitReachedError(OPEN_ONBOARDINGS, Scope.ACCOUNT, None)
            change = Change(onboarding, actor)
            change.record(Action.START, before=Status.DRAFT)
            if details:
                change.record(Action.DESCRIBE)
            change.end(None)
    return onboarding


def start_real(actor: User, practice: Onboarding, pk: uuid.UUID) -> Onboarding:
    """Start a real onboarding with the login and the company's details of a rehearsal, which stays as it is.

    Raise what `start` raises.
    """
    details = {name: getattr(practice, name) for name in SUBJECT_COLUMNS} if practice.organization else None
    return start(actor, pk, practice.mzp_login, Environment.PRODUCTION, details)


def has_fixed_environment(onboarding: Onboarding) -> bool:
    """Return whether the environment can't change any more: there is or was a request."""
    return onboarding.requests.exists()


def describe(onboarding: Onboarding, actor: User, details: dict[str, str]) -> bool:
    """Store `details`, columns of the login and company steps; return whether anything changed.

    If there is a current request, it is replaced: it was made from the previous details. The environment can't change
    after the first request (TransitionNotAllowedError): key and certificate are for that environment.
    """
    with locked(onboarding, actor) as change:
        if all(getattr(change.onboarding, name) == value for name, value in details.items()):
            return False
        environment = change.onboarding.environment
        if details.get("environment", environment) != environment and has_fixed_environment(change.onboarding):
            raise TransitionNotAllowedError("the environment is fixed with the first request")
        replaced = change.onboarding.requests.filter(replaced_at=None).update(replaced_at=timezone.now())
        for name, value in details.items():
            setattr(change.onboarding, name, value)
        change.onboarding.save(update_fields=[*details])
        change.record(Action.DESCRIBE)
        if replaced:
            change.move(Action.REPLACE_REQUEST, _("the login or the company’s details changed"))
            queue_email(change, owner_notice(Action.REPLACE_REQUEST, change.onboarding, actor))
    return True


def requested_subject(onboarding: Onboarding) -> Subject:
    """Return the subject that a request of `onboarding` must have."""
    return Subject(
        country=onboarding.country,
        state=onboarding.state,
        locality=onboarding.locality,
        organization=onboarding.organization,
        email=onboarding.email,
        common_name=onboarding.mzp_login,
    )


def withdraw(onboarding: Onboarding, actor: User) -> None:
    """Close the onboarding. Raise TransitionNotAllowedError if it is closed already."""
    with locked(onboarding, actor) as change:
        change.move(Action.WITHDRAW)
        queue_email(change, owner_notice(Action.WITHDRAW, change.onboarding, actor))
