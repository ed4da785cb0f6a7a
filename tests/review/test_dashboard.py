"""The first page: its figures agree with their lists, and with a count by hand."""

import io
import math
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from onboarding.models import CaseFinding, DailyCount, Onboarding, SearchKey
from onboarding.review.dashboard import figures
from onboarding.workflow import certificates
from onboarding.workflow import review as verbs
from onboarding.workflow.denormalize import medians
from onboarding.workflow.transitions import locked
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_number_leads_to_a_list_of_just_as_many(desk, owner, reviewer):
    """Whose move, by status, by age, and by month of expiry."""
    for number in range(3):
        factories.sent(owner, login=f"MZP00000{number}")
    verbs.receive(Onboarding.objects.first(), reviewer)
    verbs.reject(factories.described(owner, login="MZP000007"), reviewer, "x")
    factories.certified(owner, login="MZP000008")
    page = figures()
    numbers = [*page["moves"], *page["statuses"], *page["ages"], *page["months"]]
    assert sum(figure.n for figure in page["moves"]) == Onboarding.objects.count() == 5
    assert sum(figure.n for figure in page["statuses"]) == 5
    for figure in numbers:
        listed = re.findall(r'class="field-login">', desk.get(figure.href).content.decode())
        assert len(listed) == figure.n, figure


def test_the_tallies_are_what_a_count_finds(owner, reviewer):
    """After every kind of change, through whichever verb."""
    one, two = factories.certified(owner), factories.sent(owner, login="MZP000002")
    verbs.return_with_reason(two, reviewer, ["not_received"])
    verbs.withdraw_for(one, reviewer, "x")
    verbs.reopen(one, reviewer)
    counted = Onboarding.objects.values_list("status", "next_owner").annotate(n=Count("pk"))
    tallied = DailyCount.objects.filter(kind="waiting", n__gt=0).values_list("label").annotate(n=Sum("n"))
    assert sorted(tallied) == sorted((f"{status}:{move}", n) for status, move, n in counted)
    assert DailyCount.objects.filter(kind="expiring").aggregate(n=Sum("n"))["n"] == 1


def test_a_recount_finds_what_the_turns_have_counted(owner, reviewer):
    """From nothing, the same figures, columns, findings and search keys."""
    one = factories.certified(owner)
    verbs.remind(one, reviewer)
    verbs.withdraw_for(one, reviewer, "x")
    verbs.return_with_reason(factories.sent(owner, login="MWPDRV01"), reviewer, ["not_received"])

    def kept():
        tallies = DailyCount.objects.exclude(n=0).values_list("kind", "day", "label", "n")
        columns = Onboarding.objects.values_list("pk", "next_owner", "expires_at", "errors", "warnings")
        found = CaseFinding.objects.values_list("onboarding", "code", "severity", "since")
        return [
            sorted(rows) for rows in (tallies, columns, found, SearchKey.objects.values_list("onboarding", "value"))
        ]

    before = kept()
    assert len(before[2]) == 1
    DailyCount.objects.all().delete()
    CaseFinding.objects.all().delete()
    SearchKey.objects.all().delete()
    Onboarding.objects.update(next_owner="nobody", warnings=7)
    call_command("recount", stdout=io.StringIO())
    assert kept() == before


def test_a_test_is_counted_by_its_verdict(desk, owner):
    """And leads to the onboardings that had it."""
    one = factories.certified(owner)
    with locked(one, owner) as now:
        now.onboarding.tests.create(
            certificate=one.request.issued_certificate,
            client_id="client-1",
            finished_at=timezone.now(),
            verdict="password_rejected",
            result={"verdict": {"owner": "partner"}},
        )
        now.record("test", "password_rejected")
    (figure,) = figures()["tests"]
    assert (figure["code"], figure["n"]) == ("password_rejected", 1)
    assert one.mzp_login in desk.get(figure["href"]).content.decode()


def test_the_usual_time_is_the_median():
    """Read from buckets, it is right within a tenth."""
    hour = 3600
    counts = [(f"sent:{round(4 * math.log2(h * hour))}", 1) for h in (1, 10, 24, 100, 1000)]
    assert abs(medians(counts)["sent"] / timedelta(hours=24) - 1) < 0.1


def test_the_first_page_costs_the_same_number_of_queries_however_much_there_is(desk, owner):
    """Sums over tallies."""

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(reverse("admin:index")).status_code == 200
        return len(captured)

    few = queries()
    for number in range(3):
        certificates.add_client_id(factories.certified(owner, login=f"MZP00000{number}"), owner, "another", "")
    assert queries() == few
