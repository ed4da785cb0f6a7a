"""The rehearsal's authority: kept, one for all who ask at once, strict about subjects, forgetful of partners."""

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
from tests.rehearsal.members import LOGIN, request_of, subject_of

OU = NameOID.ORGANIZATIONAL_UNIT_NAME


def state(authority):
    return authority.ca_pem, pem(authority.server.certificate), authority.secret


def test_only_its_owner_can_read_what_it_keeps(authority, rehearsal_folder):
    """The folder is 0700 and every key 0600."""
    assert oct(rehearsal_folder.stat().st_mode & 0o777) == "0o700"
    kept = {path.name: oct(path.stat().st_mode & 0o777) for path in rehearsal_folder.iterdir() if path.name != "lock"}
    assert kept == dict.fromkeys(
        [
            "root.key", "root.pem", "issuing.key", "issuing.pem", "server.key", "server.pem", "server-chain.pem",
            "secret", "ca.pem",
        ],
        "0o600",
    )  # fmt: skip


def test_it_is_the_same_authority_when_started_again(authority, rehearsal_folder):
    """A second start finds the keys, certificates and secret of the first."""
    assert state(Authority.load_or_create(rehearsal_folder)) == state(authority)


def test_many_who_start_at_once_make_one_authority(tmp_path):
    """Four that find an empty folder at the same moment end with the same authority."""
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: state(Authority.load_or_create(tmp_path / "one")), range(4)))
    assert made == [made[0]] * 4


@pytest.mark.parametrize("lost", ["root.key", "root.pem", "issuing.key", "issuing.pem", "server.key", "server.pem"])
def test_a_start_cut_short_is_made_good(tmp_path, lost):
    """Whichever file is missing, the next start has keys that fit certificates, and a chain that openssl accepts."""
    Authority.load_or_create(tmp_path)
    (tmp_path / lost).unlink()
    made = Authority.load_or_create(tmp_path)
    assert made.server.certificate.public_key() == made.server.key.public_key()
    assert verified(tmp_path, made, made.server.certificate, "sslserver") == "leaf.pem: OK\n"


def verified(folder, authority, leaf, purpose):
    (folder / "leaf.pem").write_text(pem(leaf))
    (folder / "between.pem").write_text(pem(authority.issuing.certificate))
    command = ["openssl", "verify", "-purpose", purpose, "-CAfile", authority.folder / "ca.pem"]
    done = subprocess.run(
        [*command, "-untrusted", "between.pem", "leaf.pem"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_openssl_accepts_what_it_signs(authority, member, tmp_path):
    """A certificate is for the request's key and subject, and openssl takes it as a client's."""
    csr = x509.load_pem_x509_csr(request_of(member.key))
    assert (member.certificate.subject, member.certificate.public_key()) == (csr.subject, csr.public_key())
    assert verified(tmp_path, authority, member.certificate, "sslclient") == "leaf.pem: OK\n"


def test_a_client_id_belongs_to_a_login(authority, rehearsal_folder):
    """The client ID is the same after a restart, another for another login, and in the shape of a UUID."""
    again = Authority.load_or_create(rehearsal_folder)
    mine, other = authority.client_id(LOGIN), authority.client_id("MZP000001")
    assert again.client_id(LOGIN) == mine != other
    assert [len(part) for part in mine.split("-")] == [8, 4, 4, 4, 12]


def test_nothing_about_a_partner_is_stored(authority, member, rehearsal_folder):
    """After signing, no file holds the login, the organization, the client ID, or the key."""
    held = b"".join(path.read_bytes() for path in rehearsal_folder.iterdir())
    numbers = member.key.public_key().public_numbers()
    traces = [LOGIN, "Flottes", member.client_id, hex(numbers.n)[2:40]]
    assert [trace for trace in traces if trace.encode() in held] == []


def csr_with(key, change, algorithm=None):
    """A request whose subject's attributes went through `change`."""
    attributes = change(list(subject_of(LOGIN).to_name()))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    return builder.sign(key, algorithm or hashes.SHA256()).public_bytes(Encoding.PEM)


def without(oid):
    return lambda attributes: [one for one in attributes if one.oid != oid]


def instead(oid, value):
    new = x509.NameAttribute(oid, value, _validate=False)
    return lambda attributes: [new if one.oid == oid else one for one in attributes]


def twice(oid):
    return lambda attributes: [*attributes, *(one for one in attributes if one.oid == oid)]


BROKEN = {
    "no country": (without(NameOID.COUNTRY_NAME), "The subject needs exactly one country (C)."),
    "no state": (
        without(NameOID.STATE_OR_PROVINCE_NAME),
        "The subject needs exactly one state or province (ST).",
    ),
    "no e-mail": (without(NameOID.EMAIL_ADDRESS), "The subject needs exactly one e-mail address."),
    "blank organization": (
        instead(NameOID.ORGANIZATION_NAME, " "),
        "The subject needs exactly one organization (O).",
    ),
    "two OUs": (twice(OU), "The subject needs exactly one organizational unit (OU)."),
    "OU without its s": (
        instead(OU, "Programs Partner"),
        "The organizational unit must be exactly “Programs Partners”.",
    ),
    "small country": (
        instead(NameOID.COUNTRY_NAME, "fr"),
        "The country must be a code of two capital letters.",
    ),
    "login with a space": (
        instead(NameOID.COMMON_NAME, "MZP 128745"),
        "The common name must be the login, without spaces.",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_subject_against_the_rules_is_not_signed(authority, member, broken):
    """Each broken rule is refused and named."""
    change, problem = BROKEN[broken]
    with pytest.raises(RehearsalError) as refused:
        authority.sign(csr_with(member.key, change))
    assert (refused.value.code, refused.value.problems) == ("against_the_rules", [problem])


def test_a_weak_or_foreign_key_is_not_signed(authority):
    """RSA of 1024 bits and elliptic curves are refused."""
    for key in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(RehearsalError) as refused:
            authority.sign(csr_with(key, list))
        assert refused.value.problems == ["The key must be RSA with 2048 bits or more."]


def test_an_altered_request_is_not_signed(authority, member):
    """A request whose signature does not hold is refused, and so is what is no request."""
    csr = x509.load_pem_x509_csr(csr_with(member.key, list)).public_bytes(Encoding.DER)
    altered = x509.load_der_x509_csr(csr[:-1] + bytes([csr[-1] ^ 1])).public_bytes(Encoding.PEM)
    for sent, problem in ((altered, "The request’s own signature is not valid."), (b"?", UNREADABLE)):
        with pytest.raises(RehearsalError) as refused:
            authority.sign(sent)
        assert refused.value.problems == [problem]


UNREADABLE = "This is not a certificate request in PEM."


def test_a_request_for_another_key_is_another_certificate(authority, member):
    """Two keys of one login get two certificates and one client ID."""
    other = authority.sign(request_of(generate_key(2048)))
    assert other.client_id == member.client_id
    assert other.certificate.serial_number != member.certificate.serial_number
