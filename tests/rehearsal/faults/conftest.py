"""The identities of faulty gateways, with their own authority."""

import pytest

from onboarding.rehearsal.authority import Authority
from onboarding.rehearsal.faults.certificates import FaultyIdentities


@pytest.fixture(scope="session")
def identities(tmp_path_factory) -> FaultyIdentities:
    return FaultyIdentities(Authority.load_or_create(tmp_path_factory.mktemp("faults") / "rehearsal"))
