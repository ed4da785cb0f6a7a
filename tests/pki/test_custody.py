"""The two locks: what opens a sealed key, and what does not."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest

from onboarding.pki.custody import Keyring, open_key, rewrap, seal_key
from onboarding.pki.errors import PkiError

PASSPHRASE = "correct horse battery staple"
ROW = "0b0e3f0e-7a44-4c3c-a3b5-7f6f5f1f9c11"


@pytest.fixture(scope="module")
def keyring():
    return Keyring.from_text(Keyring.new_text())


@pytest.fixture(scope="module")
def sealed(key, keyring):
    return seal_key(key, PASSPHRASE, keyring, ROW)


def code_of(sealed, passphrase, keyring, binding):
    with pytest.raises(PkiError) as refusal:
        open_key(sealed, passphrase, keyring, binding)
    return refusal.value.code


def test_both_secrets_open_the_key(sealed, key, keyring):
    """With the passphrase, the keyring and the row, the same key comes back."""
    assert open_key(sealed, PASSPHRASE, keyring, ROW).private_numbers() == key.private_numbers()


def test_several_at_once_each_come_to_an_end(sealed, key, keyring):
    """Two derivations in one process must not wait for each other: each request has a thread of its own."""
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_key(sealed, PASSPHRASE, keyring, ROW), range(8)))
    assert [one.private_numbers() for one in opened] == [key.private_numbers()] * 8


def test_a_passphrase_is_the_same_however_its_accents_are_encoded(key, keyring):
    """Typed on a Mac (decomposed) or on Windows (composed), it is one passphrase."""
    composed = seal_key(key, "caf\u00e9 au lait, s'il vous plait", keyring, ROW)
    decomposed = "cafe\u0301 au lait, s'il vous plait"
    assert open_key(composed, decomposed, keyring, ROW).private_numbers() == key.private_numbers()


def test_a_wrong_passphrase_is_told_from_damage(sealed, keyring):
    """Another passphrase is called that; a record in another row, or altered, is called damaged."""
    assert code_of(sealed, PASSPHRASE + " ", keyring, ROW) == "passphrase_wrong"
    assert code_of(sealed, PASSPHRASE, keyring, "another row") == "sealed_key_damaged"


def _altered(value):
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")


@pytest.mark.parametrize("name", ["version", "spki", "kdf_memory_kib", "kdf_iterations", "salt", "inner_nonce",
                                  "outer_nonce", "ciphertext"])  # fmt: skip
def test_no_field_of_the_record_can_be_altered(sealed, keyring, name):
    """Any change of any column is noticed, with the right passphrase in hand."""
    altered = replace(sealed, **{name: _altered(getattr(sealed, name))})
    expected = "passphrase_wrong" if name == "inner_nonce" else "sealed_key_damaged"
    assert code_of(altered, PASSPHRASE, keyring, ROW) == expected


def test_the_parameters_are_rfc_9106s_second_recommendation(sealed):
    """64 MiB, three passes, four lanes, a 16-byte salt: stored with the record."""
    stored = (sealed.kdf_memory_kib, sealed.kdf_iterations, sealed.kdf_lanes, len(sealed.salt))
    assert stored == (65536, 3, 4, 16)


def test_another_servers_keyring_opens_nothing(sealed):
    """A stolen database is of no use without the keyring, even with the passphrase."""
    assert code_of(sealed, PASSPHRASE, Keyring.from_text(Keyring.new_text()), ROW) == "server_key_unknown"
    same_id = Keyring({sealed.server_key_id: bytes(32)})
    assert code_of(sealed, PASSPHRASE, same_id, ROW) == "sealed_key_damaged"


def test_a_new_first_key_encrypts_and_the_old_one_still_decrypts(sealed, key, keyring):
    """Rotation: a second line above the first; old records open, and rewrapping moves them to the new key."""
    both = Keyring.from_text(Keyring.new_text() + "".join(f"{i}:{_b64(k)}\n" for i, k in keyring.keys.items()))
    assert open_key(sealed, PASSPHRASE, both, ROW).private_numbers() == key.private_numbers()
    moved = rewrap(sealed, both, ROW)
    only_new = Keyring({both.first_id: both.keys[both.first_id]})
    assert moved.server_key_id != sealed.server_key_id
    assert open_key(moved, PASSPHRASE, only_new, ROW).private_numbers() == key.private_numbers()


def _b64(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("text", ["", "# nothing\n", "a:AAAA\n", "no colon\n", "a:!!!!\n",
                                  ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"])  # fmt: skip
def test_a_malformed_keyring_is_refused(text):
    """A keyring that can't be read whole is not read in part."""
    with pytest.raises(PkiError, match="keyring_malformed"):
        Keyring.from_text(text)


def test_the_key_does_not_show_in_a_repr(sealed, keyring):
    """Neither the ciphertext nor the server's keys stand in what a log line would print."""
    assert "ciphertext" not in repr(sealed)
    assert repr(keyring) == "Keyring()"
    assert {field.name for field in fields(sealed) if not field.repr} == {"ciphertext"}
