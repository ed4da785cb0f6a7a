"""The queue: what it shows by default, its filters, its search, its number of queries, and the export."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from onboarding.messages.finding import Finding
from onboarding.models import DailyCount, Onboarding
from onboarding.review.export import escape_formulas
from onboarding.review.lateness import usual_durations
from onboarding.workflow import certificates, onboardings
from onboarding.workflow import review as review_workflow
from onboarding.workflow.denormalize import duration_key
from tests import factories
from tests.review.conftest import staff

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:onboarding_onboarding_changelist")


def logins(response):
    """Return the logins of a list, in its order."""
    return re.findall(r'class="field-login"><a [^>]*>([^<]+)</a>', response.content.decode())


def aged(onboarding, days):
    Onboarding.objects.filter(pk=onboarding.pk).update(status_since=timezone.now() - timedelta(days=days))


def test_by_default_the_queue_shows_the_reviewers_work_oldest_first(desk, reviewer, owner):
    """Drafts and the cases of other reviewers are left out."""
    other = staff("reviewer", "other@operator.example")
    cases = {
        login: factories.sent(owner, login=login) for login in ("MZP000001", "MZP000002", "MZP000003", "MZP000004")
    }
    factories.described(owner, login="MZP000009")
    for login, days in (("MZP000001", 2), ("MZP000002", 9), ("MZP000003", 5), ("MZP000004", 30)):
        aged(cases[login], days)
    review_workflow.take_over(cases["MZP000003"], reviewer)
    review_workflow.take_over(cases["MZP000004"], other)
    aged(cases["MZP000003"], 5)
    assert logins(desk.get(QUEUE)) == ["MZP000002", "MZP000003", "MZP000001"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("move=anyone", ["MZP000001", "MZP000002", "MZP000003"]),
        ("move=partner", ["MZP000003"]),
        ("move=us", ["MZP000001", "MZP000002"]),
        ("move=anyone&status__exact=draft", ["MZP000003"]),
        ("move=anyone&age=7", ["MZP000001"]),
        ("move=anyone&age=0", ["MZP000002", "MZP000003"]),
        ("move=anyone&environment__exact=rehearsal", ["MZP000002"]),
        ("move=anyone&reviewer=me", []),
        ("move=anyone&expires=30", []),
        ("move=anyone&finding=login_unusual", []),
        ("move=anyone&verdict=connected", []),
    ],
)
def test_each_filter_selects_its_cases(desk, owner, query, expected):
    """Each filter alone selects its cases."""
    aged(factories.sent(owner, login="MZP000001"), 10)
    factories.sent(owner, login="MZP000002", environment="rehearsal")
    factories.described(owner, login="MZP000003")
    assert sorted(logins(desk.get(f"{QUEUE}?{query}"))) == expected


def offered_codes(page, parameter):
    """Return the values that the links of a filter have."""
    return re.findall(rf'href="\?[^"]*\b{parameter}=([^"&]+)', page)


def test_the_finding_filter_offers_every_stored_code_once(desk, owner):
    """The variants of a code have one entry together, because a case stores the code without its variant."""
    page = desk.get(f"{QUEUE}?move=anyone").content.decode()
    offered = offered_codes(page, "finding")
    assert [code for code in ("key_weak", "other_key", "login_unusual") if code not in offered] == []
    assert [code for code in offered if "." in code or offered.count(code) > 1] == []
    assert [code for code in ("private_key_uploaded", "order_differs") if code in offered] == []


def test_the_finding_filter_finds_a_finding_with_a_variant(desk, owner):
    """The entry of a code lists the cases of all its variants."""
    onboarding = factories.sent(owner, login="MZP000001")
    factories.sent(owner, login="MZP000002")
    finding = Finding("subject_changed", "state", expected="Bretagne", variant="removed")
    certificates.accept_certificate(onboarding.request, owner, factories.accepted_result(onboarding), [finding])
    assert logins(desk.get(f"{QUEUE}?move=anyone&finding=subject_changed")) == ["MZP000001"]


def test_every_search_field_finds_only_its_onboarding(desk, owner):
    """The search looks at login, organization, email, serial number, SPKI fingerprint and client ID."""
    onboarding = factories.certified(owner, login="MZP000001")
    other = factories.partner("somebody@else.example")
    other_onboarding = factories.started(other, login="MZP777777")
    onboardings.describe(
        other_onboarding, other, factories.COMPANY | {"organization": "Garage Müller", "email": "m@mueller.example"}
    )
    spki = onboarding.request.spki
    terms = (
        "mzp000001",
        "societe",
        "FLOTTES",
        "it@flottes",
        onboarding.request.issued_certificate.serial,
        spki,
        ":".join(spki[i : i + 2] for i in range(0, 64, 2)).upper(),
        "client-1",
        "societe flottes",
    )
    for term in terms:
        assert logins(desk.get(QUEUE, {"q": term})) == ["MZP000001"], term
    assert logins(desk.get(QUEUE, {"q": "muller"})) == ["MZP777777"]
    assert logins(desk.get(QUEUE, {"q": "muller flottes"})) == []


def test_the_queue_needs_the_same_number_of_queries_for_any_number_of_cases(desk, owner):
    """The number of queries doesn't depend on the number of rows."""
    factories.sent(owner, login="MZP000001")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"{QUEUE}?move=anyone").status_code == 200
        return len(captured)

    queries_before = queries()
    for number in range(12):
        factories.described(owner, login=f"MZP1000{number:02}")
    assert queries() == queries_before


def test_the_list_ends_at_its_limit_and_says_so(desk, owner, monkeypatch):
    """The list ends at LISTED_MAX rows, and says that there are more."""
    monkeypatch.setattr("onboarding.review.filters.LISTED_MAX", 3)
    for number in range(5):
        factories.started(owner, login=f"MZP10000{number}")
    page = desk.get(f"{QUEUE}?move=anyone").content.decode()
    assert "These are the first 3 cases." in page


def test_an_empty_queue_says_so_and_offers_no_action(desk, owner):
    """An empty queue and a search without results have different texts."""
    nothing = desk.get(QUEUE).content.decode()
    assert ("Nothing waits for you." in nothing, 'name="action"' in nothing) == (True, False)
    assert "No onboarding matches." in desk.get(f"{QUEUE}?q=nobody").content.decode()
    factories.sent(owner)
    page = desk.get(QUEUE).content.decode()
    assert ("Nothing waits for you." in page, 'name="action"' in page) == (False, True)


@pytest.mark.parametrize(("order", "expected"), [("8", ["MZP000002", "MZP000001"]), ("-8", ["MZP000001", "MZP000002"])])
def test_the_list_is_sorted_in_the_direction_of_its_index(desk, owner, order, expected):
    """Expiry and id are sorted in the same direction, so that the databases can read the index in order."""
    for login, days in (("MZP000001", 60), ("MZP000002", 30)):
        onboarding = factories.started(owner, login=login)
        Onboarding.objects.filter(pk=onboarding.pk).update(expires_at=timezone.now() + timedelta(days=days))
    with CaptureQueriesContext(connection) as captured:
        assert logins(desk.get(f"{QUEUE}?move=anyone&o={order}")) == expected
    direction = "DESC" if order.startswith("-") else "ASC"
    wanted = f'ORDER BY "onboarding_onboarding"."expires_at" {direction}, "onboarding_onboarding"."id" {direction}'
    assert [wanted in query["sql"] for query in captured if '."expires_at" ' + direction in query["sql"]] == [True]


def test_a_case_is_late_after_twice_the_usual_duration_unless_connected(desk, owner):
    """A case is late after twice the usual duration, but a connected case never is."""
    cases = [factories.sent(owner, login="MZP000001"), factories.certified(owner, login="MZP000002")]
    Onboarding.objects.filter(pk=cases[1].pk).update(status="connected", next_owner="nobody")
    for status in ("sent", "connected"):
        lasted(status, timedelta(days=1), 5)
    for case in cases:
        aged(case, 9)
    pages = {owner: desk.get(f"{QUEUE}?move={owner}").content.decode() for owner in ("us", "nobody")}
    assert [("late</strong>" in page, "usually" in page) for page in pages.values()] == [(True, True), (False, False)]
    page = desk.get(reverse("admin:onboarding_onboarding_change", args=[cases[1].pk])).content.decode()
    assert "(usually" not in page


def lasted(status, duration, cases):
    """Count `cases` onboardings whose status lasted for `duration`."""
    kind, day, label = duration_key(status, duration, timezone.now())
    DailyCount.objects.create(kind=kind, day=day, label=label, n=cases)


@pytest.mark.parametrize(
    ("duration", "cases", "expected"),
    [
        (timedelta(days=9), 4, None),
        (timedelta(days=9), 5, timedelta(days=9)),
        (timedelta(seconds=10), 5, timedelta(days=1)),
        (timedelta(hours=20), 50, timedelta(days=1)),
    ],
)
def test_a_usual_duration_needs_five_cases_and_is_at_least_a_day(db, duration, cases, expected):
    """Stored durations differ from the real durations by less than a tenth."""
    lasted("sent", duration, cases)
    usual = usual_durations().get("sent")
    if expected is None:
        assert usual is None
    else:
        assert abs(usual / expected - 1) < 0.1


@pytest.mark.parametrize("cases", [1, 5])
def test_a_new_case_is_never_late(desk, owner, cases, mailoutbox):
    """The queue, the case page and the email show no usual duration of less than a day."""
    onboarding = factories.sent(owner, login="MZP000001")
    for status in ("sent", "received"):
        lasted(status, timedelta(seconds=30), cases)
    Onboarding.objects.filter(pk=onboarding.pk).update(status_since=timezone.now() - timedelta(minutes=2))
    queue = desk.get(f"{QUEUE}?move=us").content.decode()
    case = desk.get(reverse("admin:onboarding_onboarding_change", args=[onboarding.pk])).content.decode()
    desk.post(reverse("admin:review_action", args=[onboarding.pk, "receive"]), {"confirmed": "1"})
    email = mailoutbox[0].body
    assert ("late</strong>" in queue, "late</strong>" in case) == (False, False)
    has_usual_duration = cases == 5
    assert ("usually 1 day" in queue, "usually 1 day" in case, "usually takes a day" in email) == (
        has_usual_duration,
        has_usual_duration,
        has_usual_duration,
    )
    assert ("usually less" in queue, "usually less" in case, "less than" in email) == (False,) * 3


def test_dates_filter_by_year_month_and_day(desk, owner):
    """The date filter selects by the day on which the status began."""
    factories.sent(owner, login="MZP000001")
    now = timezone.now()
    narrowed = f"{QUEUE}?move=anyone&status_since__year={now.year}&status_since__month={now.month}"
    assert logins(desk.get(f"{narrowed}&status_since__day={now.day}")) == ["MZP000001"]
    assert logins(desk.get(f"{QUEUE}?move=anyone&status_since__year={now.year - 1}")) == []
    page = desk.get(narrowed).content.decode()
    assert f"status_since__day={now.day}" in page


def test_the_export_is_the_filtered_list_without_formulas(desk, owner):
    """A formula that a partner entered is escaped."""
    onboarding = factories.started(owner, login="MZP000001")
    onboardings.describe(onboarding, owner, factories.COMPANY | {"organization": '=HYPERLINK("http://x","y")'})
    factories.sent(owner, login="MZP000002")
    response = desk.get(reverse("admin:review_export") + "?move=partner")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row[:2] for row in rows[1:]] == [["MZP000001", '\'=HYPERLINK("http://x","y")']]


BEGINNINGS = ["=1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", " =1", "\u00a0=1", "\ufeff=1", '"=1"']


@pytest.mark.parametrize("formula", BEGINNINGS)
@pytest.mark.parametrize("before", ["", ";", ",", "|", "\t", "\r", "\n", "x;", "x,", "x|", "x\t", "x\r\n", "x;;"])
def test_formulas_are_escaped_in_cells(before, formula):
    """No part begins with a formula, wherever a spreadsheet splits the cell, and no character is lost."""
    cell = escape_formulas(before + formula)
    for part in re.split(r"[;,|\t\r\n]", cell):
        assert not part.strip(' \u00a0\ufeff"').startswith(tuple("=+-@＝＋－＠")), part
    assert cell.replace("'", "") == before + formula


def test_text_without_formulas_is_unchanged():
    """A hyphen, plus sign or @ inside a text is not escaped; a leading tab always is."""
    for cell in ("Renault-Nissan", "A+B; C", "it@fleet.example", "1=1", "2026-01-02 10:00"):
        assert escape_formulas(cell) == cell
    assert escape_formulas("\tx") == "'\tx"
