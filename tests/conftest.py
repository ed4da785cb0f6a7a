"""What every test has."""

import pytest
from django.core import management

from tests.flushing import LiftingFlush


@pytest.fixture(autouse=True, scope="session")
def the_history_can_be_emptied_between_tests():
    """Transactional tests end by flushing the database, by the name of the command."""
    original = management.get_commands
    management.get_commands = lambda: original() | {"flush": LiftingFlush()}
    yield
    management.get_commands = original
