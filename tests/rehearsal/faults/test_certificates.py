"""The server certificates of faulty gateways."""

import pytest

from onboarding.rehearsal.faults.certificates import IDENTITIES


@pytest.mark.parametrize("name", IDENTITIES)
def test_each_identity_is_created_once(identities, name):
    """Each identity has a certificate, and is the same object the next time."""
    assert identities.get(name) is identities.get(name)
    assert identities.get(name).chain
