"""The files that a partner downloads: PEM files, PKCS#12, and one zip with everything."""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from onboarding.messages.finding import Finding
from onboarding.pki.errors import PkiError
from onboarding.pki.key_files import ROUNDS, encrypted_pem
from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.chain import presented_chain

OLD_ROUNDS = 50_000  # what Java 8 and Windows' old importer still open without a pause
PKCS12_FILE = "client.p12"


@dataclass(frozen=True)
class KeyAndCertificates:
    """What an onboarding ends with: certificate, issuers in order, the CAs to trust, and the key if it is here."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    key: RSAPrivateKey | None = field(default=None, repr=False)

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What a client shows a server: the certificate and its issuers, wherever they stand, without the root."""
        return presented_chain(self.leaf, [*self.chain, *self.anchors])


def to_pem(certificates: Sequence[x509.Certificate]) -> str:
    """The certificates as PEM, one behind the other."""
    return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates)


def certificate_pem(held: KeyAndCertificates) -> str:
    """The partner's own certificate."""
    return to_pem([held.leaf])


def chain_pem(held: KeyAndCertificates) -> str:
    """The issuers below the root, the partner's first; empty where the root issued the certificate itself."""
    return to_pem(held.presented[1:])


def fullchain_pem(held: KeyAndCertificates) -> str:
    """The partner's certificate and those issuers: what a client presents (RFC 8446, 4.4.2)."""
    return to_pem(held.presented)


def ca_pem(held: KeyAndCertificates) -> str:
    """The CAs to trust."""
    return to_pem(held.anchors)


def pkcs12(held: KeyAndCertificates, passphrase: str, *, name: str, old: bool = False) -> bytes:
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


PROGRAM_TEMPLATES = files("onboarding.pki") / "programs"
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
PROGRAMS = (
    "fleets.sh",
    "fleets_httpx.py",
    "fleets_requests.py",
    "Fleets.java",
    "fleets.mjs",
    "fleets.go",
    "Fleets.cs",
    "Fleets.csproj",
    "fleets.postman_collection.json",
)
FILE_DESCRIPTIONS = {
    "key.pem": "your private key, encrypted with the passphrase (PKCS#8)",
    "certificate.pem": "your certificate",
    "chain.pem": "the CA certificates above yours, which go along with it",
    "fullchain.pem": "all that your server shows: your certificate, and those above it where there are any",
    "ca.pem": "the CA certificates, by which your server recognises Stellantis’ gateway",
    PKCS12_FILE: "key and certificates in one file, for Java, Windows and browsers (PKCS#12)",
}
PRIVATE_FILES = {"key.pem", PKCS12_FILE}


@dataclass(frozen=True)
class ConnectionSettings:
    """Where the programs go, and as whom; `base_url` is the one that /fleets follows."""

    base_url: str
    client_id: str
    login: str
    accept: str

    @property
    def url(self) -> str:
        """The address of the first request, the client ID in its query."""
        return f"{self.base_url.rstrip('/')}/fleets?{urlencode({'client_id': self.client_id})}"


def render_programs(connection: ConnectionSettings) -> dict[str, str]:
    """The programs by file name, with `connection` filled in as literals of their languages."""
    return {name: _filled(name, _literals(name, connection)) for name in PROGRAMS}


def download_bundle(held: KeyAndCertificates, connection: ConnectionSettings, passphrase: str, made: datetime) -> bytes:
    """The zip: a folder named after the login. Without a key (it never was here) neither key.pem nor PKCS#12 is in it.

    `made` dates the entries. The key is encrypted twice over, once for each file: about 0.4 s.
    """
    folder = re.sub(r"[^A-Za-z0-9]+", "-", connection.login.lower()).strip("-") or "fleets"
    contents = _certificates(held)
    if held.key is not None:
        contents |= {
            "key.pem": encrypted_pem(held.key, passphrase),
            PKCS12_FILE: pkcs12(held, passphrase, name=connection.login),
        }
    contents |= {name: text.encode() for name, text in render_programs(connection).items()}
    contents["README.txt"] = _readme(held, connection, contents).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{folder}/{name}", made.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o600 if name in PRIVATE_FILES else 0o755 if name.endswith(".sh") else 0o644
            entry.external_attr = (0o100000 | mode) << 16  # a regular file with these permissions
            archive.writestr(entry, contents[name])
    return packed.getvalue()


def _certificates(held: KeyAndCertificates) -> dict[str, bytes]:
    found = {
        "certificate.pem": certificate_pem(held),
        "chain.pem": chain_pem(held),
        "fullchain.pem": fullchain_pem(held),
        "ca.pem": ca_pem(held),
    }
    return {name: text.encode() for name, text in found.items() if text}


def _readme(held: KeyAndCertificates, connection: ConnectionSettings, contents: dict[str, bytes]) -> str:
    listed = [f"{name:<16} {about}" for name, about in FILE_DESCRIPTIONS.items() if name in contents]
    if held.key is None:
        listed.append("Not in here: your private key, which never left you. Put it here as key.pem, encrypted.")
    values = {
        "login": connection.login,
        "url": connection.url,
        "until": f"{held.leaf.not_valid_after_utc:%Y-%m-%d %H:%M}",
        "files": "\n".join(listed),
        "jks": jks_command(),
    }
    return _filled("README.txt", values)


def _literals(name: str, connection: ConnectionSettings) -> dict[str, str]:
    """The values as literals: quoted for the shell there; elsewhere as JSON strings, which all these languages read."""
    values = {"url": connection.url, "login": connection.login, "accept": connection.accept}
    if name.endswith(".sh"):
        quoted = {key: shlex.quote(value) for key, value in values.items()}
        return quoted | {"accept_header": shlex.quote(f"Accept: {connection.accept}")}
    postman = {"login_variable": "{{login}}", "password_variable": "{{password}}"}
    return {key: json.dumps(value) for key, value in values.items()} | postman


def _filled(name: str, values: dict[str, str]) -> str:
    template = (PROGRAM_TEMPLATES / f"{name}.tmpl").read_text("utf-8")
    return PLACEHOLDER.sub(lambda mark: values[mark[1]], template)
