"""The files that a partner downloads, as openssl and keytool read them."""

import os
import re
import subprocess
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from onboarding.pki import bundles
from onboarding.pki.bundles import KeyAndCertificates
from onboarding.pki.errors import PkiError
from onboarding.pki.keys import generate_key

PASSPHRASE = "horse battery 'staple' \"correct\""

PKCS12 = ("openssl", "pkcs12", "-in", "client.p12", "-passin", "env:PASSPHRASE", "-legacy")


@pytest.fixture(scope="session")
def credentials(key, csr, root, issuing):
    leaf = issuing.sign(csr.public_key(), csr.subject)
    return KeyAndCertificates(leaf, (issuing.certificate,), (root.certificate,), key)


@pytest.fixture(scope="session", params=[False, True], ids=["current", "old"])
def pkcs12(request, credentials):
    return bundles.pkcs12(credentials, PASSPHRASE, name="MZP128745", old=request.param)


def run(folder, *command):
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PASSPHRASE": PASSPHRASE, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    return (done.stdout + done.stderr).decode()


def test_keytool_lists_both_pkcs12_files(pkcs12, tmp_path):
    """Java reads the entry under its alias: a private key, with a chain of two certificates."""
    (tmp_path / "client.p12").write_bytes(pkcs12)
    listed = run(tmp_path, "keytool", "-list", "-v", "-keystore", "client.p12", "-storepass:env", "PASSPHRASE")
    lines = [line.strip() for line in listed.splitlines()]
    assert [line for line in lines if line.startswith(("Alias name", "Entry type", "Certificate chain length"))] == [
        "Alias name: mzp128745",
        "Entry type: PrivateKeyEntry",
        "Certificate chain length: 2",
    ]


def test_openssl_reads_the_same_key_from_both(pkcs12, key, tmp_path):
    """The decrypted key is the one that was encrypted."""
    (tmp_path / "client.p12").write_bytes(pkcs12)
    run(tmp_path, *PKCS12, "-nocerts", "-nodes", "-out", "out.pem")
    run(tmp_path, "openssl", "pkey", "-in", "out.pem", "-outform", "DER", "-out", "out.der")
    clear = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert clear in (tmp_path / "out.der").read_bytes()


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (False, "PBES2, PBKDF2, AES-256-CBC, Iteration 300000, PRF hmacWithSHA256"),
        (True, "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 50000"),
    ],
)
def test_each_format_has_its_encryption(old, expected, credentials, tmp_path):
    """Key and certificates are both encrypted with the documented algorithms and rounds."""
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(credentials, PASSPHRASE, name="x", old=old))
    output = run(
        tmp_path, "openssl", "pkcs12", "-in", "client.p12", "-passin", "env:PASSPHRASE", "-info", "-noout", "-legacy"
    )
    assert [line.split(": ", 1)[1] for line in output.splitlines() if "Iteration" in line and "MAC" not in line] == [
        expected
    ] * 2


def test_the_rounds_keep_the_limits_of_the_net_loader(credentials):
    """.NET 9 opens files of up to 300,000 rounds in each derivation and 1,000,000 in all."""
    data = bundles.pkcs12(credentials, PASSPHRASE, name="x")
    rounds = [int(found, 16) for found in re.findall("0410(?:..){16}0203(......)", data.hex())]  # salt, then rounds
    mac_rounds = 2048
    assert rounds == [bundles.PKCS12_ROUNDS] * 2
    assert max(rounds) <= 300_000
    assert sum(rounds) + mac_rounds <= 1_000_000


@pytest.mark.parametrize(
    ("passphrase", "is_portable"),
    [
        ("horse battery", True),
        ("a~!\"'\\", True),
        ("pässword", False),
        ("пароль", False),
        ("a\tb", False),
        ("€uro", False),
    ],
)
def test_a_portable_passphrase_is_printable_ascii(passphrase, is_portable):
    """Accents, other alphabets and control characters are refused."""
    assert bundles.is_portable_passphrase(passphrase) is is_portable


def test_java_opens_the_file_with_a_portable_passphrase(credentials, tmp_path):
    """keytool lists a file under a passphrase of all printable ASCII signs."""
    passphrase = "".join(map(chr, range(32, 127)))
    assert bundles.is_portable_passphrase(passphrase)
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(credentials, passphrase, name="x"))
    (tmp_path / "passphrase").write_text(passphrase)
    listed = run(tmp_path, "keytool", "-list", "-keystore", "client.p12", "-storepass:file", "passphrase")
    assert "PrivateKeyEntry" in listed


def test_the_keytool_command_makes_a_java_keystore(credentials, tmp_path):
    """The command, with the passphrases from the environment, writes a JKS file with the private key."""
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(credentials, PASSPHRASE, name="MZP128745"))
    secrets = "-srcstorepass:env PASSPHRASE -deststorepass:env PASSPHRASE"
    run(tmp_path, "bash", "-c", f"{bundles.jks_command()} {secrets}")
    listed = run(tmp_path, "keytool", "-list", "-keystore", "client.jks", "-storepass:env", "PASSPHRASE")
    assert (tmp_path / "client.jks").read_bytes()[:4] == bytes.fromhex("feedfeed")
    assert "PrivateKeyEntry" in listed


def test_openssl_verifies_the_presented_chain_against_the_ca(credentials, tmp_path):
    """certificate, chain, fullchain and CA belong together; fullchain is certificate and chain."""
    for name in ("certificate", "chain", "fullchain", "ca"):
        (tmp_path / f"{name}.pem").write_text(getattr(bundles, f"{name}_pem")(credentials))
    when = int(credentials.leaf.not_valid_before_utc.timestamp()) + 86400
    verify = ("openssl", "verify", "-attime", str(when), "-CAfile", "ca.pem", "-untrusted")
    assert run(tmp_path, *verify, "chain.pem", "certificate.pem") == "certificate.pem: OK\n"
    assert run(tmp_path, *verify, "fullchain.pem", "fullchain.pem") == "fullchain.pem: OK\n"
    assert bundles.fullchain_pem(credentials) == bundles.certificate_pem(credentials) + bundles.chain_pem(credentials)


def test_a_server_that_trusts_only_the_root_verifies_the_chain(credentials, root, issuing, tmp_path):
    """A CA to trust that is no root is presented with the certificate, in every file that a client uses."""
    without_root = replace(credentials, chain=(), anchors=(issuing.certificate,))
    assert bundles.fullchain_pem(without_root) == bundles.fullchain_pem(credentials)
    assert bundles.chain_pem(without_root) == bundles.to_pem([issuing.certificate])
    assert bundles.ca_pem(without_root) == bundles.to_pem([issuing.certificate])
    (tmp_path / "root.pem").write_text(bundles.to_pem([root.certificate]))
    (tmp_path / "fullchain.pem").write_text(bundles.fullchain_pem(without_root))
    when = int(credentials.leaf.not_valid_before_utc.timestamp()) + 86400
    verify = ("openssl", "verify", "-attime", str(when), "-CAfile", "root.pem", "-untrusted", "fullchain.pem")
    assert run(tmp_path, *verify, "fullchain.pem") == "fullchain.pem: OK\n"
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(without_root, PASSPHRASE, name="x"))
    listed = run(tmp_path, *PKCS12, "-nokeys")
    assert listed.count("BEGIN CERTIFICATE") == 2


def test_the_root_is_never_presented(credentials, root, csr):
    """A root that issued the certificate is trusted, but not sent (RFC 8446, 4.4.2)."""
    issued_by_root = KeyAndCertificates(root.sign(csr.public_key(), csr.subject), (), (root.certificate,))
    assert (bundles.chain_pem(issued_by_root), issued_by_root.presented) == ("", (issued_by_root.leaf,))
    assert credentials.presented == (credentials.leaf, *credentials.chain)


@pytest.mark.parametrize("other", [None, generate_key(2048)], ids=["none", "another"])
def test_no_pkcs12_without_the_right_key(other, credentials):
    """A missing key, or the key of another certificate, is refused."""
    with pytest.raises(PkiError) as error:
        bundles.pkcs12(replace(credentials, key=other), PASSPHRASE, name="x")
    assert error.value.code == "key_missing"


def test_a_repr_contains_no_key(credentials):
    """Logs and tracebacks that print the object contain no key."""
    assert "key" not in repr(credentials)
