"""The rehearsal's certificate authority, and the rules by which it signs requests.

Some of these rules are also in `onboarding.pki.subject` and `onboarding.pki.preflight`. They are duplicated on
purpose: the authority takes the operator's role, so it must be able to refuse a request that the
wizard wrongly approved.
"""

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

from onboarding.messages.text import gettext_noop as _
from onboarding.pki.keys import generate_key


class RehearsalError(Exception):
    """The rehearsal refuses a request; `problems` are sentences for the person who sent it."""

    def __init__(self, code: str, problems: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.problems = list(problems)


# The rules for requests

PRESCRIBED_OU = "Programs Partners"
REHEARSAL_RSA_BITS_MIN = 2048
# The attributes that the subject must have exactly once, and the problem if it does not.
REQUIRED_ATTRIBUTES = {
    NameOID.COUNTRY_NAME: _("The subject needs exactly one country (C)."),
    NameOID.STATE_OR_PROVINCE_NAME: _("The subject needs exactly one state or province (ST)."),
    NameOID.LOCALITY_NAME: _("The subject needs exactly one locality (L)."),
    NameOID.ORGANIZATION_NAME: _("The subject needs exactly one organization (O)."),
    NameOID.ORGANIZATIONAL_UNIT_NAME: _("The subject needs exactly one organizational unit (OU)."),
    NameOID.COMMON_NAME: _("The subject needs exactly one common name (CN)."),
    NameOID.EMAIL_ADDRESS: _("The subject needs exactly one email address."),
}


def problems_of(csr: x509.CertificateSigningRequest) -> list[str]:
    """Return why `csr` can't be signed, a sentence for each problem; an empty list if it can.

    The values of the subject are checked only if the key, the signature and the number of attributes are right.
    """
    problems = []
    if not csr.is_signature_valid:
        problems.append(_("The request’s own signature is not valid."))
    if not isinstance(csr.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        problems.append(_("The request must be signed with SHA-256."))
    key = csr.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < REHEARSAL_RSA_BITS_MIN:
        problems.append(_("The key must be RSA with 2048 bits or more."))
    values = {
        oid: [value for attribute in csr.subject.get_attributes_for_oid(oid) if (value := str(attribute.value)).strip()]
        for oid in REQUIRED_ATTRIBUTES
    }
    problems += [problem for oid, problem in REQUIRED_ATTRIBUTES.items() if len(values[oid]) != 1]
    if problems:
        return problems
    [country] = values[NameOID.COUNTRY_NAME]
    if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        problems.append(_("The country must be a code of two capital letters."))
    if values[NameOID.ORGANIZATIONAL_UNIT_NAME] != [PRESCRIBED_OU]:
        problems.append(_("The organizational unit must be exactly “Programs Partners”."))
    [login] = values[NameOID.COMMON_NAME]
    if any(character.isspace() for character in login):
        problems.append(_("The common name must be the login, without spaces."))
    return problems


# Certificates

ORGANIZATION = "Rehearsal Operator"
ONE_YEAR = timedelta(days=365)
BACKDATED = timedelta(minutes=5)  # so that a client whose clock is a little behind accepts a new certificate
SERVER_HOSTS: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


def operator_name(common_name: str) -> x509.Name:
    """Return the distinguished name of one of the rehearsal's own certificates."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@dataclass(frozen=True)
class Signer:
    """A certificate and its private key: a CA's or the server's."""

    certificate: x509.Certificate
    key: RSAPrivateKey

    def sign(
        self,
        subject: x509.Name,
        public_key: CertificatePublicKeyTypes,
        lifetime: timedelta,
        *extensions: x509.ExtensionType,
    ) -> x509.Certificate:
        """Return a certificate for `public_key`, signed by this CA and valid for `lifetime` from now."""
        return issue(self.certificate.subject, self.key, subject, public_key, lifetime, extensions)


def issue(
    issuer: x509.Name,
    key: RSAPrivateKey,
    subject: x509.Name,
    public_key: CertificatePublicKeyTypes,
    lifetime: timedelta,
    extensions: tuple[x509.ExtensionType, ...],
) -> x509.Certificate:
    """Return a certificate with key identifiers and `extensions` (basic constraints critical), signed with SHA-256."""
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
    """Return the extensions of a CA certificate (RFC 5280, 4.2.1.3 and 4.2.1.9)."""
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (x509.BasicConstraints(ca=True, path_length=path_length), usage)


def pem(*certificates: x509.Certificate) -> str:
    """Return `certificates` in PEM, in the order given."""
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def _write(path: Path, contents: bytes) -> None:
    """Write a file that only its owner can read; a reader sees the old or the new contents, never a mixture."""
    temporary = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
    temporary.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Create `folder` and lock it, so that two processes that start together create one authority."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# The authority


@dataclass(frozen=True)
class Issued:
    """What the operator sends to a partner whose request it signed."""

    certificate: x509.Certificate
    client_id: str


@dataclass(frozen=True)
class Authority:
    """Signs requests; derives the client ID and fleets of a login from `secret`, and stores nothing about partners."""

    root: Signer
    issuing: Signer
    server: Signer
    folder: Path
    secret: bytes

    @classmethod
    def load_or_create(cls, folder: Path) -> "Authority":
        """Return the authority in `folder`; create the files that are missing there or have expired."""
        with _locked(folder):
            root = _signer(folder, "root", operator_name("Rehearsal Root CA"), None, 10 * ONE_YEAR, ca_extensions(1))
            name = operator_name("Rehearsal Issuing CA")
            issuing = _signer(folder, "issuing", name, root, 5 * ONE_YEAR, ca_extensions(0))
            server_extensions = (
                x509.BasicConstraints(ca=False, path_length=None),
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
                x509.SubjectAlternativeName(list(SERVER_HOSTS)),
            )
            server = _signer(folder, "server", operator_name("localhost"), issuing, 2 * ONE_YEAR, server_extensions)
            secret = folder / "secret"
            if not secret.exists():
                _write(secret, secrets.token_bytes(32))
            _write(folder / "server-chain.pem", pem(server.certificate, issuing.certificate).encode())
            # The trust anchor, for the wizard's REHEARSAL_CA_FILE.
            _write(folder / "ca.pem", pem(root.certificate).encode())
            return cls(root, issuing, server, folder, secret.read_bytes())

    @property
    def ca_pem(self) -> str:
        """The CA certificates that a partner receives, in PEM: the issuing CA's, then the root's."""
        return pem(self.issuing.certificate, self.root.certificate)

    def sign(self, csr_pem: bytes) -> Issued:
        """Return a client certificate for one year, and the client ID.

        Raise RehearsalError: unreadable; against_the_rules, with the problems that `problems_of` returns.
        """
        try:
            csr = x509.load_pem_x509_csr(csr_pem)
        except ValueError as exc:
            raise RehearsalError("unreadable", [_("This is not a certificate request in PEM.")]) from exc
        problems = problems_of(csr)
        public_key = csr.public_key()
        if problems or not isinstance(public_key, RSAPublicKey):
            raise RehearsalError("against_the_rules", problems)
        certificate = self.issuing.sign(
            csr.subject,
            public_key,
            ONE_YEAR,
            x509.BasicConstraints(ca=False, path_length=None),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
        )
        return Issued(certificate, self.client_id(common_name(csr.subject)))

    def client_id(self, login: str) -> str:
        """Return the client ID of `login`, which is a UUID."""
        return str(uuid.UUID(bytes=self.derive("client id", login)[:16]))

    def derive(self, purpose: str, login: str) -> bytes:
        """Return 32 bytes that depend only on the authority, `purpose` and `login`."""
        return hmac.digest(self.secret, f"{purpose}|{login}".encode(), "sha256")


def common_name(name: x509.Name) -> str:
    """Return the first common name in `name`, or ""."""
    return next((str(attribute.value) for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def password_of(login: str) -> str:
    """Return the password of `login`; the rule is public, see PASSWORD_NOTE."""
    return f"rehearsal-{login.lower()}"


PASSWORD_NOTE = _(
    "Stellantis gives you a password together with your login. In this rehearsal, your password is “rehearsal-”, "
    "followed by your login in lower case."
)


def _is_usable(certificate: x509.Certificate, key: RSAPrivateKey, issuer: x509.Certificate) -> bool:
    """Return whether `certificate` is for `key`, was signed by `issuer`, and has not expired.

    These conditions fail after `issuer` was renewed, or after a start was interrupted between two files.
    """
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
    """Return the signer stored as `name` in `folder`; create it if there is no usable signer.

    `issuer` signs a new certificate; None makes it self-signed.
    """
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    if key_file.exists() and certificate_file.exists():
        key = load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        if isinstance(key, RSAPrivateKey) and _is_usable(
            certificate, key, issuer.certificate if issuer else certificate
        ):
            return Signer(certificate, key)
    key = generate_key(2048)
    issuer_name, issuer_key = (issuer.certificate.subject, issuer.key) if issuer else (subject, key)
    certificate = issue(issuer_name, issuer_key, subject, key.public_key(), lifetime, extensions)
    _write(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(certificate_file, pem(certificate).encode())
    return Signer(certificate, key)
