"""One zip with everything: certificates, the encrypted key, a README, and programs that make the first request.

No program holds a secret; each reads the passphrase and the password from the environment, or asks.
"""

import io
import json
import re
import shlex
import zipfile
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from urllib.parse import urlencode

from onboarding.pki.bundles import (
    PKCS12_FILE,
    Holdings,
    ca_pem,
    certificate_pem,
    chain_pem,
    fullchain_pem,
    jks_command,
    pkcs12,
)
from onboarding.pki.pkcs8 import encrypted_pem

TEMPLATES = files("onboarding.pki") / "programs"
MARK = re.compile(r"\{\{(\w+)\}\}")
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
ABOUT = {
    "key.pem": "your private key, encrypted with the passphrase (PKCS#8)",
    "certificate.pem": "your certificate",
    "chain.pem": "the CA certificates above yours, which go along with it",
    "fullchain.pem": "all that your server shows: your certificate, and those above it where there are any",
    "ca.pem": "the CA certificates, by which your server recognises Stellantis’ gateway",
    PKCS12_FILE: "key and certificates in one file, for Java, Windows and browsers (PKCS#12)",
}
PRIVATE = {"key.pem", PKCS12_FILE}


@dataclass(frozen=True)
class Connection:
    """Where the programs go, and as whom; `base_url` is the one that /fleets follows."""

    base_url: str
    client_id: str
    login: str
    accept: str

    @property
    def url(self) -> str:
        """The address of the first request, the client ID in its query."""
        return f"{self.base_url.rstrip('/')}/fleets?{urlencode({'client_id': self.client_id})}"


def programs(connection: Connection) -> dict[str, str]:
    """The programs by file name, with `connection` filled in as literals of their languages."""
    return {name: _filled(name, _literals(name, connection)) for name in PROGRAMS}


def takeaway(held: Holdings, connection: Connection, passphrase: str, made: datetime) -> bytes:
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
    contents |= {name: text.encode() for name, text in programs(connection).items()}
    contents["README.txt"] = _readme(held, connection, contents).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(f"{folder}/{name}", made.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o600 if name in PRIVATE else 0o755 if name.endswith(".sh") else 0o644
            entry.external_attr = (0o100000 | mode) << 16  # a regular file with these permissions
            archive.writestr(entry, contents[name])
    return packed.getvalue()


def _certificates(held: Holdings) -> dict[str, bytes]:
    found = {
        "certificate.pem": certificate_pem(held),
        "chain.pem": chain_pem(held),
        "fullchain.pem": fullchain_pem(held),
        "ca.pem": ca_pem(held),
    }
    return {name: text.encode() for name, text in found.items() if text}


def _readme(held: Holdings, connection: Connection, contents: dict[str, bytes]) -> str:
    listed = [f"{name:<16} {about}" for name, about in ABOUT.items() if name in contents]
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


def _literals(name: str, connection: Connection) -> dict[str, str]:
    """The values as literals: quoted for the shell there; elsewhere as JSON strings, which all these languages read."""
    values = {"url": connection.url, "login": connection.login, "accept": connection.accept}
    if name.endswith(".sh"):
        quoted = {key: shlex.quote(value) for key, value in values.items()}
        return quoted | {"accept_header": shlex.quote(f"Accept: {connection.accept}")}
    postman = {"login_variable": "{{login}}", "password_variable": "{{password}}"}
    return {key: json.dumps(value) for key, value in values.items()} | postman


def _filled(name: str, values: dict[str, str]) -> str:
    template = (TEMPLATES / f"{name}.tmpl").read_text("utf-8")
    return MARK.sub(lambda mark: values[mark[1]], template)
