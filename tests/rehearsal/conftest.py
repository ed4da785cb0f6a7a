"""One authority and one running rehearsal a session, and a member of it."""

import pytest

from onboarding.rehearsal.authority import Authority
from tests.rehearsal.members import Call, Member, served


@pytest.fixture(scope="session")
def rehearsal_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rehearsal") / "authority"


@pytest.fixture(scope="session")
def authority(rehearsal_folder):
    return Authority.load_or_create(rehearsal_folder)


@pytest.fixture(scope="session")
def rehearsal(rehearsal_folder):
    with served(rehearsal_folder) as both:
        yield both


@pytest.fixture(scope="session")
def member(authority):
    return Member.of(authority)


@pytest.fixture
def call(authority, member, rehearsal):
    """Requests of a member whom nobody has counted yet."""
    fresh = Member.of(authority, member.key, f"MZP{next(NUMBERS)}")
    return Call(fresh, rehearsal.base_url)


NUMBERS = iter(range(200_000, 300_000))
