"""nginx in front of a site, over the example in docs/nginx.conf."""

import os
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.browser.processes import PROJECT, Running
from tests.programs import nginx


def certificate_files(folder):
    """Write a key and a self-signed certificate for localhost; return their paths."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "site.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "site.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def proxy(folder, https, http, port):
    """Return nginx over the example, with the addresses and files of this test."""
    certificate_files(folder)
    text = (PROJECT / "docs/nginx.conf").read_text()
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80", f"listen 127.0.0.1:{http}"),
        ("127.0.0.1:8000", f"127.0.0.1:{port}"),
        ("onboarding.example", "localhost"),
        ("/etc/onboarding/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
        ("http {", f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"),
    ):
        assert old in text
        text = text.replace(old, new)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"{user} pid {folder}/nginx.pid; error_log {folder}/error.log;\n{text}")
    command = [nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    return Running(command, folder / "nginx.log", ports=(https, http))
