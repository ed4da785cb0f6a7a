"""What a partner takes away: the key and the certificates in the forms that software wants them in."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from onboarding.pki.chain import presented
from onboarding.pki.errors import PkiError
from onboarding.pki.findings import Finding
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.pkcs8 import ROUNDS

OLD_ROUNDS = 50_000  # what Java 8 and Windows' old importer still open without a pause
PKCS12_FILE = "client.p12"


@dataclass(frozen=True)
class Holdings:
    """What an onboarding ends with: certificate, issuers in order, the CAs to trust, and the key if it is here."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    key: RSAPrivateKey | None = field(default=None, repr=False)

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What a client shows a server: the certificate and its issuers, wherever they stand, without the root."""
        return presented(self.leaf, [*self.chain, *self.anchors])


def pem_of(certificates: Sequence[x509.Certificate]) -> str:
    """The certificates as PEM, one behind the other."""
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates)


def certificate_pem(held: Holdings) -> str:
    """The partner's own certificate."""
    return pem_of([held.leaf])


def chain_pem(held: Holdings) -> str:
    """The issuers below the root, the partner's first; empty where the root issued the certificate itself."""
    return pem_of(held.presented[1:])


def fullchain_pem(held: Holdings) -> str:
    """The partner's certificate and those issuers: what a client presents (RFC 8446, 4.4.2)."""
    return pem_of(held.presented)


def ca_pem(held: Holdings) -> str:
    """The CAs to trust."""
    return pem_of(held.anchors)


def pkcs12(held: Holdings, passphrase: str, *, name: str, old: bool = False) -> bytes:
    """Key, certificate and its issuers below the root as PKCS#12 (RFC 7292) under `passphrase`; `name` is its alias.

    Current: AES-256 and SHA-256, ROUNDS rounds; OpenSSL 3 and Java 11 read it. `old`: 3DES and SHA-1, for Java 8 and
    old Windows; the weaker one. The MAC has 2,048 rounds in both, so the passphrase carries the weight.
    PkiError key_missing where the key is not here. Java and Windows misread passphrases that aren't ASCII.
    """
    if held.key is None or spki_fingerprint(held.key.public_key()) != spki_fingerprint(held.leaf.public_key()):
        raise PkiError("key_missing")
    builder = PrivateFormat.PKCS12.encryption_builder()
    if old:
        builder = builder.kdf_rounds(OLD_ROUNDS).key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
        builder = builder.hmac_hash(hashes.SHA1())  # noqa: S303  # all that such software knows
    else:
        builder = builder.kdf_rounds(ROUNDS).key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC)
        builder = builder.hmac_hash(hashes.SHA256())
    encryption = builder.build(passphrase.encode())
    return serialize_key_and_certificates(name.encode(), held.key, held.leaf, list(held.presented[1:]), encryption)


def check_pkcs12_passphrase(passphrase: str) -> tuple[Finding, ...]:
    """Whether Java and Windows will open a PKCS#12 file under `passphrase`: they take ASCII alone. It isn't quoted."""
    return () if passphrase.isascii() else (Finding("passphrase_not_ascii", "passphrase"),)


def jks_command(pkcs12_file: str = PKCS12_FILE) -> str:
    """The keytool line that makes an old Java keystore (JKS) from a PKCS#12 file; keytool asks for the passphrases."""
    target = pkcs12_file.rsplit(".", 1)[0] + ".jks"
    return (
        f"keytool -importkeystore -srckeystore {shlex.quote(pkcs12_file)} -srcstoretype PKCS12 "
        f"-destkeystore {shlex.quote(target)} -deststoretype JKS"
    )
