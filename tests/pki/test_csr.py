"""The request that this package makes, as the real openssl reads it."""

import subprocess

from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.pki.csr import csr_fingerprint, csr_pem
from onboarding.pki.keys import spki_fingerprint


def openssl(*arguments, given=b""):
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
    return done.stdout.decode(), done.stderr.decode()


def test_openssl_verifies_the_request_and_reads_its_subject_in_order_with_accents(csr):
    """The signature is valid, and every value is unchanged, in the operator's order."""
    out, err = openssl(
        "req", "-verify", "-noout", "-subject", "-nameopt", "oneline,utf8,-esc_msb", given=csr_pem(csr).encode()
    )
    assert "verify OK" in err
    assert out.strip() == (
        "subject=C = FR, ST = Île-de-France, L = Saint-Ouen, O = Société Générale de Flottes, "
        "OU = Programs Partners, CN = MZP128745, emailAddress = it@flottes.example"
    )


def test_string_types_are_those_of_the_operators_recipe(csr):
    """C is a PrintableString, emailAddress an IA5String, and all others are UTF8Strings."""
    out, _ = openssl("asn1parse", "-inform", "DER", given=csr.public_bytes(Encoding.DER))
    names = ("PRINTABLESTRING", "IA5STRING", "UTF8STRING")
    types = [line.split(":")[-2].strip() for line in out.splitlines() if any(name in line for name in names)]
    assert types == ["PRINTABLESTRING", *["UTF8STRING"] * 5, "IA5STRING"]


def test_fingerprints_are_those_that_openssl_computes(csr, key):
    """The operator can compute the fingerprints that we show with standard tools."""
    der = csr.public_bytes(Encoding.DER)
    assert openssl("dgst", "-sha256", "-r", given=der)[0].split()[0] == csr_fingerprint(csr)
    spki, _ = openssl("req", "-pubkey", "-noout", given=csr_pem(csr).encode())
    spki_der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"], input=spki.encode(), capture_output=True, check=True
    ).stdout
    assert openssl("dgst", "-sha256", "-r", given=spki_der)[0].split()[0] == spki_fingerprint(key.public_key())
