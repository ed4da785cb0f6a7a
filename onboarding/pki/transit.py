"""The keyring in OpenBao or HashiCorp Vault: a client of the HTTP API of the transit secrets engine.

The data key of a record is encrypted with the key of the service; the place of the record is the associated data and
the context, so a key with `derived=true` works as well. Nothing is cached: neither the token, which an agent may
replace at any time, nor what the service returns. Redirects are not followed, and proxies of the environment are not
used. Sources: the API documentation of the transit secrets engine, of OpenBao and of Vault (1.9 or later).
"""

import base64
import binascii
import hashlib
import http.client
import json
import re
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from onboarding.pki.errors import PkiError
from onboarding.pki.keyring import KeyService, WrappedKey

TIMEOUT = 5.0  # seconds for each operation on the connection
RETRIES = 2  # after which a service that can't be reached, or is overloaded, is given up
PAUSE = 0.2  # seconds before the first retry; twice as long before the second
SERVICE_RESPONSE_LIMIT = 1024 * 1024  # bytes
CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/=]+\Z")
UNKNOWN_KEY = re.compile(r"encryption key not found|policy not found|no handler for route", re.IGNORECASE)
OTHER_VERSION = re.compile(r"disallowed by policy|too old|too new|larger than the latest", re.IGNORECASE)


class ServiceAddressError(ValueError):
    """KEYRING_URL is not an address of a transit key. The text is for administrators."""


@dataclass(frozen=True)
class TransitKey(KeyService):
    """A key of the transit engine. `token_file` has the token; `ca_file` the CA of the server, else the system's."""

    scheme: str
    host: str
    port: int
    mount: str
    name: str
    token_file: Path
    ca_file: Path | None = None
    namespace: str = ""
    timeout: float = field(default=TIMEOUT, kw_only=True)
    pause: float = field(default=PAUSE, kw_only=True)

    @classmethod
    def from_url(cls, url: str, token_file: Path, ca_file: Path | None = None) -> "TransitKey":
        """Return the key at `vault+https://HOST[:PORT]/MOUNT/KEY[?namespace=NAME]` (ServiceAddressError)."""
        parts = urlsplit(url)
        mount, _, name = parts.path.strip("/").rpartition("/")
        scheme = parts.scheme.removeprefix("vault+")
        if parts.scheme not in {"vault+https", "vault+http"} or not (parts.hostname and mount and name):
            raise ServiceAddressError("it is not vault+https://HOST/MOUNT/KEY")
        if parts.username or parts.password or parts.fragment:
            raise ServiceAddressError("it contains a user name, a password or a fragment; the token is in a file")
        namespace = parse_qs(parts.query).get("namespace", [""])[0]
        port = parts.port or (443 if scheme == "https" else 80)
        key = cls(scheme, parts.hostname, port, mount, name, token_file, ca_file, namespace)
        if len(key._id(10**8)) > 64:
            raise ServiceAddressError("the names of the mount and of the key are longer than 50 characters together")
        return key

    def _id(self, version: int) -> str:
        return f"{self.mount}/{self.name}:v{version}"

    def owns(self, key_id: str) -> bool:
        """Return whether `key_id` names a version of this key."""
        name, _, version = key_id.rpartition(":v")
        return name == f"{self.mount}/{self.name}" and version.isdecimal()

    def through(self, key_id: str) -> list[str]:
        """Return the ids of all versions up to `key_id`."""
        return [self._id(version) for version in range(1, _version(key_id) + 1)]

    def current_id(self) -> str:
        """Return the id of the newest version, which encrypts."""
        return self._id(self._number(self._description(), "latest_version"))

    def available_ids(self) -> list[str]:
        """Return the ids of the versions from `min_decryption_version` to the newest."""
        description = self._description()
        first = max(1, self._number(description, "min_decryption_version"))
        return [self._id(version) for version in range(first, self._number(description, "latest_version") + 1)]

    def wrap(self, data_key: bytes, context: bytes, key_id: str = "") -> WrappedKey:
        """Encrypt `data_key` with the version `key_id`, or else with the newest one."""
        body: dict[str, Any] = {"plaintext": _encoded(data_key), **_place(context)}
        if key_id:
            body["key_version"] = _version(key_id)
        data = self._call("POST", f"encrypt/{self.name}", body)
        text = str(data.get("ciphertext", ""))
        match = CIPHERTEXT.match(text)
        if match is None:
            raise PkiError("key_service_failed")
        return WrappedKey(self._id(int(match[1])), text)

    def unwrap(self, wrapped: WrappedKey, context: bytes) -> bytes:
        """Decrypt a data key. PkiError server_key_unknown: the service does not decrypt with this version any more."""
        match = CIPHERTEXT.match(wrapped.text)
        if match is None or self._id(int(match[1])) != wrapped.key_id:
            raise PkiError("sealed_key_damaged")
        try:
            data = self._call("POST", f"decrypt/{self.name}", {"ciphertext": wrapped.text, **_place(context)})
        except _RefusedInputError as refused:
            if OTHER_VERSION.search(str(refused)):
                raise PkiError("server_key_unknown", found=wrapped.key_id) from None
            raise PkiError("sealed_key_damaged") from None
        try:
            return base64.b64decode(str(data.get("plaintext", "")), validate=True)
        except binascii.Error as exc:
            raise PkiError("key_service_failed") from exc

    def add_version(self) -> str:
        """Add a version, which encrypts from now on, and return its id. Needs a token that may rotate the key."""
        # Not repeated: the service may have added the version although its response was lost.
        self._call("POST", f"keys/{self.name}/rotate", {}, retries=0)
        return self.current_id()

    def retire_through(self, key_id: str) -> None:
        """Let the service decrypt with no version up to `key_id`. Needs a token that may configure the key.

        The service keeps the versions: a person who may configure the key can allow them again.
        """
        minimum = _version(key_id) + 1
        if minimum > self._number(self._description(), "min_decryption_version"):
            self._call("POST", f"keys/{self.name}/config", {"min_decryption_version": minimum})

    def _description(self) -> dict[str, Any]:
        return self._call("GET", f"keys/{self.name}", None)

    @staticmethod
    def _number(description: dict[str, Any], name: str) -> int:
        try:
            return int(description[name])
        except (KeyError, TypeError, ValueError) as exc:
            raise PkiError("key_service_failed") from exc

    def _call(self, method: str, path: str, body: dict[str, Any] | None, retries: int = RETRIES) -> dict[str, Any]:
        """Return `data` of the response. Try again if the service can't be reached, or is overloaded or sealed."""
        for number in range(retries + 1):
            try:
                return self._call_once(method, path, body)
            except PkiError as error:
                if number == retries or error.code not in {"key_service_unreachable", "key_service_unavailable"}:
                    raise
                time.sleep(self.pause * 2**number)
        raise AssertionError("unreachable")  # not shown: the last round returns or raises

    def _call_once(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"X-Vault-Token": self._token(), "X-Vault-Request": "true", "Content-Type": "application/json"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        connection = self._connection()
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/v1/{quote(self.mount)}/{quote(path)}", content, headers)
            response = connection.getresponse()
            status, text = response.status, response.read(SERVICE_RESPONSE_LIMIT)
        except (OSError, http.client.HTTPException) as exc:
            raise PkiError("key_service_unreachable") from exc
        finally:
            connection.close()
        return _data(status, text)

    def _connection(self) -> http.client.HTTPConnection:
        if self.scheme == "http":
            return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        except (OSError, ssl.SSLError) as exc:
            raise PkiError("key_service_ca_missing") from exc
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=context)

    def _token(self) -> str:
        try:
            token = self.token_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise PkiError("key_service_token_missing") from exc
        if not token or not token.isprintable():
            raise PkiError("key_service_token_missing")
        return token


class _RefusedInputError(PkiError):
    """The service answered 400. `str()` is its own text, which is compared with known ones and never shown."""

    def __init__(self, text: str) -> None:
        super().__init__("key_service_failed")
        self.text = text

    def __str__(self) -> str:
        return self.text


def _data(status: int, text: bytes) -> dict[str, Any]:
    """Return `data` of a response, {} if it has none. PkiError: what its status means."""
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    errors = " ".join(map(str, body.get("errors") or []))
    if status in {200, 204}:
        data = body.get("data")
        return data if isinstance(data, dict) else {}
    if status == 404 or UNKNOWN_KEY.search(errors):
        raise PkiError("key_service_key_missing")
    if status == 403:
        raise PkiError("key_service_refused")
    if status == 400:
        raise _RefusedInputError(errors)
    if status in {412, 429, 472, 473} or status >= 500:
        raise PkiError("key_service_unavailable")
    raise PkiError("key_service_failed")


def _version(key_id: str) -> int:
    return int(key_id.rpartition(":v")[2])


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _place(context: bytes) -> dict[str, str]:
    """Return the parameters that bind a data key to `context`. Its digest keeps ids out of the logs of the service."""
    digest = _encoded(hashlib.sha256(context).digest())
    return {"associated_data": digest, "context": digest}
