"""The client of the transit engine, against a stand-in over real TLS (tests/security/transit_server.py)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onboarding.pki.custody import Binding, check_record, open_key, rewrap, seal_key
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring, WrappedKey, check_canary, seal_canary
from onboarding.pki.transit import ServiceAddressError, TransitKey
from tests.conftest import session_key
from tests.security.transit_server import ADMIN_TOKEN, TOKEN, TransitServer

PLACE = b"a place"
ROW = Binding("onboarding-1", "request-1", "ab" * 32)
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(params=[{}, {"derived": True}, {"mount": "teams/fleet", "namespace": "prod"}], ids=str)
def server(request, tmp_path):
    with TransitServer(tmp_path, **request.param) as running:
        yield running


@pytest.fixture
def plain(tmp_path):
    with TransitServer(tmp_path) as running:
        yield running


def client(server: TransitServer) -> TransitKey:
    return replace(TransitKey.from_url(server.url, server.token, server.ca), pause=0.0)


def code(call, *arguments) -> str:
    with pytest.raises(PkiError) as caught:
        call(*arguments)
    assert caught.value.finding.text  # there is a sentence for it
    return caught.value.code


def test_a_data_key_is_wrapped_and_unwrapped_across_versions(server):
    """What an earlier version wrapped is unwrapped after a rotation; new data keys use the new version."""
    key = client(server)
    first = key.wrap(bytes(32), PLACE)
    assert first.key_id == key.current_id() == f"{server.mount}/onboarding:v1"
    server.token.write_text(ADMIN_TOKEN)
    assert key.add_version() == f"{server.mount}/onboarding:v2"
    second = key.wrap(bytes(range(32)), PLACE)
    assert second.key_id == f"{server.mount}/onboarding:v2"
    assert key.wrap(bytes(32), PLACE, first.key_id).key_id == first.key_id
    assert (key.unwrap(first, PLACE), key.unwrap(second, PLACE)) == (bytes(32), bytes(range(32)))
    assert key.available_ids() == key.through(second.key_id) == [first.key_id, second.key_id]


def test_another_place_or_an_altered_text_is_damage(server):
    """The place is authenticated by the service, so a wrapped data key can't be moved to another record."""
    key = client(server)
    wrapped = key.wrap(bytes(32), PLACE)
    assert code(key.unwrap, wrapped, b"another place") == "sealed_key_damaged"
    for text in (
        wrapped.text[:-8] + "AAAAAAA=",
        wrapped.text.replace("v1", "v2"),
        "vault:v1:AA==",
        "",
        "vault:v1:\r\n",
    ):
        assert code(key.unwrap, WrappedKey(wrapped.key_id, text), PLACE) == "sealed_key_damaged"


def test_a_version_that_the_service_retired_is_unknown(plain):
    """`min_decryption_version` is the retirement of the versions before it."""
    key = client(plain)
    wrapped = key.wrap(bytes(32), PLACE)
    plain.token.write_text(ADMIN_TOKEN)
    key.add_version()
    key.retire_through(wrapped.key_id)
    assert plain.key.min_decryption_version == 2
    assert code(key.unwrap, wrapped, PLACE) == "server_key_unknown"
    assert key.available_ids() == ["transit/onboarding:v2"]
    key.retire_through(wrapped.key_id)  # twice is the same
    assert plain.key.min_decryption_version == 2


def test_the_token_of_the_site_can_neither_rotate_nor_retire(plain):
    """The service refuses it; nothing changes."""
    key = client(plain)
    assert (code(key.add_version), code(key.retire_through, key.current_id())) == ("key_service_refused",) * 2
    assert (len(plain.key.versions), plain.key.min_decryption_version) == (1, 1)


def test_each_failure_has_its_own_code(plain, tmp_path):
    """Token, policy, key, mount, CA, TLS, sealed, overloaded, gone: what to mend is named."""
    key = client(plain)
    assert code(replace(key, name="absent").wrap, bytes(32), PLACE) == "key_service_key_missing"
    assert code(replace(key, name="absent").current_id) == "key_service_key_missing"
    assert code(replace(key, mount="absent").current_id) == "key_service_key_missing"
    assert code(replace(key, token_file=tmp_path / "absent").current_id) == "key_service_token_missing"
    plain.token.write_text("\n")
    assert code(key.current_id) == "key_service_token_missing"
    plain.token.write_text("hvs.revoked")
    assert code(key.current_id) == "key_service_refused"
    plain.token.write_text("two\nlines")
    assert code(key.current_id) == "key_service_token_missing"
    plain.token.write_text(TOKEN)
    assert code(replace(key, ca_file=tmp_path / "absent").current_id) == "key_service_ca_missing"
    assert code(replace(key, ca_file=None).current_id) == "key_service_unreachable"  # the system does not trust it
    assert code(replace(key, host="localhost").current_id) == "key_service_unreachable"  # not in the certificate


@pytest.mark.parametrize("status", [0, 429, 472, 500, 502, 503])
def test_a_service_that_fails_for_a_moment_is_asked_again(plain, status):
    """Two failures are survived, three are not; a rotation is never repeated."""
    key = client(plain)
    plain.failures = [status] * 2
    assert key.current_id() == "transit/onboarding:v1"
    plain.failures = [status] * 3
    assert code(key.current_id) == ("key_service_unavailable" if status else "key_service_unreachable")
    plain.token.write_text(ADMIN_TOKEN)
    plain.failures = [status]
    assert code(key.add_version).startswith("key_service_un")
    assert (len(plain.key.versions), plain.failures) == (1, [])


@pytest.mark.parametrize("status", [301, 307, 401, 418])
def test_other_responses_are_failures(plain, status):
    """No redirect is followed, so the token goes nowhere else."""
    plain.failures = [status]
    assert code(client(plain).current_id) == "key_service_failed"


def test_what_the_service_sends_is_checked(plain, monkeypatch):
    """A response without a ciphertext, with a short key or with other types is not used."""
    key = client(plain)
    wrapped = key.wrap(bytes(32), PLACE)
    for answer in ({}, {"ciphertext": "other:v1:AAAA"}, {"ciphertext": None}, {"latest_version": "many"}, []):
        monkeypatch.setattr(plain, "answer", lambda *_, answer=answer: answer)
        assert code(key.wrap, bytes(32), PLACE) == "key_service_failed"
        assert code(key.current_id) == "key_service_failed"
    monkeypatch.setattr(plain, "answer", lambda *_: {"plaintext": "AAAA"})
    keyring = Keyring({}, key, service_encrypts=True)
    assert code(keyring.data_key, wrapped.key_id, wrapped.text.encode() + b"\nrest", PLACE) == "sealed_key_damaged"


def test_neither_ids_nor_the_plain_place_reach_the_service(plain):
    """The service sees a random data key and a digest of the place; never the private key or an id."""
    key = session_key(2048, 0)
    seal_key(key, PASSPHRASE, Keyring({}, client(plain), service_encrypts=True), ROW)
    (_, _, body), *_ = plain.requests
    assert sorted(body) == ["associated_data", "context", "plaintext"]
    assert len(body["plaintext"]) == 44
    assert "onboarding-1" not in json.dumps(plain.requests)


def test_records_move_between_the_file_and_the_service(plain):
    """Re-wrapping moves a record to the service and back; each keyring opens what it has the key of."""
    key = session_key(2048, 0)
    file = Keyring.from_text(Keyring.new_text())
    both = replace(file, service=client(plain))
    serving = replace(both, service_encrypts=True)
    sealed = seal_key(key, PASSPHRASE, both, ROW)
    moved = rewrap(sealed, serving, ROW)
    assert (sealed.server_key_id, moved.server_key_id) == (file.first_id, "transit/onboarding:v1")
    back = rewrap(moved, both, ROW)
    for record, keyring in ((sealed, serving), (moved, both), (moved, serving), (back, file)):
        assert open_key(record, PASSPHRASE, keyring, ROW).key.private_numbers() == key.private_numbers()
    assert code(open_key, moved, PASSPHRASE, file, ROW) == "server_key_unknown"
    for row in (replace(ROW, request="2"), replace(ROW, onboarding="2"), replace(ROW, csr_fingerprint="cd" * 32)):
        assert code(check_record, moved, serving, row) == "sealed_key_damaged"


def test_a_record_of_the_service_is_authenticated_in_every_part(plain):
    """The wrapped data key of another record, a missing one, and altered bytes are damage."""
    keyring = Keyring({}, client(plain), service_encrypts=True)
    key = session_key(2048, 0)
    sealed, other = (seal_key(key, PASSPHRASE, keyring, ROW) for _ in range(2))
    prefix, _, body = sealed.ciphertext.partition(b"\n")
    mixed = other.ciphertext.partition(b"\n")[0] + b"\n" + body
    for ciphertext in (mixed, body, prefix, prefix + b"\n", prefix + b"\n" + body[:-1], b"\xff\n" + body):
        assert code(check_record, replace(sealed, ciphertext=ciphertext), keyring, ROW) == "sealed_key_damaged"


def test_canaries_tell_whether_a_server_key_is_usable(plain):
    """One for each version, also for earlier ones; another key with the same name is noticed."""
    keyring = Keyring({}, client(plain), service_encrypts=True)
    plain.key.versions.append(bytes(32))
    canaries = {key_id: seal_canary(keyring, key_id) for key_id in keyring.available_ids()}
    assert len(canaries) == 2
    for key_id, canary in canaries.items():
        check_canary(keyring, key_id, canary)
    plain.key.versions[0] = bytes(range(32))
    first = "transit/onboarding:v1"
    assert code(check_canary, keyring, first, canaries[first]) == "sealed_key_damaged"


@pytest.mark.parametrize(
    "url",
    [
        *["https://host/transit/key", "vault+https://host", "vault+https://host/key", "vault+https:///transit/key"],
        *["vault+https://user:secret@host/transit/key", "vault+https://host/transit/key#part", "vault+ftp://h/a/b", ""],
        "vault+https://host/transit/" + "k" * 60,
    ],
)
def test_other_addresses_are_refused(url):
    """The error says what an address looks like."""
    with pytest.raises(ServiceAddressError):
        TransitKey.from_url(url, Path("token"))
