"""A passphrase with accents is the same passphrase in every file, however the keyboard encodes the accents."""

import os
import subprocess
import unicodedata

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from onboarding.pki.bundles import KeyAndCertificates, pkcs12
from onboarding.pki.key_files import encrypted_pem, open_key_file
from onboarding.pki.keys import spki_fingerprint

COMPOSED = unicodedata.normalize("NFC", "zwölf Boxkämpfer à l'école")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)

READ_PEM = ("openssl", "pkey", "-in", "key", "-passin", "env:PASSPHRASE")
READ_PKCS12 = ("openssl", "pkcs12", "-in", "key", "-passin", "env:PASSPHRASE", "-legacy", "-nocerts", "-nodes")
FILES = {
    "key.pem": (lambda credentials, passphrase: encrypted_pem(credentials.key, passphrase), READ_PEM),
    "client.p12": (lambda credentials, passphrase: pkcs12(credentials, passphrase, name="MZP128745"), READ_PKCS12),
    "old client.p12": (
        lambda credentials, passphrase: pkcs12(credentials, passphrase, name="MZP128745", old=True),
        READ_PKCS12,
    ),
}


@pytest.fixture(scope="module")
def credentials(key, leaf, issuing, root):
    return KeyAndCertificates(leaf, (issuing.certificate,), (root.certificate,), key)


def read_with_openssl(folder, command, passphrase):
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PASSPHRASE": passphrase, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return load_pem_private_key(done.stdout, None)


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED], ids=["composed", "decomposed"])
@pytest.mark.parametrize("name", FILES)
def test_openssl_opens_every_file_with_the_composed_passphrase(name, typed, credentials, tmp_path):
    """A passphrase typed on a Mac (decomposed) or on Windows (composed) gives files with the same passphrase."""
    make, command = FILES[name]
    (tmp_path / "key").write_bytes(make(credentials, typed))
    assert read_with_openssl(tmp_path, command, COMPOSED).private_numbers() == credentials.key.private_numbers()


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED], ids=["composed", "decomposed"])
@pytest.mark.parametrize("name", FILES)
def test_either_form_opens_every_file_here(name, typed, credentials):
    """A downloaded file opens again for the connection test, in whichever form the passphrase is typed."""
    make, _ = FILES[name]
    data = make(credentials, COMPOSED)
    decrypted = open_key_file(data, typed, spki_fingerprint(credentials.key.public_key()))
    assert decrypted.private_numbers() == credentials.key.private_numbers()
