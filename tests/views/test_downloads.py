"""A PKCS#12 download for a passphrase with accents asks for another passphrase, and is encrypted with that one."""

import pytest
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from onboarding.models import Onboarding, Status
from tests import factories
from tests.views.conftest import url

OTHER = "correct horse battery staple"
ACCENTED = "pässwörd straße évident"


@pytest.fixture
def connected(owner, monkeypatch):
    """An onboarding with a certificate, whose key has a passphrase with accents."""
    monkeypatch.setattr(factories, "PASSPHRASE", ACCENTED)
    onboarding = factories.certified(owner)
    Onboarding.objects.update(status=Status.CONNECTED)
    return onboarding


@pytest.mark.parametrize("name", ["client_p12", "client-old_p12"])
def test_another_passphrase_is_asked_for_and_used(name, connected, client, owner):
    """The first answer shows the field; the file then opens with what was typed there, and not with the key's own."""
    client.force_login(owner)
    page = client.post(url(connected, name), {"passphrase": ACCENTED})
    assert 'name="file_passphrase"' in page.content.decode()
    file = client.post(url(connected, name), {"passphrase": ACCENTED, "file_passphrase": OTHER})
    assert file["Content-Type"] == "application/x-pkcs12"
    assert load_key_and_certificates(file.content, OTHER.encode())[0] is not None
    with pytest.raises(ValueError, match="Invalid password"):
        load_key_and_certificates(file.content, ACCENTED.encode())


def test_a_pem_file_keeps_the_passphrase_of_the_key(connected, client, owner):
    """Every program opens key.pem with any passphrase, so nothing is asked."""
    client.force_login(owner)
    file = client.post(url(connected, "key_pem"), {"passphrase": ACCENTED})
    assert file.content.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
