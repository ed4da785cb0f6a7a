"""The files that a partner downloads: PEM files, PKCS#12, and a zip file with everything."""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from onboarding.pki.errors import PkiError
from onboarding.pki.key_files import encrypted_pem
from onboarding.pki.keys import passphrase_bytes, spki_fingerprint
from onboarding.pki.validation.chain import presented_chain

# By default, .NET 9 refuses more than 300,000 rounds in a derivation and 1,000,000 in all (its Pkcs12LoaderLimits).
# There are two derivations, for the key and for the certificates, and one of 2,048 rounds for the MAC.
PKCS12_ROUNDS = 300_000
OLD_ROUNDS = 50_000  # what Java 8 and the importer of old Windows versions open without a delay
KEY_FILE, PKCS12_FILE, LEGACY_PKCS12_FILE = "key.pem", "client.p12", "client-old.p12"
CERTIFICATE_FILE, CHAIN_FILE, FULLCHAIN_FILE, CA_FILE = "certificate.pem", "chain.pem", "fullchain.pem", "ca.pem"


@dataclass(frozen=True)
class KeyAndCertificates:
    """The result of an onboarding. `chain` has the issuers in order, `anchors` the CAs to trust, `key` may be None."""

    leaf: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    key: RSAPrivateKey | None = field(default=None, repr=False)

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """The certificates that a client sends to a server: its own and the issuers, without the root."""
        return presented_chain(self.leaf, [*self.chain, *self.anchors])


def to_pem(certificates: Sequence[x509.Certificate]) -> str:
    """Return the certificates as PEM, concatenated."""
    return "".join(certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in certificates)


def certificate_pem(credentials: KeyAndCertificates) -> str:
    """Return the partner's own certificate as PEM."""
    return to_pem([credentials.leaf])


def chain_pem(credentials: KeyAndCertificates) -> str:
    """Return the issuers below the root as PEM, the direct issuer first; empty if the root issued the certificate."""
    return to_pem(credentials.presented[1:])


def fullchain_pem(credentials: KeyAndCertificates) -> str:
    """Return the partner's certificate and the issuers below the root: what a client presents (RFC 8446, 4.4.2)."""
    return to_pem(credentials.presented)


def ca_pem(credentials: KeyAndCertificates) -> str:
    """Return the CAs to trust as PEM."""
    return to_pem(credentials.anchors)


# The files without a secret.
PUBLIC_FILES: dict[str, Callable[[KeyAndCertificates], str]] = {
    CERTIFICATE_FILE: certificate_pem,
    CHAIN_FILE: chain_pem,
    FULLCHAIN_FILE: fullchain_pem,
    CA_FILE: ca_pem,
}


def is_portable_passphrase(passphrase: str) -> bool:
    """Return whether all software opens a PKCS#12 file with this passphrase: Java before 25 needs printable ASCII."""
    return passphrase.isascii() and passphrase.isprintable()


def pkcs12(credentials: KeyAndCertificates, passphrase: str, *, name: str, old: bool = False) -> bytes:
    """Return key, certificate and the issuers below the root as PKCS#12 (RFC 7292); `name` is the alias of the entry.

    The current format uses AES-256 and SHA-256 with PKCS12_ROUNDS rounds. The `old` format uses 3DES and SHA-1; it is
    weaker. The MAC has 2,048 rounds in both, so the protection depends on the passphrase. README.txt in the download
    says which software opens which. PkiError key_missing: the key is not stored here, or belongs to another
    certificate.
    """
    if credentials.key is None or spki_fingerprint(credentials.key.public_key()) != spki_fingerprint(
        credentials.leaf.public_key()
    ):
        raise PkiError("key_missing")
    builder = PrivateFormat.PKCS12.encryption_builder()
    if old:
        builder = builder.kdf_rounds(OLD_ROUNDS).key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
        builder = builder.hmac_hash(hashes.SHA1())  # noqa: S303  # such software knows no other hash
    else:
        builder = builder.kdf_rounds(PKCS12_ROUNDS).key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC)
        builder = builder.hmac_hash(hashes.SHA256())
    encryption = builder.build(passphrase_bytes(passphrase))
    return serialize_key_and_certificates(
        name.encode(), credentials.key, credentials.leaf, list(credentials.presented[1:]), encryption
    )


def jks_command(pkcs12_file: str = PKCS12_FILE) -> str:
    """Return the keytool command that converts a PKCS#12 file to an old Java keystore (JKS).

    keytool asks for the passphrases.
    """
    target = pkcs12_file.rsplit(".", 1)[0] + ".jks"
    return (
        f"keytool -importkeystore -srckeystore {shlex.quote(pkcs12_file)} -srcstoretype PKCS12 "
        f"-destkeystore {shlex.quote(target)} -deststoretype JKS"  # not translated: a command
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
FILE_DESCRIPTIONS = {  # not translated: the README in the zip is in English, as are the programs
    KEY_FILE: "your private key, encrypted with the passphrase (PKCS#8)",
    CERTIFICATE_FILE: "your certificate",
    CHAIN_FILE: "the CA certificates between yours and the root",
    FULLCHAIN_FILE: "what your server sends: your certificate, then those in chain.pem",
    CA_FILE: "the CA certificates that your server trusts, to check Stellantis’ gateway",
    PKCS12_FILE: "key and certificates in one file, for Java, Windows and browsers (PKCS#12)",
}
OWNER_ONLY_FILES = {KEY_FILE, PKCS12_FILE}


@dataclass(frozen=True)
class ConnectionSettings:
    """The address, login and client ID that the programs use; the path of the request is `base_url` plus /fleets."""

    base_url: str
    client_id: str
    login: str
    accept: str

    @property
    def url(self) -> str:
        """The address of the first request, with the client ID in its query."""
        return f"{self.base_url.rstrip('/')}/fleets?{urlencode({'client_id': self.client_id})}"


def render_programs(connection: ConnectionSettings) -> dict[str, str]:
    """Return the programs by file name, with the values of `connection` as literals of their languages."""
    return {name: fill_template(name, _literals(name, connection)) for name in PROGRAMS}


def download_bundle(
    credentials: KeyAndCertificates, connection: ConnectionSettings, passphrase: str, made: datetime
) -> bytes:
    """Return the zip file: one folder, named after the login. Without a key it has neither key.pem nor PKCS#12.

    `made` is the date of the entries. The key is encrypted once for each of the two files, which takes about 0.4 s.
    """
    folder = re.sub(r"[^A-Za-z0-9]+", "-", connection.login.lower()).strip("-") or "fleets"
    contents = _certificates(credentials)
    if credentials.key is not None:
        contents |= {
            KEY_FILE: encrypted_pem(credentials.key, passphrase),
            PKCS12_FILE: pkcs12(credentials, passphrase, name=connection.login),
        }
    contents |= {name: text.encode() for name, text in render_programs(connection).items()}
    contents["README.txt"] = _readme(credentials, connection, contents).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{folder}/{name}", made.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o600 if name in OWNER_ONLY_FILES else 0o755 if name.endswith(".sh") else 0o644
            entry.external_attr = (0o100000 | mode) << 16  # a regular file with these permissions
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def _certificates(credentials: KeyAndCertificates) -> dict[str, bytes]:
    texts = {name: to_text(credentials) for name, to_text in PUBLIC_FILES.items()}
    return {name: text.encode() for name, text in texts.items() if text}


def _readme(credentials: KeyAndCertificates, connection: ConnectionSettings, contents: dict[str, bytes]) -> str:
    listed = [f"{name:<16} {about}" for name, about in FILE_DESCRIPTIONS.items() if name in contents]
    if credentials.key is None:
        listed.append(
            # not translated: as the rest of the README
            "Your private key is not in this folder, because we never had it. Put it here as key.pem, encrypted."
        )
    values = {
        "login": connection.login,
        "url": connection.url,
        "until": f"{credentials.leaf.not_valid_after_utc:%Y-%m-%d %H:%M}",
        "files": "\n".join(listed),
        "jks": jks_command(),
    }
    return fill_template("README.txt", values)


def _literals(name: str, connection: ConnectionSettings) -> dict[str, str]:
    """Return the values as literals: quoted for the shell, or as JSON strings, which all the other languages read."""
    values = {"url": connection.url, "login": connection.login, "accept": connection.accept}
    if name.endswith(".sh"):
        quoted = {key: shlex.quote(value) for key, value in values.items()}
        return quoted | {"accept_header": shlex.quote(f"Accept: {connection.accept}")}  # not shown: a header
    postman = {"login_variable": "{{login}}", "password_variable": "{{password}}"}
    return {key: json.dumps(value) for key, value in values.items()} | postman


def fill_template(name: str, values: dict[str, str]) -> str:
    """Return the template of the file `name` with `values` in the places of its placeholders."""
    template = (PROGRAM_TEMPLATES / f"{name}.tmpl").read_text("utf-8")
    return PLACEHOLDER.sub(lambda placeholder: values[placeholder[1]], template)
