"""The two halves of the restore drill, as processes: `fill` makes an onboarding in every status, `walk` walks on.

The environment is that of the site. Each half prints the status of every onboarding, in the order of their creation.
"""

import sys

import django

if __name__ == "__main__":
    django.setup()  # before the models are imported

from onboarding.models import Action, Onboarding, Status, User
from onboarding.pki import custody
from onboarding.workflow import certificates, onboardings, renewals, requests, review
from onboarding.workflow.transitions import locked
from tests import factories

PARTNER, DESK = "partner@flottes.example", "desk@site.example"


def fill() -> None:
    """Make an onboarding in every status."""
    owner, desk = factories.partner(PARTNER), factories.partner(DESK)
    factories.described(owner)
    factories.with_key(owner)
    factories.sent(owner)
    review.receive(factories.sent(owner), desk)
    review.return_with_reason(factories.sent(owner), desk, ["not_received"])
    factories.certified(owner)
    _connected(owner)
    onboardings.withdraw(factories.sent(owner), owner)
    review.reject(factories.sent(owner), desk, "no contract")
    old = _connected(owner)
    renewals.renew(old, owner)
    with locked(old, owner) as change:
        change.move(Action.CLOSE_RENEWED)


def _connected(owner: User) -> Onboarding:
    onboarding = factories.certified(owner)
    with locked(onboarding, owner) as change:
        change.move(Action.CONNECT)
    return factories.fresh(onboarding)


def walk() -> None:
    """Take the next step of every onboarding that `fill` made. Those that have a key open it."""
    owner, desk = User.objects.get(email=PARTNER), User.objects.get(email=DESK)
    for onboarding in Onboarding.objects.filter(owner=owner).order_by("created_at"):
        request = onboarding.request
        if request is not None:
            requests.open_private_key(request, owner, factories.PASSPHRASE)
            assert requests.integrity_finding(request) is None
        if onboarding.status in {Status.WITHDRAWN, Status.REJECTED, Status.RENEWED}:
            review.reopen(onboarding, desk)
        elif onboarding.status == Status.SENT:
            review.receive(onboarding, desk)
        else:
            _partners_step(onboarding, owner)


def _partners_step(onboarding: Onboarding, owner: User) -> None:
    request = onboarding.request
    match onboarding.status:
        case Status.DRAFT:
            requests.make_key(onboarding, owner, factories.PASSPHRASE, 2048)
        case Status.KEY_MADE:
            requests.prove_passphrase(request, owner, factories.PASSPHRASE)
            requests.mark_sent(request, owner)
        case Status.RETURNED:
            requests.mark_sent(request, owner)
        case Status.RECEIVED:
            certificates.accept_certificate(request, owner, factories.accepted_result(onboarding))
        case Status.CERTIFIED:
            with locked(onboarding, owner) as change:
                change.move(Action.CONNECT)
        case Status.CONNECTED:
            requests.replace_request(onboarding, owner)


if __name__ == "__main__":
    custody.MEMORY_KIB, custody.ITERATIONS, custody.LANES = 8, 1, 1
    fill() if sys.argv[1] == "fill" else walk()
    print(*Onboarding.objects.filter(owner__email=PARTNER).order_by("created_at").values_list("status", flat=True))
