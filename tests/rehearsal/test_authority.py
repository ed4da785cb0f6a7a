"""The rehearsal's authority: its files, its certificates, the rules for requests, and what it does not store."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import Authority, RehearsalError, pem
from tests.rehearsal.partners import LOGIN, csr_pem_of, subject_of

OU = NameOID.ORGANIZATIONAL_UNIT_NAME


def state(authority):
    return authority.ca_pem, pem(authority.server.certificate), authority.secret


def test_only_the_owner_can_read_its_files(authority, rehearsal_folder):
    """The folder has mode 0700 and every file 0600."""
    assert oct(rehearsal_folder.stat().st_mode & 0o777) == "0o700"
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in rehearsal_folder.iterdir() if path.name != "lock"}
    assert modes == dict.fromkeys(
        [
            "root.key", "root.pem", "issuing.key", "issuing.pem", "server.key", "server.pem", "server-chain.pem",
            "secret", "ca.pem",
        ],
        "0o600",
    )  # fmt: skip


def test_a_second_start_loads_the_same_authority(authority, rehearsal_folder):
    """It has the keys, certificates and secret of the first start."""
    assert state(Authority.load_or_create(rehearsal_folder)) == state(authority)


def test_simultaneous_starts_create_one_authority(tmp_path):
    """Four starts with an empty folder at the same time load the same authority."""
    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(lambda _: state(Authority.load_or_create(tmp_path / "shared")), range(4)))
    assert states == [states[0]] * 4


@pytest.mark.parametrize("lost", ["root.key", "root.pem", "issuing.key", "issuing.pem", "server.key", "server.pem"])
def test_a_missing_file_is_replaced(tmp_path, lost):
    """The next start has keys that match the certificates, and a chain that openssl accepts."""
    Authority.load_or_create(tmp_path)
    (tmp_path / lost).unlink()
    authority = Authority.load_or_create(tmp_path)
    assert authority.server.certificate.public_key() == authority.server.key.public_key()
    assert openssl_verify(tmp_path, authority, authority.server.certificate, "sslserver") == "leaf.pem: OK\n"


def openssl_verify(folder, authority, leaf, purpose):
    """Return what `openssl verify` prints."""
    (folder / "leaf.pem").write_text(pem(leaf))
    (folder / "intermediate.pem").write_text(pem(authority.issuing.certificate))
    command = ["openssl", "verify", "-purpose", purpose, "-CAfile", authority.folder / "ca.pem"]
    done = subprocess.run(
        [*command, "-untrusted", "intermediate.pem", "leaf.pem"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_openssl_accepts_a_signed_certificate(authority, partner, tmp_path):
    """The certificate has the request's key and subject, and openssl accepts it for a client."""
    csr = x509.load_pem_x509_csr(csr_pem_of(partner.key))
    assert (partner.certificate.subject, partner.certificate.public_key()) == (csr.subject, csr.public_key())
    assert openssl_verify(tmp_path, authority, partner.certificate, "sslclient") == "leaf.pem: OK\n"


def test_a_client_id_belongs_to_a_login(authority, rehearsal_folder):
    """The client ID is the same after a restart, differs between logins, and is a UUID."""
    restarted = Authority.load_or_create(rehearsal_folder)
    client_id, other = authority.client_id(LOGIN), authority.client_id("MZP000001")
    assert restarted.client_id(LOGIN) == client_id != other
    assert [len(part) for part in client_id.split("-")] == [8, 4, 4, 4, 12]


def test_nothing_about_a_partner_is_stored(authority, partner, rehearsal_folder):
    """After signing, no file contains the login, the organization, the client ID or the public key."""
    contents = b"".join(path.read_bytes() for path in rehearsal_folder.iterdir())
    numbers = partner.key.public_key().public_numbers()
    traces = [LOGIN, "Flottes", partner.client_id, hex(numbers.n)[2:40]]
    assert [trace for trace in traces if trace.encode() in contents] == []


def csr_with(key, change, algorithm=None):
    """Return a request, in PEM, whose subject's attributes were changed by `change`."""
    attributes = change(list(subject_of(LOGIN).to_name()))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    return builder.sign(key, algorithm or hashes.SHA256()).public_bytes(Encoding.PEM)


def without(oid):
    return lambda attributes: [attribute for attribute in attributes if attribute.oid != oid]


def replaced(oid, value):
    new = x509.NameAttribute(oid, value, _validate=False)
    return lambda attributes: [new if attribute.oid == oid else attribute for attribute in attributes]


def twice(oid):
    return lambda attributes: [*attributes, *(attribute for attribute in attributes if attribute.oid == oid)]


RULES = {
    "no country": (without(NameOID.COUNTRY_NAME), "The subject needs exactly one country (C)."),
    "no state": (
        without(NameOID.STATE_OR_PROVINCE_NAME),
        "The subject needs exactly one state or province (ST).",
    ),
    "no email": (without(NameOID.EMAIL_ADDRESS), "The subject needs exactly one email address."),
    "blank organization": (
        replaced(NameOID.ORGANIZATION_NAME, " "),
        "The subject needs exactly one organization (O).",
    ),
    "two OUs": (twice(OU), "The subject needs exactly one organizational unit (OU)."),
    "OU without its s": (
        replaced(OU, "Programs Partner"),
        "The organizational unit must be exactly “Programs Partners”.",
    ),
    "country in lower case": (
        replaced(NameOID.COUNTRY_NAME, "fr"),
        "The country must be a code of two capital letters.",
    ),
    "login with a space": (
        replaced(NameOID.COMMON_NAME, "MZP 128745"),
        "The common name must be the login, without spaces.",
    ),
}


@pytest.mark.parametrize("broken", RULES)
def test_a_subject_that_breaks_a_rule_is_not_signed(authority, partner, broken):
    """The error names the rule."""
    change, problem = RULES[broken]
    with pytest.raises(RehearsalError) as refused:
        authority.sign(csr_with(partner.key, change))
    assert (refused.value.code, refused.value.problems) == ("against_the_rules", [problem])


def test_a_weak_key_or_another_algorithm_is_not_signed(authority):
    """RSA with 1024 bits and elliptic curves are refused."""
    for key in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(RehearsalError) as refused:
            authority.sign(csr_with(key, list))
        assert refused.value.problems == ["The key must be RSA with 2048 bits or more."]


def test_an_altered_request_is_not_signed(authority, partner):
    """A request with an invalid signature is refused, and so are bytes that are not a request."""
    csr = x509.load_pem_x509_csr(csr_with(partner.key, list)).public_bytes(Encoding.DER)
    altered = x509.load_der_x509_csr(csr[:-1] + bytes([csr[-1] ^ 1])).public_bytes(Encoding.PEM)
    for request, problem in ((altered, "The request’s own signature is not valid."), (b"?", UNREADABLE)):
        with pytest.raises(RehearsalError) as refused:
            authority.sign(request)
        assert refused.value.problems == [problem]


UNREADABLE = "This is not a certificate request in PEM."


def test_another_key_gets_another_certificate(authority, partner):
    """Two keys of the same login get two certificates and the same client ID."""
    other = authority.sign(csr_pem_of(generate_key(2048)))
    assert other.client_id == partner.client_id
    assert other.certificate.serial_number != partner.certificate.serial_number
