"""The files that a partner takes away, as the real openssl and keytool read them."""

import os
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
def held(key, csr, root, issuing):
    leaf = issuing.sign(csr.public_key(), csr.subject)
    return KeyAndCertificates(leaf, (issuing.certificate,), (root.certificate,), key)


@pytest.fixture(scope="session", params=[False, True], ids=["current", "old"])
def pkcs12(request, held):
    return bundles.pkcs12(held, PASSPHRASE, name="MZP128745", old=request.param)


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


def test_openssl_takes_the_same_key_out_of_both(pkcs12, key, tmp_path):
    """The key that comes out is the one that went in."""
    (tmp_path / "client.p12").write_bytes(pkcs12)
    run(tmp_path, *PKCS12, "-nocerts", "-nodes", "-out", "out.pem")
    run(tmp_path, "openssl", "pkey", "-in", "out.pem", "-outform", "DER", "-out", "out.der")
    clear = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert clear in (tmp_path / "out.der").read_bytes()


@pytest.mark.parametrize(
    ("old", "said"),
    [
        (False, "PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256"),
        (True, "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 50000"),
    ],
)
def test_each_variant_is_encrypted_as_it_says(old, said, held, tmp_path):
    """Key and certificates are both under the algorithms and rounds that are promised."""
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(held, PASSPHRASE, name="x", old=old))
    told = run(
        tmp_path, "openssl", "pkcs12", "-in", "client.p12", "-passin", "env:PASSPHRASE", "-info", "-noout", "-legacy"
    )
    assert [line.split(": ", 1)[1] for line in told.splitlines() if "Iteration" in line and "MAC" not in line] == [
        said
    ] * 2


def test_the_keytool_line_makes_a_java_keystore(held, tmp_path):
    """The printed line, given the passphrases without a prompt, ends in a JKS with the entry in it."""
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(held, PASSPHRASE, name="MZP128745"))
    secrets = "-srcstorepass:env PASSPHRASE -deststorepass:env PASSPHRASE"
    run(tmp_path, "bash", "-c", f"{bundles.jks_command()} {secrets}")
    listed = run(tmp_path, "keytool", "-list", "-keystore", "client.jks", "-storepass:env", "PASSPHRASE")
    assert (tmp_path / "client.jks").read_bytes()[:4] == bytes.fromhex("feedfeed")
    assert "PrivateKeyEntry" in listed


def test_openssl_verifies_what_is_presented_against_what_is_trusted(held, tmp_path):
    """certificate, chain, fullchain and CA fit together; fullchain is certificate and chain."""
    for name in ("certificate", "chain", "fullchain", "ca"):
        (tmp_path / f"{name}.pem").write_text(getattr(bundles, f"{name}_pem")(held))
    when = int(held.leaf.not_valid_before_utc.timestamp()) + 86400
    verify = ("openssl", "verify", "-attime", str(when), "-CAfile", "ca.pem", "-untrusted")
    assert run(tmp_path, *verify, "chain.pem", "certificate.pem") == "certificate.pem: OK\n"
    assert run(tmp_path, *verify, "fullchain.pem", "fullchain.pem") == "fullchain.pem: OK\n"
    assert bundles.fullchain_pem(held) == bundles.certificate_pem(held) + bundles.chain_pem(held)


def test_a_server_that_knows_the_root_alone_takes_what_is_presented(held, root, issuing, tmp_path):
    """Where the CA to trust is no root, it goes along with the certificate, in every file that a client uses."""
    without_root = replace(held, chain=(), anchors=(issuing.certificate,))
    assert bundles.fullchain_pem(without_root) == bundles.fullchain_pem(held)
    assert bundles.chain_pem(without_root) == bundles.to_pem([issuing.certificate])
    assert bundles.ca_pem(without_root) == bundles.to_pem([issuing.certificate])
    (tmp_path / "root.pem").write_text(bundles.to_pem([root.certificate]))
    (tmp_path / "fullchain.pem").write_text(bundles.fullchain_pem(without_root))
    when = int(held.leaf.not_valid_before_utc.timestamp()) + 86400
    verify = ("openssl", "verify", "-attime", str(when), "-CAfile", "root.pem", "-untrusted", "fullchain.pem")
    assert run(tmp_path, *verify, "fullchain.pem") == "fullchain.pem: OK\n"
    (tmp_path / "client.p12").write_bytes(bundles.pkcs12(without_root, PASSPHRASE, name="x"))
    listed = run(tmp_path, *PKCS12, "-nokeys")
    assert listed.count("BEGIN CERTIFICATE") == 2


def test_the_root_is_never_presented(held, root, csr):
    """A root that issued the certificate itself is trusted, and stays here (RFC 8446, 4.4.2)."""
    directly = KeyAndCertificates(root.sign(csr.public_key(), csr.subject), (), (root.certificate,))
    assert (bundles.chain_pem(directly), directly.presented) == ("", (directly.leaf,))
    assert held.presented == (held.leaf, *held.chain)


@pytest.mark.parametrize("other", [None, generate_key(2048)], ids=["none", "another"])
def test_no_pkcs12_without_the_right_key(other, held):
    """A key that isn't here, or belongs to another certificate, ends in a refusal."""
    with pytest.raises(PkiError) as refusal:
        bundles.pkcs12(replace(held, key=other), PASSPHRASE, name="x")
    assert refusal.value.code == "key_missing"


def test_a_passphrase_with_accents_is_warned_about_and_not_repeated():
    """Java could not open the file; the finding does not hold the passphrase."""
    found = bundles.check_pkcs12_passphrase("zwölf Boxkämpfer")
    assert ([one.code for one in found], "Boxk" in repr(found)) == (["passphrase_not_ascii"], False)
    assert bundles.check_pkcs12_passphrase(PASSPHRASE) == ()


def test_the_key_is_in_no_representation(held):
    """What is shown of the holdings in logs and tracebacks has no key in it."""
    assert "key" not in repr(held)
