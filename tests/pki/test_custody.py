"""The two layers of encryption: what decrypts a stored key, and what does not."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.pki.custody import (
    NONCE_BYTES,
    Binding,
    Layer,
    SealedKey,
    check_record,
    open_key,
    rewrap,
    seal_key,
)
from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import Keyring

PASSPHRASE = "correct horse battery staple"
ROW = Binding("0b0e3f0e-7a44-4c3c-a3b5-7f6f5f1f9c11", "5a3c0f4e-1f0b-4a2b-9d5e-2c7a8e6b1d90", "ab" * 32)
OTHER_ROWS = [replace(ROW, onboarding="1"), replace(ROW, request="2"), replace(ROW, csr_fingerprint="cd" * 32)]


@pytest.fixture(scope="module")
def keyring():
    return Keyring.from_text(Keyring.new_text())


@pytest.fixture(scope="module")
def sealed(key, keyring):
    return seal_key(key, PASSPHRASE, keyring, ROW)


def code_of(sealed, passphrase, keyring, binding):
    """Return the code of the error that `open_key` raises."""
    with pytest.raises(PkiError) as error:
        open_key(sealed, passphrase, keyring, binding)
    return error.value.code


def test_passphrase_and_keyring_together_decrypt_the_key(sealed, key, keyring):
    """With the passphrase, the keyring and the right row, the key is decrypted unchanged."""
    assert open_key(sealed, PASSPHRASE, keyring, ROW).key.private_numbers() == key.private_numbers()


def test_several_threads_decrypt_at_the_same_time(sealed, key, keyring):
    """Derivations in several threads of one process do not deadlock: each request has its own thread."""
    with ThreadPoolExecutor(4) as threads:
        decrypted = list(threads.map(lambda _: open_key(sealed, PASSPHRASE, keyring, ROW), range(8)))
    assert [opened.key.private_numbers() for opened in decrypted] == [key.private_numbers()] * 8


def test_composed_and_decomposed_accents_are_the_same_passphrase(key, keyring):
    """A passphrase typed on Windows (composed) and on a Mac (decomposed) decrypts the same key."""
    composed = seal_key(key, "caf\u00e9 au lait, s'il vous plait", keyring, ROW)
    decomposed = "cafe\u0301 au lait, s'il vous plait"
    assert open_key(composed, decomposed, keyring, ROW).key.private_numbers() == key.private_numbers()


def test_a_wrong_passphrase_and_damage_have_different_codes(sealed, keyring):
    """A wrong passphrase is passphrase_wrong; a record in another place or beside another CSR is sealed_key_damaged."""
    assert code_of(sealed, PASSPHRASE + " ", keyring, ROW) == "passphrase_wrong"
    assert [code_of(sealed, PASSPHRASE, keyring, row) for row in OTHER_ROWS] == ["sealed_key_damaged"] * 3


def alter(value):
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")


@pytest.mark.parametrize("name", [field.name for field in fields(SealedKey)])
def test_an_altered_field_is_detected(sealed, keyring, name):
    """After any column was changed, the record is damaged, and that does not look like a wrong passphrase."""
    altered = replace(sealed, **{name: alter(getattr(sealed, name))})
    expected = "server_key_unknown" if name == "server_key_id" else "sealed_key_damaged"
    assert code_of(altered, PASSPHRASE, keyring, ROW) == expected
    with pytest.raises(PkiError, match=expected):
        check_record(altered, keyring, ROW)


@pytest.mark.parametrize("name", ["salt", "inner_nonce", "outer_nonce", "ciphertext"])
def test_a_truncated_field_is_detected(sealed, keyring, name):
    """A column that lost its last byte, or everything, is damaged."""
    value = getattr(sealed, name)
    for shorter in (value[:-1], b""):
        assert code_of(replace(sealed, **{name: shorter}), PASSPHRASE, keyring, ROW) == "sealed_key_damaged"


def test_a_record_is_checked_without_the_passphrase(sealed, keyring):
    """An untouched record passes in its own place only."""
    check_record(sealed, keyring, ROW)
    for row in OTHER_ROWS:
        with pytest.raises(PkiError, match="sealed_key_damaged"):
            check_record(sealed, keyring, row)


def version_1(key, keyring):
    """Return `key` as version 1 sealed it: bound to the onboarding and the public key only."""
    record = replace(
        seal_key(key, PASSPHRASE, keyring, ROW),
        version=1,
        inner_nonce=b"i" * NONCE_BYTES,
        outer_nonce=b"o" * NONCE_BYTES,
    )
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    common = f"|1|{ROW.onboarding}|{record.spki}|65536|3|4|{record.salt.hex()}"
    inner = AESGCM(record.derive_key(PASSPHRASE)).encrypt(
        record.inner_nonce, clear, f"onboarding sealed key|inner{common}".encode()
    )
    outer = f"onboarding sealed key|outer{common}|{record.server_key_id}".encode()
    server_key = keyring.keys[record.server_key_id]
    return replace(record, ciphertext=AESGCM(server_key).encrypt(record.outer_nonce, inner, outer))


def test_a_record_of_version_1_is_opened_and_upgraded(key, keyring):
    """It opens in its onboarding; the record that is returned is bound to its request and CSR, and opens as well."""
    old = version_1(key, keyring)
    opened = open_key(rewrap(old, keyring, ROW), PASSPHRASE, keyring, ROW)
    assert (old.version, opened.record.version) == (1, 2)
    assert opened.key.private_numbers() == key.private_numbers()
    again = open_key(opened.record, PASSPHRASE, keyring, ROW)
    assert (again.record, again.key.private_numbers()) == (opened.record, key.private_numbers())
    assert [code_of(opened.record, PASSPHRASE, keyring, row) for row in OTHER_ROWS] == ["sealed_key_damaged"] * 3
    assert code_of(replace(opened.record, version=1), PASSPHRASE, keyring, ROW) == "sealed_key_damaged"


@pytest.mark.asvs("11.4.4")
def test_the_parameters_are_the_second_recommendation_of_rfc_9106(sealed):
    """64 MiB, three passes, four lanes and a 16-byte salt are stored with the record."""
    stored = (sealed.kdf_memory_kib, sealed.kdf_iterations, sealed.kdf_lanes, len(sealed.salt))
    assert stored == (65536, 3, 4, 16)


def test_the_keyring_of_another_server_decrypts_nothing(sealed):
    """A stolen database is useless without its keyring, even with the passphrase."""
    assert code_of(sealed, PASSPHRASE, Keyring.from_text(Keyring.new_text()), ROW) == "server_key_unknown"
    same_id = Keyring({sealed.server_key_id: bytes(32)})
    assert code_of(sealed, PASSPHRASE, same_id, ROW) == "sealed_key_damaged"


def test_a_new_first_key_encrypts_and_the_old_key_still_decrypts(sealed, key, keyring):
    """After a rotation, old records can still be decrypted, and `rewrap` moves them to the new key."""
    both = Keyring.from_text(Keyring.new_text() + "".join(f"{i}:{_b64(k)}\n" for i, k in keyring.keys.items()))
    assert open_key(sealed, PASSPHRASE, both, ROW).key.private_numbers() == key.private_numbers()
    moved = rewrap(sealed, both, ROW)
    only_new = Keyring({both.first_id: both.keys[both.first_id]})
    assert moved.server_key_id != sealed.server_key_id
    assert open_key(moved, PASSPHRASE, only_new, ROW).key.private_numbers() == key.private_numbers()


def _b64(data):
    return base64.b64encode(data).decode()


def test_the_associated_data_of_stored_keys_never_changes(sealed):
    """Keys in the database were encrypted with exactly these bytes; other bytes would make them useless."""
    place = f"{ROW.onboarding}|{ROW.request}|{ROW.csr_fingerprint}"
    common = f"|2|{place}|{sealed.spki}|65536|3|4|{sealed.salt.hex()}"
    outer = f"{common}|{sealed.server_key_id}|{sealed.inner_nonce.hex()}"
    assert sealed.associated_data(ROW, Layer.INNER) == f"onboarding sealed key|inner{common}".encode()
    assert sealed.associated_data(ROW, Layer.OUTER) == f"onboarding sealed key|outer{outer}".encode()


@pytest.mark.parametrize("text", ["", "# nothing\n", "a:AAAA\n", "no colon\n", "a:!!!!\n",
                                  ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"])  # fmt: skip
def test_a_malformed_keyring_is_refused(text):
    """A keyring with one malformed line is refused as a whole."""
    with pytest.raises(PkiError, match="keyring_malformed"):
        Keyring.from_text(text)


def test_a_repr_contains_no_key(sealed, keyring):
    """A log line that prints these objects contains neither the ciphertext nor the server keys."""
    assert "ciphertext" not in repr(sealed)
    assert repr(keyring) == "Keyring()"
    assert {field.name for field in fields(sealed) if not field.repr} == {"ciphertext"}
