"""The server certificates of faulty gateways, each named after its defect."""

import ipaddress
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from onboarding.pki.keys import generate_key
from onboarding.rehearsal.authority import Authority, Signer

LOOPBACK = ("localhost", "127.0.0.1", "::1")
OTHER_HOSTS = ("gateway.elsewhere.example",)


@dataclass(frozen=True)
class ServerIdentity:
    """The certificates that a server presents, the leaf first, and the leaf's private key."""

    chain: tuple[x509.Certificate, ...]
    key: rsa.RSAPrivateKey

    def load_into(self, context: ssl.SSLContext) -> None:
        """Load the identity into `context`, which reads only files. The temporary file is deleted afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "server.pem"
            path.touch(mode=0o600)
            key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path.write_bytes(key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain))
            context.load_cert_chain(path)


class FaultyIdentities:
    """The identities of gateways on this machine, good and faulty; each is created when it is first needed.

    Clients of the rehearsal trust its root CA only.
    """

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.root = authority.root
        self.issuing = authority.issuing
        self._identities: dict[str, ServerIdentity] = {}

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return generate_key(2048)

    @cached_property
    def untrusted_ca(self) -> Signer:
        """A CA that clients do not trust."""
        return self.new_untrusted_ca("Foreign Root CA")

    def new_untrusted_ca(self, name: str) -> Signer:
        """Return a new CA that clients do not trust."""
        return _self_signed_ca(_name(name, "Elsewhere"))

    @cached_property
    def interceptor(self) -> Signer:
        """The CA of a company's proxy that decrypts every connection; clients do not trust it."""
        return _self_signed_ca(_name("Company Web Filter CA", "Company IT Security"))

    def get(self, name: str) -> ServerIdentity:
        """Return the identity called `name`, a key of IDENTITIES; the same object each time."""
        if name not in self._identities:
            self._identities[name] = IDENTITIES[name](self)
        return self._identities[name]

    def issue(
        self,
        issuer: Signer | None = None,
        *,
        hosts: tuple[str, ...] = LOOPBACK,
        days: tuple[int, int] = (-30, 365),
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
        with_issuer: bool = True,
    ) -> ServerIdentity:
        """Return an identity for `hosts`, signed by `issuer` (None: the rehearsal's issuing CA).

        `days` are the first and the last day of its validity, counted from today.
        """
        issuer = issuer or self.issuing
        subject = _name(hosts[0] if hosts else "gateway", "Rehearsal")
        issued_by = (issuer.certificate.subject, issuer.key)
        leaf = _sign(issued_by, subject, self._key, hosts=hosts, days=days, usage=usage)
        return ServerIdentity((leaf, issuer.certificate) if with_issuer else (leaf,), self._key)

    def expired_issuer(self) -> ServerIdentity:
        """Return a valid certificate whose issuing CA's certificate has expired."""
        name = _name("Expired Issuing CA", "Rehearsal")
        key = generate_key(2048)
        issued_by = (self.root.certificate.subject, self.root.key)
        return self.issue(Signer(_sign(issued_by, name, key, ca=True, days=(-800, -20)), key))

    def self_signed(self) -> ServerIdentity:
        """Return a self-signed server certificate."""
        name = _name("localhost", "Elsewhere")
        return ServerIdentity((_sign((name, self._key), name, self._key, hosts=LOOPBACK),), self._key)


IDENTITIES: dict[str, Callable[[FaultyIdentities], ServerIdentity]] = {
    "good": lambda self: self.issue(),
    "wrong_name": lambda self: self.issue(hosts=OTHER_HOSTS),
    "no_name": lambda self: self.issue(hosts=()),
    "expired": lambda self: self.issue(days=(-400, -35)),
    "not_yet_valid": lambda self: self.issue(days=(2, 365)),
    "expired_issuer": FaultyIdentities.expired_issuer,
    "missing_intermediate": lambda self: self.issue(with_issuer=False),
    "foreign_ca": lambda self: self.issue(self.untrusted_ca),
    "foreign_ca_without_root": lambda self: self.issue(self.untrusted_ca, with_issuer=False),
    "intercepted": lambda self: self.issue(self.interceptor),
    "self_signed": FaultyIdentities.self_signed,
    "client_only": lambda self: self.issue(usage=ExtendedKeyUsageOID.CLIENT_AUTH),
}


def _name(common_name: str, organization: str) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def _self_signed_ca(name: x509.Name) -> Signer:
    key = generate_key(2048)
    return Signer(_sign((name, key), name, key, ca=True), key)


def _sign(
    issued_by: tuple[x509.Name, rsa.RSAPrivateKey],
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    *,
    ca: bool = False,
    hosts: tuple[str, ...] = (),
    days: tuple[int, int] = (-30, 365),
    usage: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
    return builder.sign(issued_by[1], hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
