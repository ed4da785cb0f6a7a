"""Key files: what openssl, keytool and ssh-keygen write is read here, and what we write is read by openssl."""

import re
import subprocess
from base64 import b64encode

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from onboarding.pki.der import CONTEXT_0, OCTETS, SEQUENCE
from onboarding.pki.errors import PassphraseError, PkiError
from onboarding.pki.key_files import (
    SHROUDED_KEY_BAG,
    EncryptedPrivateKeyInfo,
    encode_pbes2,
    encrypted_pem,
    open_key_file,
)
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


# For this file, and the old PEM encryption below, the padding is valid after decryption with these passphrases. A
# passphrase has this property once in about 256 times. The decrypted bytes are no key.
PADDED = bytes.fromhex(ENCODED[1])
PADDED_PASSPHRASE = "wrong 105"
OLD_PADDED_PASSPHRASE = "wrong 391"
OLD_HEADERS = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{IV.hex().upper()}\n\n"


def pem(label, contents, headers=""):
    return f"-----BEGIN {label}-----\n{headers}{b64encode(contents).decode()}\n-----END {label}-----\n".encode()


def der(tag, *parts):
    """Return a DER value with a length of two bytes."""
    contents = b"".join(parts)
    return bytes([tag, 0x82]) + len(contents).to_bytes(2, "big") + contents


def pkcs12(encrypted):
    """Return a PKCS#12 file with an encrypted key, and without a MAC (RFC 7292, section 4)."""
    data = b"\x06\x09" + bytes.fromhex("2a864886f70d010701")
    bag = der(SEQUENCE, b"\x06\x0b", SHROUDED_KEY_BAG, der(CONTEXT_0, encrypted))
    content = der(SEQUENCE, data, der(CONTEXT_0, der(OCTETS, der(SEQUENCE, bag))))
    return der(SEQUENCE, b"\x02\x01\x03", der(SEQUENCE, data, der(CONTEXT_0, der(OCTETS, der(SEQUENCE, content)))))


@pytest.mark.parametrize(
    ("file", "passphrase"),
    [
        (PADDED, PADDED_PASSPHRASE),
        (pem("ENCRYPTED PRIVATE KEY", PADDED), PADDED_PASSPHRASE),
        (pkcs12(PADDED), PADDED_PASSPHRASE),
        (pem("RSA PRIVATE KEY", bytes(48), OLD_HEADERS), OLD_PADDED_PASSPHRASE),
    ],
    ids=["pkcs8_der", "pkcs8_pem", "pkcs12", "old_pem"],
)
def test_a_wrong_passphrase_is_recognized_even_if_the_padding_is_valid(file, passphrase, spki):
    """The library reports unreadable contents then. Without a passphrase, the file is just encrypted."""
    codes = {}
    for typed in (passphrase, "wrong", ""):
        with pytest.raises(PassphraseError) as error:
            open_key_file(file, typed, spki)
        codes[typed] = error.value.code
    assert codes == {passphrase: "passphrase_wrong", "wrong": "passphrase_wrong", "": "passphrase_missing"}


@pytest.mark.parametrize("make", [PADDED.__getitem__, lambda cut: pkcs12(PADDED)[cut]], ids=["pkcs8", "pkcs12"])
def test_an_encrypted_file_that_is_cut_short_is_unreadable(make, spki):
    """No passphrase opens it, so none is asked for."""
    for passphrase in ("wrong", ""):
        with pytest.raises(PkiError) as error:
            open_key_file(make(slice(-1)), passphrase, spki)
        assert error.value.code == "key_file_unreadable"


def test_an_encrypted_openssh_key_is_unreadable(tmp_path, spki):
    """Its key derivation is not available, with or without a passphrase."""
    command = ["ssh-keygen", "-q", "-t", "rsa", "-N", "secret", "-f", tmp_path / "key"]
    subprocess.run(command, check=True)
    for passphrase in ("secret", ""):
        with pytest.raises(PkiError) as error:
            open_key_file((tmp_path / "key").read_bytes(), passphrase, spki)
        assert error.value.code == "key_file_unreadable"
