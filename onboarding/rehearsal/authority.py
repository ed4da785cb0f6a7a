"""The rehearsal's certificate authority, and the rules by which it signs requests."""

import fcntl
import hmac
import ipaddress
import os
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.pki.keys import generate_key


class RehearsalError(Exception):
    """The authority will not sign; `problems` are sentences, as an operator would write them."""

    def __init__(self, code: str, problems: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.problems = list(problems)


PRESCRIBED_OU = "Programs Partners"
REHEARSAL_RSA_BITS_MIN = 2048
REQUIRED = {
    NameOID.COUNTRY_NAME: "country (C)",
    NameOID.STATE_OR_PROVINCE_NAME: "state or province (ST)",
    NameOID.LOCALITY_NAME: "locality (L)",
    NameOID.ORGANIZATION_NAME: "organization (O)",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizational unit (OU)",
    NameOID.COMMON_NAME: "common name (CN)",
    NameOID.EMAIL_ADDRESS: "e-mail address",
}


def problems_of(csr: x509.CertificateSigningRequest) -> list[str]:
    """Why a request will not be signed, as sentences; empty where it will."""
    problems = []
    if not csr.is_signature_valid:
        problems.append("The request’s own signature is not valid.")
    if not isinstance(csr.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        problems.append("The request must be signed with SHA-256.")
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < REHEARSAL_RSA_BITS_MIN:
        problems.append("The key must be RSA with 2048 bits or more.")
    values = {
        oid: [one for one in csr.subject.get_attributes_for_oid(oid) if str(one.value).strip()] for oid in REQUIRED
    }
    problems += [f"The subject needs exactly one {name}." for oid, name in REQUIRED.items() if len(values[oid]) != 1]
    if problems:
        return problems
    country = str(values[NameOID.COUNTRY_NAME][0].value)
    if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        problems.append("The country must be a code of two capital letters.")
    if values[NameOID.ORGANIZATIONAL_UNIT_NAME][0].value != PRESCRIBED_OU:
        problems.append(f"The organizational unit must be exactly “{PRESCRIBED_OU}”.")
    login = str(values[NameOID.COMMON_NAME][0].value)
    if any(c.isspace() for c in login):
        problems.append("The common name must be the login, without spaces.")
    return problems


ORGANIZATION = "Rehearsal Operator"
YEAR = timedelta(days=365)
BACKDATED = timedelta(minutes=5)  # for clocks that are a little behind
HOSTS: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


def operator_name(common_name: str) -> x509.Name:
    """A name of the rehearsal's own."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@dataclass(frozen=True)
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: RSAPrivateKey

    def sign(
        self,
        subject: x509.Name,
        public_key: CertificatePublicKeyTypes,
        lifetime: timedelta,
        *usages: x509.ExtensionType,
    ) -> x509.Certificate:
        """A certificate for `public_key`, valid from a little before now for `lifetime`."""
        return issue(self.certificate.subject, self.key, subject, public_key, lifetime, usages)


def issue(
    issuer: x509.Name,
    key: RSAPrivateKey,
    subject: x509.Name,
    public_key: CertificatePublicKeyTypes,
    lifetime: timedelta,
    extensions: tuple[x509.ExtensionType, ...],
) -> x509.Certificate:
    """A certificate with key identifiers and `extensions` (basic constraints critical), signed with SHA-256."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(key, hashes.SHA256())


def ca_extensions(path_length: int) -> tuple[x509.ExtensionType, ...]:
    """What makes a certificate a CA."""
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (x509.BasicConstraints(ca=True, path_length=path_length), usage)


def pem(*certificates: x509.Certificate) -> str:
    """Certificates as PEM, one after the other."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _write(path: Path, contents: bytes) -> None:
    """Write a file that only its owner can read, all at once."""
    new = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
    new.replace(path)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Make `folder`, and hold it: two that start at once make one authority."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Issued:
    """What is handed to a partner."""

    certificate: x509.Certificate
    client_id: str


@dataclass(frozen=True)
class Authority:
    """The authority: signs requests, and knows what belongs to a login without storing anything about one."""

    root: Signer
    issuing: Signer
    server: Signer
    folder: Path
    secret: bytes

    @classmethod
    def load_or_create(cls, folder: Path) -> "Authority":
        """The authority in `folder`; whatever is missing there is made."""
        with _alone_in(folder):
            root = _signer(folder, "root", operator_name("Rehearsal Root CA"), None, 10 * YEAR, ca_extensions(1))
            name = operator_name("Rehearsal Issuing CA")
            issuing = _signer(folder, "issuing", name, root, 5 * YEAR, ca_extensions(0))
            server_usage = (
                x509.BasicConstraints(ca=False, path_length=None),
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
                x509.SubjectAlternativeName(list(HOSTS)),
            )
            server = _signer(folder, "server", operator_name("localhost"), issuing, 2 * YEAR, server_usage)
            secret = folder / "secret"
            if not secret.exists():
                _write(secret, secrets.token_bytes(32))
            _write(folder / "server-chain.pem", pem(server.certificate, issuing.certificate).encode())
            # The trust anchor is public: the wizard reads it.
            _write(folder / "ca.pem", pem(root.certificate).encode())
            return cls(root, issuing, server, folder, secret.read_bytes())

    @property
    def ca_pem(self) -> str:
        """The CA certificates that a partner gets: the issuing one, then the root."""
        return pem(self.issuing.certificate, self.root.certificate)

    def sign(self, csr_pem: bytes) -> Issued:
        """A client certificate for a year (RehearsalError: the request breaks a rule, and which)."""
        try:
            csr = x509.load_pem_x509_csr(csr_pem)
        except ValueError as exc:
            raise RehearsalError("unreadable", ["This is not a certificate request in PEM."]) from exc
        problems = problems_of(csr)
        public_key = csr.public_key()
        if problems or not isinstance(public_key, RSAPublicKey):
            raise RehearsalError("against_the_rules", problems)
        certificate = self.issuing.sign(
            csr.subject,
            public_key,
            YEAR,
            x509.BasicConstraints(ca=False, path_length=None),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
        )
        return Issued(certificate, self.client_id(common_name(csr.subject)))

    def client_id(self, login: str) -> str:
        """The client ID of a login, in the shape of a UUID."""
        return str(uuid.UUID(bytes=self.derive("client id", login)[:16]))

    def derive(self, purpose: str, login: str) -> bytes:
        """32 bytes that are always the same for a purpose and a login."""
        return hmac.digest(self.secret, f"{purpose}|{login}".encode(), "sha256")


def common_name(name: x509.Name) -> str:
    """The common name, or ""."""
    return next((str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def password_of(login: str) -> str:
    """The password of a login, by the rehearsal's public rule."""
    return f"rehearsal-{login.lower()}"


NOTE = (
    "Stellantis gives out the password of a login together with the login. In this rehearsal, the password is the word "
    "rehearsal, a hyphen, and your login in small letters."
)


def _serves(certificate: x509.Certificate, key: RSAPrivateKey, issuer: x509.Certificate) -> bool:
    """Whether `certificate` is current, for `key`, and of `issuer`: not so after a renewal, or a start cut short."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return certificate.public_key() == key.public_key() and certificate.not_valid_after_utc > datetime.now(UTC)


def _signer(
    folder: Path,
    name: str,
    subject: x509.Name,
    issuer: Signer | None,
    lifetime: timedelta,
    extensions: tuple[x509.ExtensionType, ...],
) -> Signer:
    """The signer in `folder` under `name`; made and signed by `issuer` (None: itself) if there is none that serves."""
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    if key_file.exists() and certificate_file.exists():
        key = load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        if isinstance(key, RSAPrivateKey) and _serves(certificate, key, issuer.certificate if issuer else certificate):
            return Signer(certificate, key)
    key = generate_key(2048)
    by_name, by_key = (issuer.certificate.subject, issuer.key) if issuer else (subject, key)
    certificate = issue(by_name, by_key, subject, key.public_key(), lifetime, extensions)
    _write(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(certificate_file, pem(certificate).encode())
    return Signer(certificate, key)
