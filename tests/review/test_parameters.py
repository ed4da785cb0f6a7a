"""Wrong parameters in addresses of the desk never cause a server error."""

import csv
import io

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from onboarding.models import CaseFinding
from tests import factories
from tests.review.conftest import signed_in, staff

pytestmark = [pytest.mark.django_db, pytest.mark.database]

QUEUE = reverse("admin:onboarding_onboarding_changelist")
EXPORT = reverse("admin:review_export")
ACCOUNTS = reverse("admin:onboarding_user_changelist")

INVALID = [
    "bogus=1",
    "id__exact=abc",
    "owner__password__startswith=p",
    "created_at__year=99999999999",
    "errors__gt=99999999999999999999",
    "status_since__year=9999",
    "status_since__year=abc",
    "status_since__year=" + "9" * 4000,
    "status_since__day=0",
    "status_since__month=0",
    "status_since__year=2026&status_since__day=15",
    "status_since__year=2026&status_since__month=2&status_since__day=30",
    "move=a%00",
    "reviewer=a%00",
    "finding=a%00",
    "verdict=a%00",
    "status__exact=a%00",
    "environment__exact=a%00",
    "expires=%00",
    "age=%00",
    "q=a%00",
    "o=%00",
]
UNMATCHED = ["move=bogus", "status__exact=bogus", "finding=bogus", "verdict=bogus", "environment__exact=bogus"]
IGNORED = ["expires=" + "9" * 5000 + "-1", "expires=9999-12", "expires=2026-13", "age=x", "o=99.-x", "reviewer=bogus"]


@pytest.mark.parametrize("query", INVALID)
def test_invalid_parameters_redirect_to_the_queue(desk, owner, query):
    """The list and the export redirect to the queue, which explains why."""
    factories.started(owner)
    for url in (QUEUE, EXPORT):
        response = desk.get(f"{url}?{query}")
        assert (response.status_code, response.headers.get("Location")) == (302, f"{QUEUE}?e=1"), url
    page = desk.get(f"{QUEUE}?e=1").content.decode()
    assert "The address contained an unknown filter or value. This is the whole queue." in page


@pytest.mark.parametrize(("query", "n"), [(query, 0) for query in UNMATCHED] + [(query, 1) for query in IGNORED])
def test_an_unknown_value_finds_nothing_or_is_ignored(desk, owner, query, n):
    """The export has the same rows as the list."""
    factories.started(owner)
    query = query if query.startswith("move") else f"move=anyone&{query}"
    assert desk.get(f"{QUEUE}?{query}").content.decode().count('class="field-login"') == n
    assert len(exported(desk, query)) == n


def exported(client, query):
    """Return the rows of an export without the header."""
    text = b"".join(client.get(f"{EXPORT}?{query}").streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.mark.parametrize("query", ["move=anyone&finding=login_unusual", "move=anyone&q=flottes", "q=MWP"])
def test_an_export_is_complete_where_the_list_is_limited(desk, owner, monkeypatch, query):
    """The list ends at its limit, and the export has every case."""
    monkeypatch.setattr("onboarding.review.filters.LISTED_MAX", 2)
    monkeypatch.setattr("onboarding.review.filters.SEARCH_MAX", 2)
    for number in range(5):
        onboarding = factories.described(owner, login=f"MWP00000{number}")
        CaseFinding.objects.update_or_create(
            onboarding=onboarding,
            code="login_unusual",
            defaults={"severity": "warning", "since": onboarding.status_since},
        )
    assert desk.get(f"{QUEUE}?{query}").content.decode().count('class="field-login"') < 5
    assert len({row[0] for row in exported(desk, query)}) == len(exported(desk, query)) == 5


@pytest.mark.parametrize(
    "query",
    [
        "email=administrator@operator.example&password__startswith=md5",
        "password__startswith=pbkdf2",
        "password=x",
        "last_login__year=2026",
        "groups__permissions__codename=view_user",
    ],
)
def test_accounts_can_not_be_searched_by_password(db, query):
    """A lookup by the password's hash is refused, and the offered filters work."""
    client = signed_in(staff("administrator"))
    assert client.get(f"{ACCOUNTS}?{query}").status_code == 400
    for offered in ("is_staff__exact=1", "groups__id__exact=1", "groups__isnull=True"):
        assert client.get(f"{ACCOUNTS}?{offered}").status_code == 200, offered


def test_an_action_with_an_invalid_id_does_nothing(desk, owner):
    """A form with an invalid id leads back to the queue."""
    factories.sent(owner)
    chosen = {"action": "bulk_take_over", ACTION_CHECKBOX_NAME: ["abc"], "previewed": "1", "confirmed": "1"}
    response = desk.post(f"{QUEUE}?move=anyone", chosen)
    assert (response.status_code, response.headers.get("Location")) == (302, f"{QUEUE}?e=1")
