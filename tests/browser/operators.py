"""Another operator that uses only OpenSSL and nginx: an authority with an intermediate, and servers that trust it.

Nothing here imports `onboarding`: independent software must accept the wizard's requests and files.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.processes import Running, run
from tests.programs import nginx

NGINX = nginx()

CONFIG = """
[ca]
default_ca = issuing
[issuing]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
default_days = 90
policy = anything
email_in_dn = yes
unique_subject = no
x509_extensions = client
[anything]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
[req]
distinguished_name = unused
[unused]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
authorityKeyIdentifier = keyid
"""


class Authority:
    """A root, an issuing CA and a server certificate, created by the `openssl` program in `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "openssl.cnf").write_text(CONFIG)
        (folder / "index.txt").touch()
        subject = f"/C=NL/O={name}/CN={name} Root"
        key = ["-newkey", "rsa:2048", "-noenc"]
        self._openssl(
            *["req", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-days", "3650"],
            *["-subj", subject, "-config", "openssl.cnf", "-extensions", "root"],
        )
        self._issue("issuing", f"/C=NL/O={name}/CN={name} Issuing CA", by="root", extensions="intermediate")
        self._issue("server", f"/C=NL/O={name}/CN=gateway", by="issuing", extensions="server")
        self.root, self.issuing = folder / "root.pem", folder / "issuing.pem"
        self.ca = folder / "ca.pem"
        self.ca.write_text(self.issuing.read_text() + self.root.read_text())
        self.server_chain = folder / "server-chain.pem"
        self.server_chain.write_text((folder / "server.pem").read_text() + self.issuing.read_text())
        self.server_key = folder / "server.key"

    def _openssl(self, *arguments: str) -> None:
        run(["openssl", *arguments], cwd=self.folder)

    def _issue(self, name: str, subject: str, *, by: str, extensions: str) -> None:
        key = ["-newkey", "rsa:2048", "-noenc", "-keyout", f"{name}.key"]
        self._openssl("req", "-new", *key, "-out", f"{name}.csr", "-subj", subject, "-config", "openssl.cnf")
        self._openssl(
            *["x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", "-days", "1825"],
            *["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-extfile", "openssl.cnf", "-extensions", extensions],
        )

    def sign(self, csr: bytes, *, days: int = 90) -> bytes:
        """Return the certificate for a CSR as PEM. It expires in `days`; if they are negative, it has expired."""
        (self.folder / "partner.csr").write_bytes(csr)
        end = datetime.now(UTC) + timedelta(days=days)
        begin = min(datetime.now(UTC), end) - timedelta(days=30)
        self._openssl(
            *[
                "ca",
                "-batch",
                "-notext",
                "-utf8",
                "-config",
                "openssl.cnf",
                "-in",
                "partner.csr",
                "-out",
                "partner.pem",
            ],
            *["-cert", "issuing.pem", "-keyfile", "issuing.key"],
            *["-startdate", f"{begin:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}"],
        )
        return (self.folder / "partner.pem").read_bytes()


@dataclass(frozen=True)
class Account:
    """What a gateway knows about a partner."""

    login: str
    password: str
    client_id: str


FLEETS = [
    {"id": "6f9b1d", "name": "Pool Amsterdam", "createdAt": "2026-01-05T09:00:00Z"},
    {"id": "6f9b1e", "name": "Vans Zürich", "description": "Electric vans", "unheardOf": {"x": 1}},
]


def fleets_json() -> bytes:
    """Return a response body as the operator's contract describes it, with one additional field."""
    here = {"href": "https://127.0.0.1/connectedcar/v3/fleets"}
    body = {
        "total": len(FLEETS),
        "totalPage": 1,
        "currentPage": 0,
        "_links": {"self": here, "first": here},
        "_embedded": {"fleets": [fleet | {"_links": {"self": here}} for fleet in FLEETS]},
    }
    return json.dumps(body).encode()


NGINX_CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 64; }}
http {{
  log_format seen '$ssl_client_verify|$ssl_client_s_dn|$ssl_protocol|$status|$request_uri|$http_accept';
  access_log {folder}/seen.log seen;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {authority.server_chain};
    ssl_certificate_key {authority.server_key};
    ssl_client_certificate {authority.root};
    ssl_verify_client on;
    ssl_verify_depth 3;
    ssl_protocols {protocols};
    location = /connectedcar/v3/fleets {{
      root {folder}/www;
      default_type application/hal+json;
      auth_basic "partners";
      auth_basic_user_file {folder}/passwords;
      if ($arg_client_id != "{account.client_id}") {{ return 403; }}
      if ($http_accept !~ "application/hal\\+json") {{ return 406; }}
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Gateway:
    """A TLS server of another operator: its port, and the log of its clients."""

    port: int
    seen: Path


@contextmanager
def nginx(folder: Path, authority: Authority, account: Account, *, port: int, protocols: str) -> Iterator[Gateway]:
    """Run an nginx that requires a client certificate, Basic authentication and a client ID; skip if not installed."""
    if not NGINX:
        pytest.skip("nginx is not installed")
    (folder / "www/connectedcar/v3").mkdir(parents=True)
    (folder / "www/connectedcar/v3/fleets").write_bytes(fleets_json())
    hashed = run(["openssl", "passwd", "-5", account.password]).stdout.strip()
    (folder / "passwords").write_text(f"{account.login}:{hashed}\n")
    user = "user root;" if os.geteuid() == 0 else ""
    config = NGINX_CONFIG.format(
        user=user, folder=folder, port=port, authority=authority, account=account, protocols=protocols
    )
    (folder / "nginx.conf").write_text(config)
    command = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "start.log"]
    with Running(command, folder / "nginx.log", ports=(port,)):
        yield Gateway(port, folder / "seen.log")


@contextmanager
def s_server(folder: Path, authority: Authority, account: Account, *, port: int, version: str) -> Iterator[Gateway]:
    """Run `openssl s_server`, which requires a client certificate and returns a file. It checks no password."""
    www = folder / "www/connectedcar/v3"
    www.mkdir(parents=True)
    body = fleets_json()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/hal+json\r\nContent-Length: {len(body)}\r\n\r\n"
    (www / f"fleets?client_id={account.client_id}").write_bytes(head.encode() + body)
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-HTTP", version]
    command += ["-cert", str(authority.folder / "server.pem"), "-key", str(authority.server_key)]
    command += ["-cert_chain", str(authority.issuing), "-CAfile", str(authority.root)]
    command += ["-Verify", "3", "-verify_return_error"]
    log = folder / "s_server.log"
    with Running(command, log, ports=(port,), cwd=folder / "www"):
        yield Gateway(port, log)
