"""A member of staff who reviews."""

import pytest

from tests.review.conftest import staff


@pytest.fixture
def reviewer(db):
    """A user with the role "reviewer"."""
    return staff("reviewer")
