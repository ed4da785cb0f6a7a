"""An authority, a running rehearsal and a partner for all tests of the session."""

import pytest

from onboarding.rehearsal.authority import Authority
from tests.rehearsal.partners import Call, CertifiedPartner, start_rehearsal


@pytest.fixture(scope="session")
def rehearsal_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rehearsal") / "authority"


@pytest.fixture(scope="session")
def authority(rehearsal_folder):
    return Authority.load_or_create(rehearsal_folder)


@pytest.fixture(scope="session")
def rehearsal(rehearsal_folder):
    with start_rehearsal(rehearsal_folder) as running:
        yield running


@pytest.fixture(scope="session")
def partner(authority):
    return CertifiedPartner.of(authority)


@pytest.fixture
def call(authority, partner, rehearsal):
    """Sends requests of a new login, whose request counters are at zero."""
    new_partner = CertifiedPartner.of(authority, partner.key, f"MZP{next(NUMBERS)}")
    return Call(new_partner, rehearsal.base_url)


NUMBERS = iter(range(200_000, 300_000))
