"""The rules that the database and the models enforce themselves."""

import pytest
from django.db import IntegrityError, transaction

from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_the_database_refuses_a_second_current_request(owner):
    """A unique constraint enforces the rule, even if the code does not."""
    onboarding = factories.with_key(owner)
    request = onboarding.request
    request.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        request.save(force_insert=True)


def test_an_event_can_be_neither_changed_nor_deleted(owner):
    """The history is append-only."""
    event = factories.started(owner).events.get()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
