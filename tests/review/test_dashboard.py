"""The dashboard: its figures agree with the lists and with a count of the rows."""

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
from onboarding.review.dashboard import dashboard_figures
from onboarding.workflow import certificates
from onboarding.workflow import review as review_workflow
from onboarding.workflow.denormalize import median_durations
from onboarding.workflow.transitions import locked
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_figure_links_to_a_list_of_the_same_length(desk, owner, reviewer):
    """The list behind each figure has as many cases as the figure says."""
    for number in range(3):
        factories.sent(owner, login=f"MZP00000{number}")
    review_workflow.receive(Onboarding.objects.first(), reviewer)
    review_workflow.reject(factories.described(owner, login="MZP000007"), reviewer, "x")
    factories.certified(owner, login="MZP000008")
    page = dashboard_figures()
    numbers = [*page["owners"], *page["statuses"], *page["ages"], *page["months"]]
    assert sum(figure.count for figure in page["owners"]) == Onboarding.objects.count() == 5
    assert sum(figure.count for figure in page["statuses"]) == 5
    for figure in numbers:
        listed = re.findall(r'class="field-login">', desk.get(figure.href).content.decode())
        assert len(listed) == figure.count, figure


def test_running_counts_agree_with_the_rows(owner, reviewer):
    """The running counts agree with a count of the rows after several kinds of change."""
    onboarding, other = factories.certified(owner), factories.sent(owner, login="MZP000002")
    review_workflow.return_with_reason(other, reviewer, ["not_received"])
    review_workflow.withdraw_for(onboarding, reviewer, "x")
    review_workflow.reopen(onboarding, reviewer)
    expected = Onboarding.objects.values_list("status", "next_owner").annotate(n=Count("pk"))
    stored = DailyCount.objects.filter(kind="waiting", n__gt=0).values_list("label").annotate(n=Sum("n"))
    assert sorted(stored) == sorted((f"{status}:{owner}", n) for status, owner, n in expected)
    assert DailyCount.objects.filter(kind="expiring").aggregate(n=Sum("n"))["n"] == 1


def test_a_recount_agrees_with_the_running_counts(owner, reviewer):
    """`manage.py recount` restores the deleted counts, findings and search keys."""
    onboarding = factories.certified(owner)
    review_workflow.remind(onboarding, reviewer)
    review_workflow.withdraw_for(onboarding, reviewer, "x")
    review_workflow.return_with_reason(factories.sent(owner, login="MWPDRV01"), reviewer, ["not_received"])

    def stored_rows():
        counts = DailyCount.objects.exclude(n=0).values_list("kind", "day", "label", "n")
        columns = Onboarding.objects.values_list("pk", "next_owner", "expires_at", "errors", "warnings")
        found = CaseFinding.objects.values_list("onboarding", "code", "severity", "since")
        return [sorted(rows) for rows in (counts, columns, found, SearchKey.objects.values_list("onboarding", "value"))]

    before = stored_rows()
    assert len(before[2]) == 1
    DailyCount.objects.all().delete()
    CaseFinding.objects.all().delete()
    SearchKey.objects.all().delete()
    Onboarding.objects.update(next_owner="nobody", warnings=7)
    call_command("recount", stdout=io.StringIO())
    assert stored_rows() == before


def test_a_test_is_counted_by_its_verdict(desk, owner):
    """The figure counts the test, and links to its onboarding."""
    onboarding = factories.certified(owner)
    with locked(onboarding, owner) as change:
        change.onboarding.tests.create(
            certificate=onboarding.request.issued_certificate,
            client_id="client-1",
            finished_at=timezone.now(),
            verdict="password_rejected",
            result={"verdict": {"owner": "partner"}},
        )
        change.record("test", "password_rejected")
    (figure,) = dashboard_figures()["verdicts"]
    assert (figure.code, figure.count) == ("password_rejected", 1)
    assert onboarding.mzp_login in desk.get(figure.href).content.decode()


def test_the_usual_duration_is_the_median():
    """The median of the buckets differs from the real median by less than a tenth."""
    counts = [(f"sent:{round(4 * math.log2(hours * 3600))}", 1) for hours in (1, 10, 24, 100, 1000)]
    assert abs(median_durations(counts)["sent"] / timedelta(hours=24) - 1) < 0.1


def test_the_dashboard_needs_the_same_number_of_queries_for_any_number_of_cases(desk, owner):
    """The dashboard reads sums of running counts."""

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(reverse("admin:index")).status_code == 200
        return len(captured)

    queries_before = queries()
    for number in range(3):
        certificates.add_client_id(factories.certified(owner, login=f"MZP00000{number}"), owner, "another", "")
    assert queries() == queries_before
