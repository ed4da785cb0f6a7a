"""The client's side of TLS: the key reaches OpenSSL without touching a disk in clear, and trust is what was given."""

import os
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.fleets.connecting.tls import ClientIdentity, client_context
from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import Authority
from tests.rehearsal.members import Member


@pytest.fixture(scope="module")
def member(tmp_path_factory):
    return Member.of(Authority.load_or_create(tmp_path_factory.mktemp("authority") / "kept"))


@pytest.fixture
def written(monkeypatch):
    """Everything that goes to a file descriptor, in memory or elsewhere, while the test runs."""
    seen, write = [], os.write

    def noting(descriptor, data):
        seen.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), bytes(data)))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", noting)
    return seen


def held_open():
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


def test_the_key_is_handed_over_in_memory_and_encrypted(member, written, tmp_path, monkeypatch):
    """One file is written, in memory; no clear form of the key is in it, and the temporary folder stays empty."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    open_before = held_open()
    client_context(member.identity, member.anchors)
    clear = member.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    numbers = member.key.private_numbers()
    ((path, data),) = written
    assert path == "/memfd:identity (deleted)"
    assert data.count(b"BEGIN ENCRYPTED PRIVATE KEY") == 1
    assert b"BEGIN PRIVATE KEY" not in data
    assert [part for part in (clear, numbers.p.to_bytes(128, "big"), f"{numbers.d:x}".encode()) if part in data] == []
    assert [*tmp_path.iterdir()] == []
    assert held_open() == open_before


def test_each_hand_over_has_a_password_of_its_own(member, written):
    """The same key is never written twice in the same form."""
    for _ in range(2):
        client_context(member.identity, member.anchors)
    assert written[0][1] != written[1][1]


def test_an_identity_does_not_show_its_key(member):
    """Its repr has the certificate only."""
    assert repr(member.identity) == f"ClientIdentity(certificates=({member.certificate!r},))"


def test_a_key_of_another_certificate_is_refused(member):
    """OpenSSL notices that key and certificate do not belong together."""
    with pytest.raises(ssl.SSLError) as refused:
        client_context(ClientIdentity((member.certificate,), generate_key(2048)), member.anchors)
    assert refused.value.reason == "KEY_VALUES_MISMATCH"


def test_only_the_given_anchors_are_trusted(member):
    """Given anchors replace the system's; an empty list trusts nobody."""
    assert [one["serialNumber"] for one in client_context(None, member.anchors).get_ca_certs()] == [
        f"{one.serial_number:X}".zfill(len(f"{one.serial_number:X}") + len(f"{one.serial_number:X}") % 2)
        for one in member.anchors
    ]
    assert client_context(None, ()).get_ca_certs() == []


def test_what_is_always_demanded(member):
    """TLS 1.2 or newer, a certificate of the server, and its name."""
    context = client_context(None, member.anchors)
    assert (context.minimum_version, context.verify_mode, context.check_hostname) == (
        ssl.TLSVersion.TLSv1_2,
        ssl.CERT_REQUIRED,
        True,
    )
