"""Tokens, and clients that have them."""

from datetime import timedelta

import pytest

from onboarding.workflow.api_tokens import make_token
from tests.api.described import ApiClient
from tests.review.conftest import staff


def client_of(user, *scopes: str) -> ApiClient:
    """Return a client with a new token of `user`."""
    return ApiClient(make_token(user, "test", scopes, timedelta(days=30)))


@pytest.fixture
def program(owner):
    """A program of the partner."""
    return client_of(owner, "read", "write")


@pytest.fixture
def reviewer(db):
    return staff("reviewer")


@pytest.fixture
def desk(reviewer):
    """A program of a reviewer."""
    return client_of(reviewer, "desk")
