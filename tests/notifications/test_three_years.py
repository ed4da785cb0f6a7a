"""Three years of one partner with two colleagues: every email is the right one, once, to the right people."""

import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from onboarding.models import ConnectionTest, NoticeGroup, Status, User
from onboarding.notifications.recipients import choose
from onboarding.workflow import certificates, connection_tests, onboardings, requests, schedule, sending
from onboarding.workflow import review as review_workflow
from tests import factories

pytestmark = pytest.mark.django_db

FIRST_DAY = datetime(2027, 1, 11, 9, tzinfo=UTC)
LOGIN = "MZP128745"
OWNER, ANNE, BEN = "partner@flottes.example", "anne@flottes.example", "ben@flottes.example"
ALL = (OWNER, ANNE, BEN)
REMINDER, FAILS = "A reminder about your onboarding", f"The connection test for {LOGIN} fails"
NO_CERTIFICATE, EXPIRED = f"No certificate for {LOGIN} yet", f"The certificate for {LOGIN} has expired"


def expires(days):
    return f"The certificate for {LOGIN} expires in {days} day{'s' if days > 1 else ''}"


# What happens on which day, in the order of a partner's life. Certificates of the factory live for 365 days.
# The day, the subject, and who reads it.
EXPECTED = [
    (7, REMINDER, ALL),  # nobody has made a key
    (9, f"The request for {LOGIN} was sent", (ANNE, BEN)),  # by the owner
    (16, NO_CERTIFICATE, ALL),
    (18, "Stellantis has your request", ALL),
    (25, "Your certificate is here", ALL),
    (27, FAILS, ALL),  # the first test of two failed a day ago
    (28, f"The connection for {LOGIN} works", (ANNE, BEN)),
    *[(390 - days, expires(days), ALL) for days in (60, 30)],
    (370, f"The certificate for {LOGIN} is here", (OWNER, BEN)),  # added by Anne, in time: no notice at 14, 7, 1 and 0
    (370, f"The connection for {LOGIN} works", (ANNE, BEN)),  # with the new one
    *[(735 - days, expires(days), (OWNER, ANNE)) for days in (60, 30)],  # Ben chose not to get them
    (724, expires(11), (OWNER, ANNE)),  # no worker ran from 14 to 12 days before
    *[(735 - days, expires(days), (OWNER, ANNE)) for days in (7, 1)],
    (735, EXPIRED, (OWNER, ANNE)),
    (740, f"The certificate for {LOGIN} is here", (OWNER, BEN)),
    (740, f"The connection for {LOGIN} works", (ANNE, BEN)),
    (1045, expires(60), (OWNER, ANNE)),
    # On day 1060, another onboarding has replaced this one: no more notices.
]


@pytest.fixture
def colleagues(monkeypatch):
    """Two colleagues who get the emails of every onboarding, and a switch that says that it was renewed."""
    people = [factories.partner(OWNER), factories.partner(ANNE), factories.partner(BEN)]
    renewed = []
    for module in ("notifications.notices", "notifications.partner_emails", "workflow.due_notices"):
        monkeypatch.setattr(f"onboarding.{module}.recipients_of", lambda _onboarding: people)
    for module in ("notifications.notices", "notifications.digest", "workflow.due_notices"):
        monkeypatch.setattr(f"onboarding.{module}.is_renewed", lambda _onboarding: bool(renewed))
    return people, renewed


class Life:
    """What the partner and the desk do, by day."""

    def __init__(self, colleagues, reviewer):
        (self.owner, self.anne, self.ben), self.renewed = colleagues
        self.reviewer = reviewer
        self.onboarding = None

    def day_0(self):
        self.onboarding = onboardings.start(self.owner, uuid.uuid4(), LOGIN, "production")
        onboardings.describe(self.onboarding, self.owner, factories.COMPANY)

    def day_9(self):
        requests.make_key(factories.fresh(self.onboarding), self.owner, factories.PASSPHRASE, 2048)
        requests.prove_passphrase(self.request, self.owner, factories.PASSPHRASE)
        requests.mark_sent(self.request, self.owner)

    def day_18(self):
        review_workflow.receive(factories.fresh(self.onboarding), self.reviewer)

    def day_25(self):
        result = factories.accepted_result(factories.fresh(self.onboarding))
        review_workflow.upload_certificate(self.onboarding, self.reviewer, self.request, result, [])
        certificates.add_client_id(self.onboarding, self.owner, "client-1", "")

    def day_26(self):
        self._test(succeeded=False)

    def day_27(self):
        self._test(succeeded=False)

    def day_28(self):
        self._test(succeeded=True)

    def day_370(self):
        result = factories.accepted_result(factories.fresh(self.onboarding))
        certificates.accept_certificate(self.request, self.anne, result)
        self._test(succeeded=True)

    day_740 = day_370

    def day_400(self):
        choose(self.ben, NoticeGroup.EXPIRY, wanted=False)
        choose(self.reviewer, NoticeGroup.DIGEST, wanted=True)

    def day_1060(self):
        self.renewed.append(True)

    @property
    def request(self):
        return factories.fresh(self.onboarding).request

    def _test(self, *, succeeded):
        test = ConnectionTest.objects.create(
            onboarding=factories.fresh(self.onboarding), certificate=self.request.issued_certificate, client_id="c"
        )
        test.finished_at, test.verdict, test.result = timezone.now(), "any", {"succeeded": succeeded}
        connection_tests._record(test, self.owner, succeeded=succeeded)


LAST_DAY = 3 * 365
# The days on which workers run: every thirtieth, and those around what happens. What came on another day would come on
# the next of them, and be unexpected there. With EVERY_DAY=1, they run on each day. Once, none runs for three days.
EVERY = 1 if "EVERY_DAY" in os.environ else 30
WORKED = {day + near for day, _subject, _readers in EXPECTED for near in (-1, 0, 1)} | {0, *range(0, LAST_DAY, EVERY)}
WORKED |= {day + near for day in (9, 18, 25, 26, 27, 28, 370, 400, 740, 1060) for near in (0, 1)}
WORKED -= {721, 722, 723}


def test_three_years_of_one_partner(colleagues, reviewer, mailoutbox):
    """Two workers look every day; each email comes on its day, to exactly its readers, once."""
    life, emails, digests = Life(colleagues, reviewer), [], []
    with time_machine.travel(FIRST_DAY, tick=False) as clock:
        for day in sorted(WORKED):
            clock.move_to(FIRST_DAY + timedelta(days=day))
            getattr(life, f"day_{day}", lambda: None)()
            for _worker in range(2):
                schedule.run_due()
                sending.send_due()
            arrived = [(email.subject, email.to[0]) for email in list(mailoutbox)]
            emails += [(day, subject, to) for subject, to in arrived if to != reviewer.email]
            digests += [day for _subject, to in arrived if to == reviewer.email]
            mailoutbox.clear()
    assert sorted(emails) == sorted((day, subject, to) for day, subject, readers in EXPECTED for to in readers)
    # The desk reads of certificates that expire, from the day on which its reviewer chose to.
    assert digests == [day for day in sorted(WORKED) if 675 < day < 740 or 1045 < day < 1060]
    assert factories.fresh(life.onboarding).status == Status.CONNECTED
    assert User.objects.count() == 4
