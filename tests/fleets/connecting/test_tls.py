"""The client's side of TLS: the key never reaches a disk, and only the given anchors are trusted."""

import os
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.fleets.connecting.tls import ClientIdentity, client_context
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import Authority
from tests.rehearsal.partners import CertifiedPartner


@pytest.fixture(scope="module")
def partner(tmp_path_factory):
    return CertifiedPartner.of(Authority.load_or_create(tmp_path_factory.mktemp("authority") / "authority"))


@pytest.fixture
def written(monkeypatch):
    """Record everything that is written to file descriptors during the test."""
    recorded, write = [], os.write

    def record(descriptor, data):
        recorded.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), bytes(data)))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", record)
    return recorded


def open_descriptors():
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def test_the_key_reaches_openssl_in_memory_and_encrypted(partner, written, tmp_path, monkeypatch):
    """One file is written, in memory. It contains no clear form of the key, and the temporary folder stays empty."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = open_descriptors()
    client_context(partner.identity, partner.anchors)
    clear = partner.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    numbers = partner.key.private_numbers()
    ((path, data),) = written
    assert path == "/memfd:identity (deleted)"
    assert data.count(b"BEGIN ENCRYPTED PRIVATE KEY") == 1
    assert b"BEGIN PRIVATE KEY" not in data
    assert [part for part in (clear, numbers.p.to_bytes(128, "big"), f"{numbers.d:x}".encode()) if part in data] == []
    assert [*tmp_path.iterdir()] == []
    assert open_descriptors() == before


def test_each_file_is_encrypted_under_another_password(partner, written):
    """The same key is never written twice in the same form."""
    for _ in range(2):
        client_context(partner.identity, partner.anchors)
    assert written[0][1] != written[1][1]


def test_the_repr_of_an_identity_has_no_key(partner):
    """It contains only the certificate."""
    assert repr(partner.identity) == f"ClientIdentity(certificates=({partner.certificate!r},))"


def test_a_key_of_another_certificate_is_refused(partner):
    """OpenSSL raises an error for a key that does not belong to the certificate."""
    with pytest.raises(ssl.SSLError) as raised:
        client_context(ClientIdentity((partner.certificate,), generate_key(2048)), partner.anchors)
    assert raised.value.reason == "KEY_VALUES_MISMATCH"


def test_only_the_given_anchors_are_trusted(partner):
    """Given anchors replace the system's; with an empty list no server is trusted."""
    serials = [f"{anchor.serial_number:X}" for anchor in partner.anchors]
    assert [ca["serialNumber"] for ca in client_context(None, partner.anchors).get_ca_certs()] == [
        serial.zfill(len(serial) + len(serial) % 2) for serial in serials
    ]
    assert client_context(None, ()).get_ca_certs() == []


def test_the_context_always_verifies_the_server(partner):
    """It requires TLS 1.2 or newer, a certificate of the server, and the server's name."""
    context = client_context(None, partner.anchors)
    assert (context.minimum_version, context.verify_mode, context.check_hostname) == (
        ssl.TLSVersion.TLSv1_2,
        ssl.CERT_REQUIRED,
        True,
    )
