"""A stand-in for the transit engine of OpenBao and Vault: the part of its HTTP API that the keyring uses, over TLS.

It follows the source of OpenBao's `builtin/logical/transit` in what it accepts, in its status codes and in its error
texts: versions (`vault:v1:…`), associated data, derived keys with a context, minimum versions, and policies of tokens.
It is not the real program, which no package that pip or Debian offers contains.
"""

import base64
import binascii
import json
import os
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

TOKEN = "hvs.serving"
ADMIN_TOKEN = "hvs.administrator"
POLICIES = {
    TOKEN: {("POST", "encrypt"), ("POST", "decrypt"), ("GET", "keys")},
    ADMIN_TOKEN: {("POST", "encrypt"), ("POST", "decrypt"), ("GET", "keys"), ("POST", "rotate"), ("POST", "config")},
}


class ApiError(Exception):
    """A response with errors."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass
class NamedKey:
    """A key with its versions, from 1. The fields are those of the API."""

    derived: bool = False
    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    min_decryption_version: int = 1
    min_encryption_version: int = 0

    def cipher(self, version: int, context: bytes) -> AESGCM:
        key = self.versions[version - 1]
        if self.derived:
            if not context:
                raise ApiError(400, "missing 'context' for key derivation; the key was created using a derived key")
            key = HKDF(hashes.SHA256(), 32, None, context).derive(key)
        return AESGCM(key)

    def encrypt(self, body: dict) -> dict:
        version = int(body.get("key_version", 0)) or len(self.versions)
        if version > len(self.versions):
            raise ApiError(400, "requested version for encryption is higher than the latest key version")
        if version < self.min_encryption_version:
            raise ApiError(400, "requested version for encryption is less than the minimum encryption key version")
        nonce = os.urandom(12)
        cipher = self.cipher(version, decoded(body, "context"))
        blob = nonce + cipher.encrypt(nonce, decoded(body, "plaintext"), decoded(body, "associated_data"))
        return {"ciphertext": f"vault:v{version}:{base64.b64encode(blob).decode()}", "key_version": version}

    def decrypt(self, body: dict) -> dict:
        prefix, _, encoded = body["ciphertext"].removeprefix("vault:v").partition(":")
        if not body["ciphertext"].startswith("vault:v") or not prefix.isdecimal():
            raise ApiError(400, "invalid ciphertext: no prefix")
        version = int(prefix)
        if version > len(self.versions):
            raise ApiError(400, "invalid ciphertext: version is too new")
        if version < self.min_decryption_version:
            raise ApiError(400, "ciphertext or signature version is disallowed by policy (too old)")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ApiError(400, "invalid ciphertext: could not decode base64") from None
        if len(blob) < 13:
            raise ApiError(400, "invalid ciphertext: too short")
        cipher = self.cipher(version, decoded(body, "context"))
        try:
            plaintext = cipher.decrypt(blob[:12], blob[12:], decoded(body, "associated_data"))
        except InvalidTag:
            raise ApiError(400, "cipher: message authentication failed") from None
        return {"plaintext": base64.b64encode(plaintext).decode()}

    def configure(self, body: dict) -> dict:
        minimum = int(body["min_decryption_version"])
        if minimum > len(self.versions):
            raise ApiError(400, "cannot set min decryption version of %d, latest key version is %d")
        self.min_decryption_version = minimum
        return {}


def decoded(body: dict, name: str) -> bytes:
    try:
        return base64.b64decode(body.get(name, ""), validate=True)
    except binascii.Error:
        raise ApiError(400, "illegal base64 data at input byte 0") from None


class TransitServer:
    """A running server with its files: `ca`, and `token` with the token of the site. `failures` are returned first."""

    def __init__(self, folder: Path, *, mount: str = "transit", derived: bool = False, namespace: str = "") -> None:
        self.keys = {"onboarding": NamedKey(derived)}
        self.mount, self.namespace = mount, namespace
        self.failures: list[int] = []  # statuses of the next responses; 0 closes the connection without one
        self.requests: list[tuple[str, str, dict]] = []
        self.ca, self.token = folder / "service-ca.pem", folder / "token"
        self.token.write_text(TOKEN + "\n")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.server.socket = tls(self.ca, folder).wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        query = f"?namespace={self.namespace}" if self.namespace else ""
        return f"vault+https://127.0.0.1:{self.server.server_port}/{self.mount}/onboarding{query}"

    @property
    def key(self) -> NamedKey:
        return self.keys["onboarding"]

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, method: str, path: str, headers, body: dict) -> dict:
        self.requests.append((method, path, body))
        if not path.startswith(f"/v1/{self.mount}/") or headers.get("X-Vault-Namespace", "") != self.namespace:
            raise ApiError(404, f"no handler for route '{path}'. route entry not found.")
        verb, _, rest = path.removeprefix(f"/v1/{self.mount}/").partition("/")
        name, _, action = rest.partition("/")
        if (method, action or verb) not in POLICIES.get(headers.get("X-Vault-Token", ""), set()):
            raise ApiError(403, "1 error occurred:\n\t* permission denied\n\n")
        key = self.keys.get(name)
        if key is None:
            raise ApiError(404) if verb == "keys" else ApiError(400, "encryption key not found")
        if action == "rotate":
            key.versions.append(os.urandom(32))
            return {}
        if action == "config":
            return key.configure(body)
        if verb in {"encrypt", "decrypt"}:
            return getattr(key, verb)(body)
        return {
            "latest_version": len(key.versions),
            "min_decryption_version": key.min_decryption_version,
            "min_encryption_version": key.min_encryption_version,
            "derived": key.derived,
            "type": "aes256-gcm96",
        }


def handler_of(transit: TransitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            if transit.failures:
                status = transit.failures.pop(0)
                if status:
                    self.send(status, {"errors": ["Vault is sealed"]})
                return
            try:
                self.send(200, {"data": transit.answer(self.command, self.path, self.headers, body)})
            except ApiError as error:
                self.send(error.status, {"errors": [error.text] if error.text else []})

        def send(self, status: int, body: dict) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.respond()

        def do_POST(self) -> None:
            self.respond()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler


def tls(ca_file: Path, folder: Path) -> ssl.SSLContext:
    """Write the CA; return the context of a server with a certificate for 127.0.0.1."""
    now = datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Key Service CA")])

    def issue(name: x509.Name, public_key, extension: x509.ExtensionType, critical: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder(ca_name, name, public_key, x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        return builder.add_extension(extension, critical).sign(ca_key, hashes.SHA256())

    ca = issue(ca_name, ca_key.public_key(), x509.BasicConstraints(ca=True, path_length=None), True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = issue(x509.Name([]), key.public_key(), names, True)
    ca_file.write_bytes(ca.public_bytes(Encoding.PEM))
    server = folder / "service.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    server.write_bytes(private + leaf.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return context
