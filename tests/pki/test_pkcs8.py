"""The downloaded key, as the tools of a partner read it."""

import re
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from onboarding.pki.key_files import encrypted_pem


@pytest.mark.parametrize("passphrase", ["correct horse battery", "clé à molette ünd ß", " spaces count "])
def test_openssl_opens_the_key_with_its_passphrase(key, passphrase, tmp_path):
    """OpenSSL decrypts the file and finds the same key in it."""
    file = tmp_path / "key.pem"
    file.write_bytes(encrypted_pem(key, passphrase))
    opened = subprocess.run(
        ["openssl", "pkey", "-in", file, "-passin", "env:PASSPHRASE"],
        env={"PASSPHRASE": passphrase},
        capture_output=True,
        check=True,
    ).stdout
    assert load_pem_private_key(opened, None).private_numbers() == key.private_numbers()


def test_openssl_refuses_another_passphrase(key, tmp_path):
    """The file is really locked."""
    file = tmp_path / "key.pem"
    file.write_bytes(encrypted_pem(key, "the right one"))
    done = subprocess.run(["openssl", "pkey", "-in", file, "-passin", "pass:another"], capture_output=True, check=False)
    assert done.returncode == 1


def test_the_passphrase_is_stretched_600000_times(key, tmp_path):
    """The structure says PBKDF2 with HMAC-SHA-256, 600,000 rounds, and AES-256-CBC."""
    file = tmp_path / "key.pem"
    file.write_bytes(encrypted_pem(key, "some passphrase"))
    out = subprocess.run(["openssl", "asn1parse", "-in", file], capture_output=True, check=True, text=True).stdout
    assert re.findall(r"OBJECT\s+:(\S+)", out) == ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"]
    assert [int(value, 16) for value in re.findall(r"INTEGER\s+:(\w+)", out)] == [600_000]
