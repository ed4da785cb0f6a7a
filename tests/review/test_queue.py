"""The queue: what it shows by default, how it is narrowed and searched, and what it costs."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from onboarding.models import DailyCount, Onboarding
from onboarding.review.export import safe
from onboarding.workflow import onboardings
from onboarding.workflow import review as verbs
from onboarding.workflow.denormalize import duration_key
from tests import factories
from tests.review.conftest import staff

pytestmark = pytest.mark.django_db

QUEUE = reverse("admin:onboarding_onboarding_changelist")


def logins(response):
    """The logins of a list, in its order."""
    return re.findall(r'class="field-login"><a [^>]*>([^<]+)</a>', response.content.decode())


def aged(onboarding, days):
    Onboarding.objects.filter(pk=onboarding.pk).update(status_since=timezone.now() - timedelta(days=days))


def test_by_default_the_queue_shows_what_needs_me_the_oldest_first(desk, reviewer, owner):
    """Drafts are the partner's move, and what another reviewer took over is theirs."""
    other = staff("reviewer", "other@operator.example")
    cases = {
        login: factories.sent(owner, login=login) for login in ("MZP000001", "MZP000002", "MZP000003", "MZP000004")
    }
    factories.described(owner, login="MZP000009")
    for login, days in (("MZP000001", 2), ("MZP000002", 9), ("MZP000003", 5), ("MZP000004", 30)):
        aged(cases[login], days)
    verbs.take_over(cases["MZP000003"], reviewer)
    verbs.take_over(cases["MZP000004"], other)
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
def test_each_filter_narrows_to_its_own(desk, owner, query, expected):
    """Every filter of the list, alone."""
    aged(factories.sent(owner, login="MZP000001"), 10)
    factories.sent(owner, login="MZP000002", environment="rehearsal")
    factories.described(owner, login="MZP000003")
    assert sorted(logins(desk.get(f"{QUEUE}?{query}"))) == expected


def test_every_field_finds_its_onboarding_and_no_other(desk, owner):
    """Login, organization (any word, without accents), e-mail, serial, SPKI with colons, and client ID."""
    one = factories.certified(owner, login="MZP000001")
    other = factories.partner("somebody@else.example")
    two = factories.started(other, login="MZP777777")
    onboardings.describe(
        two, other, factories.COMPANY | {"organization": "Garage Müller", "email": "m@mueller.example"}
    )
    spki = one.request.spki
    terms = (
        "mzp000001",
        "societe",
        "FLOTTES",
        "it@flottes",
        one.request.issued_certificate.serial,
        spki,
        ":".join(spki[i : i + 2] for i in range(0, 64, 2)).upper(),
        "client-1",
        "societe flottes",
    )
    for term in terms:
        assert logins(desk.get(QUEUE, {"q": term})) == ["MZP000001"], term
    assert logins(desk.get(QUEUE, {"q": "muller"})) == ["MZP777777"]
    assert logins(desk.get(QUEUE, {"q": "muller flottes"})) == []


def test_the_number_of_queries_is_the_same_for_one_case_and_for_many(desk, owner):
    """Rows bring no queries of their own."""
    factories.sent(owner, login="MZP000001")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"{QUEUE}?move=anyone").status_code == 200
        return len(captured)

    few = queries()
    for number in range(12):
        factories.described(owner, login=f"MZP1000{number:02}")
    assert queries() == few


def test_pages_end_at_a_bound_and_say_so(desk, owner, monkeypatch):
    """Nobody leafs through a million rows, and nothing counts them."""
    monkeypatch.setattr("onboarding.review.filters.LISTED_MAX", 3)
    for number in range(5):
        factories.started(owner, login=f"MZP10000{number}")
    page = desk.get(f"{QUEUE}?move=anyone").content.decode()
    assert "These are the first 3; there are more." in page


def test_an_empty_queue_says_so_and_offers_no_action(desk, owner):
    """Nothing to do is good news; nothing found is a question of where to look."""
    nothing = desk.get(QUEUE).content.decode()
    assert ("Nothing waits for you." in nothing, 'name="action"' in nothing) == (True, False)
    assert "No onboarding fits." in desk.get(f"{QUEUE}?q=nobody").content.decode()
    factories.sent(owner)
    page = desk.get(QUEUE).content.decode()
    assert ("Nothing waits for you." in page, 'name="action"' in page) == (False, True)


@pytest.mark.parametrize(("order", "expected"), [("8", ["MZP000002", "MZP000001"]), ("-8", ["MZP000001", "MZP000002"])])
def test_the_list_is_sorted_in_the_direction_of_its_index(desk, owner, order, expected):
    """By expiry and then by id, both one way: the databases read that from the index as it stands."""
    for login, days in (("MZP000001", 60), ("MZP000002", 30)):
        one = factories.started(owner, login=login)
        Onboarding.objects.filter(pk=one.pk).update(expires_at=timezone.now() + timedelta(days=days))
    with CaptureQueriesContext(connection) as captured:
        assert logins(desk.get(f"{QUEUE}?move=anyone&o={order}")) == expected
    way = "DESC" if order.startswith("-") else "ASC"
    wanted = f'ORDER BY "onboarding_onboarding"."expires_at" {way}, "onboarding_onboarding"."id" {way}'
    assert [wanted in query["sql"] for query in captured if '."expires_at" ' + way in query["sql"]] == [True]


def test_what_waits_twice_as_long_as_usual_is_late_but_not_what_works(desk, owner):
    """A connection that has worked for years is late for nothing."""
    cases = [factories.sent(owner, login="MZP000001"), factories.certified(owner, login="MZP000002")]
    Onboarding.objects.filter(pk=cases[1].pk).update(status="connected", next_owner="nobody")
    for status in ("sent", "connected"):
        key = duration_key(status, timedelta(days=1), timezone.now())
        DailyCount.objects.create(kind=key[0], day=key[1], label=key[2], n=1)
    for case in cases:
        aged(case, 9)
    words = {one: desk.get(f"{QUEUE}?move={one}").content.decode() for one in ("us", "nobody")}
    assert [("late</strong>" in page, "usually" in page) for page in words.values()] == [(True, True), (False, False)]
    page = desk.get(reverse("admin:onboarding_onboarding_change", args=[cases[1].pk])).content.decode()
    assert "(usually" not in page


def test_dates_lead_to_years_months_and_days(desk, owner):
    """The hierarchy narrows by the day since when an onboarding is in its status."""
    factories.sent(owner, login="MZP000001")
    now = timezone.now()
    narrowed = f"{QUEUE}?move=anyone&status_since__year={now.year}&status_since__month={now.month}"
    assert logins(desk.get(f"{narrowed}&status_since__day={now.day}")) == ["MZP000001"]
    assert logins(desk.get(f"{QUEUE}?move=anyone&status_since__year={now.year - 1}")) == []
    page = desk.get(narrowed).content.decode()
    assert f"status_since__day={now.day}" in page


def test_the_export_is_the_filtered_list_and_holds_no_formula(desk, owner):
    """What a partner typed never runs in a spreadsheet."""
    one = factories.started(owner, login="MZP000001")
    onboardings.describe(one, owner, factories.COMPANY | {"organization": '=HYPERLINK("http://x","y")'})
    factories.sent(owner, login="MZP000002")
    response = desk.get(reverse("admin:desk_export") + "?move=partner")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row[:2] for row in rows[1:]] == [["MZP000001", '\'=HYPERLINK("http://x","y")']]


BEGINNINGS = ["=1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", " =1", "\u00a0=1", "\ufeff=1", '"=1"']


@pytest.mark.parametrize("formula", BEGINNINGS)
@pytest.mark.parametrize("before", ["", ";", ",", "|", "\t", "\r", "\n", "x;", "x,", "x|", "x\t", "x\r\n", "x;;"])
def test_a_cell_in_which_a_formula_begins_is_defused(before, formula):
    """Wherever a spreadsheet splits it, no piece begins like a formula; what was typed is all there."""
    cell = safe(before + formula)
    for piece in re.split(r"[;,|\t\r\n]", cell):
        assert not piece.strip(' \u00a0\ufeff"').startswith(tuple("=+-@＝＋－＠")), piece
    assert cell.replace("'", "") == before + formula


def test_what_no_spreadsheet_runs_stays_as_it_is():
    """A hyphen, a sign or an address inside a name is no formula; a tab in front of anything is never kept there."""
    for cell in ("Renault-Nissan", "A+B; C", "it@fleet.example", "1=1", "2026-01-02 10:00"):
        assert safe(cell) == cell
    assert safe("\tx") == "'\tx"
