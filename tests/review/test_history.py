"""The history: the database itself refuses to change or remove a row."""

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
def test_the_database_refuses_whatever_is_not_an_insert(statement):
    """Not even SQL by hand changes what was done."""
    if "TRUNCATE" in statement and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    factories.started(factories.partner())
    before = list(Event.objects.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is pending would refuse a TRUNCATE before we do
        with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
            cursor.execute(statement)
    assert list(Event.objects.values()) == before


def test_a_queryset_is_refused_as_well():
    """`update` and `delete` of a queryset do not pass through the model."""
    factories.started(factories.partner())
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.update(why="another")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all()._raw_delete("default")
    assert Event.objects.count() == 1
