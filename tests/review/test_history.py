"""The history: the database refuses to change or delete an event."""

import pytest
from django.db import DatabaseError, connection, transaction

from onboarding.models import Event
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE onboarding_event SET why = 'another'",
        "DELETE FROM onboarding_event",
        pytest.param("TRUNCATE onboarding_event", id="truncate"),
    ],
)
def test_the_database_only_accepts_inserts(statement):
    """SQL can't change, delete or truncate events."""
    if "TRUNCATE" in statement and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    factories.started(factories.partner())
    before = list(Event.objects.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SET CONSTRAINTS ALL IMMEDIATE"
            )  # with pending checks, PostgreSQL refuses a TRUNCATE before our trigger does
        with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
            cursor.execute(statement)
    assert list(Event.objects.values()) == before


def test_changes_by_a_queryset_are_refused():
    """`update` and `delete` of a queryset bypass the model's methods, but not the database."""
    factories.started(factories.partner())
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.update(why="another")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all()._raw_delete("default")
    assert Event.objects.count() == 1
