"""A process of the site that takes places, for the test that limits hold over several processes.

`python -m tests.security.places fill NUMBER` makes onboardings with a certificate. `take` says "ready", waits for a
line, tries to take a place for a key and to begin a test with each thread, prints what happened, and holds the places
until its input ends.
"""

import sys
import threading
import uuid

import django

if __name__ == "__main__":
    django.setup()  # before the models are imported

from django.db import connection

from onboarding import limits
from onboarding.models import Onboarding, User
from onboarding.pki import custody
from onboarding.workflow import connection_tests
from onboarding.workflow.limits import LimitReachedError, at_once
from tests import factories

THREADS = 3


def say(line: str) -> None:
    """Print a line as a whole, although several threads print at the same time."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fill(number: int) -> None:
    """Make the onboardings, each of an account of its own."""
    custody.MEMORY_KIB, custody.ITERATIONS, custody.LANES = 8, 1, 1
    for index in range(number):
        factories.certified(factories.partner(f"{index}@flottes.example"))


def take(first: int) -> None:
    """Take places with THREADS threads; the onboardings are those from number `first` on."""
    cases = list(Onboarding.objects.order_by("created_at")[first : first + THREADS])
    together, done = threading.Barrier(THREADS), threading.Barrier(THREADS + 1)
    say("ready")
    sys.stdin.readline()

    def run(case: Onboarding) -> None:
        actor = User.objects.get(pk=case.owner_id)
        together.wait(120)
        options = connection_tests.ConnectionTestOptions(uuid.uuid4(), "client-1")
        try:
            connection_tests._begin(case.request.issued_certificate, actor, options)
            say("test")
        except LimitReachedError:
            say("test refused")
        try:
            with at_once(actor, limits.SITE_KEYS_AT_ONCE, seconds=600):
                say("key")
                done.wait(120)
                sys.stdin.read()
        except LimitReachedError:
            say("key refused")
            done.wait(120)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[case]) for case in cases]
    for thread in threads:
        thread.start()
    done.wait(120)
    say("done")
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    fill(int(sys.argv[2])) if sys.argv[1] == "fill" else take(int(sys.argv[2]))
