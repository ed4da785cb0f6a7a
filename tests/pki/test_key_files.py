"""Key files: what openssl, keytool and ssh-keygen write is read here, and what we write is read by openssl."""

import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from onboarding.pki.errors import PkiError
from onboarding.pki.key_files import EncryptedPrivateKeyInfo, encode_pbes2, encrypted_pem, open_key_file
from onboarding.pki.keys import spki_fingerprint
from tests.pki.corpus_keys import LOCKED, PEM_PKCS1, PKCS8, PRIVATE_KEYS, partner_key
from tests.pki.workshop import PASSWORD

ENCRYPTED_PKCS1 = (*PEM_PKCS1, "-aes128", "-passout", f"pass:{PASSWORD}")
FILES = {
    "pkcs8": (partner_key(), ""),
    "pkcs8_with_an_unneeded_passphrase": (partner_key(), PASSWORD),
    "pkcs1": (partner_key(*PEM_PKCS1), ""),
    "pkcs8_der": (partner_key(*PKCS8, "-outform", "DER"), ""),
    "pkcs1_der": (partner_key(*PEM_PKCS1, "-outform", "DER"), ""),
    "pkcs8_encrypted": (partner_key(*LOCKED), PASSWORD),
    "pkcs8_encrypted_der": (partner_key(*LOCKED, "-outform", "DER"), PASSWORD),
    "pkcs1_encrypted": (partner_key(*ENCRYPTED_PKCS1), PASSWORD),
    "pkcs12": (lambda shop: shop.pfx(), PASSWORD),
    "crlf_and_mark": (lambda shop: b"\xef\xbb\xbf" + partner_key()(shop).replace(b"\n", b"\r\n"), ""),
    "after_a_certificate": (lambda shop: shop.leaf + partner_key()(shop), ""),
    "utf16": (lambda shop: partner_key()(shop).decode().encode("utf-16"), ""),
}


@pytest.fixture(scope="module")
def spki(workshop):
    return spki_fingerprint(x509.load_pem_x509_csr(workshop.request).public_key())


@pytest.mark.parametrize("name", FILES)
def test_every_format_of_the_key_is_read(name, workshop, spki):
    """The key that is read is the one of the request."""
    make, passphrase = FILES[name]
    assert spki_fingerprint(open_key_file(make(workshop), passphrase, spki).public_key()) == spki


@pytest.mark.parametrize(
    ("make", "passphrase", "code"),
    [
        (partner_key(*LOCKED), "wrong", "passphrase_wrong"),
        (partner_key(*LOCKED), "", "passphrase_missing"),
        (partner_key(*LOCKED, "-outform", "DER"), "wrong", "passphrase_wrong"),
        (partner_key(*ENCRYPTED_PKCS1), "wrong", "passphrase_wrong"),
        (lambda shop: shop.pfx(), "wrong", "passphrase_wrong"),
        (lambda shop: shop.pfx(), "", "passphrase_missing"),
        (lambda shop: shop.key("stranger").read_bytes(), "", "key_file_other"),
        (lambda shop: shop.ec_key, "", "key_type"),
        (PRIVATE_KEYS["key_openssh"], "", "key_type"),
        (PRIVATE_KEYS["key_jks"], "", "key_file_keystore"),
        (PRIVATE_KEYS["key_putty"], "", "key_file_unreadable"),
        (PRIVATE_KEYS["key_cut_short"], "", "key_file_unreadable"),
        (lambda shop: shop.leaf, "", "key_file_unreadable"),
        (lambda shop: shop.request, "", "key_file_unreadable"),
        (lambda shop: b"hello", "", "key_file_unreadable"),
        (lambda shop: b"", "", "file_empty"),
        (lambda shop: bytes(70_000), "", "file_too_large"),
    ],
)
def test_each_refusal_has_its_own_code(make, passphrase, code, workshop, spki):
    """A wrong passphrase and a wrong file have different codes; the error contains neither file nor passphrase."""
    with pytest.raises(PkiError) as error:
        open_key_file(make(workshop), passphrase, spki)
    assert (error.value.code, error.value.__cause__) == (code, None)
    assert "wrong" not in repr(error.value.finding).replace("passphrase_wrong", "")
    assert error.value.finding.text


@pytest.mark.parametrize("passphrase", ["correct horse battery", "clé à molette ünd ß", " spaces count "])
def test_openssl_opens_the_key_with_its_passphrase(key, passphrase, tmp_path):
    """OpenSSL decrypts the file and finds the same key in it."""
    file = tmp_path / "key.pem"
    file.write_bytes(encrypted_pem(key, passphrase))
    decrypted = subprocess.run(
        ["openssl", "pkey", "-in", file, "-passin", "env:PASSPHRASE"],
        env={"PASSPHRASE": passphrase},
        capture_output=True,
        check=True,
    ).stdout
    assert load_pem_private_key(decrypted, None).private_numbers() == key.private_numbers()


def test_openssl_refuses_another_passphrase(key, tmp_path):
    """The file is really encrypted with the passphrase."""
    file = tmp_path / "key.pem"
    file.write_bytes(encrypted_pem(key, "the right one"))
    done = subprocess.run(["openssl", "pkey", "-in", file, "-passin", "pass:another"], capture_output=True, check=False)
    assert done.returncode == 1


def test_the_key_derivation_has_600000_rounds(key, tmp_path):
    """The structure names PBKDF2 with HMAC-SHA-256 and 600,000 rounds, and AES-256-CBC."""
    file = tmp_path / "key.pem"
    file.write_bytes(encrypted_pem(key, "some passphrase"))
    out = subprocess.run(["openssl", "asn1parse", "-in", file], capture_output=True, check=True, text=True).stdout
    assert re.findall(r"OBJECT\s+:(\S+)", out) == ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"]
    assert [int(value, 16) for value in re.findall(r"INTEGER\s+:(\w+)", out)] == [600_000]


SALT, IV = bytes(range(16)), bytes(range(16, 32))
# Written by the hand-made DER encoder of earlier versions, for these salts, IVs and rounds.
ENCODED = {
    600_000: "308194306006092a864886f70d01050d3053303206092a864886f70d01050c30250410000102030405060708090a0b0c0d0e"
    "0f02030927c0300c06082a864886f70d02090500301d060960864801650304012a0410101112131415161718191a1b1c1d1e1f0430"
    + 48
    * "00",
    1: "308192305e06092a864886f70d01050d3051303006092a864886f70d01050c30230410000102030405060708090a0b0c0d0e0f020101"
    "300c06082a864886f70d02090500301d060960864801650304012a0410101112131415161718191a1b1c1d1e1f0430" + 48 * "00",
}


@pytest.mark.parametrize("rounds", ENCODED)
def test_the_encoding_is_the_same_as_in_earlier_versions(rounds):
    """For a fixed salt and IV, the DER is byte for byte what earlier versions wrote."""
    assert encode_pbes2(bytes(48), salt=SALT, iv=IV, rounds=rounds).hex() == ENCODED[rounds]


def test_openssl_writes_the_same_bytes_for_the_same_salt_and_iv(key, tmp_path):
    """The encoding of the parameters in a file that OpenSSL wrote is the same as ours, apart from their values."""
    der = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    command = ["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "600000"]
    written = subprocess.run(
        [*command, "-outform", "DER", "-passout", "pass:secret"], input=der, capture_output=True, check=True
    ).stdout
    parsed = asn1.decode_der(EncryptedPrivateKeyInfo, written)
    parameters = parsed.encryption_algorithm.parameters
    encoded = encode_pbes2(
        parsed.encrypted_data,
        salt=parameters.key_derivation.parameters.salt,
        iv=parameters.encryption_scheme.iv,
        rounds=600_000,
    )
    assert encoded == written
