"""Accounts of staff in each role, and clients that are signed in as them."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from onboarding.models import User
from tests import factories


def staff(role: str, email: str = "") -> User:
    """Return a staff account with a role."""
    user = User.objects.create_user(email or f"{role}@operator.example", "velvet-anchor-92-river", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return factories.with_second_factor(user)


def signed_in(user: User) -> Client:
    """Return a client that is signed in as `user`."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def hub_text(onboarding):
    """Return the HTML of the hub as its partner sees it."""
    return signed_in(onboarding.owner).get(reverse("onboarding:hub", args=[onboarding.pk])).content.decode()


def messages_of(response):
    """Return the messages of a page."""
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def owner():
    return factories.partner()


@pytest.fixture
def reviewer(db):
    return staff("reviewer")


@pytest.fixture
def desk(reviewer):
    """A client signed in as the reviewer."""
    return signed_in(reviewer)
