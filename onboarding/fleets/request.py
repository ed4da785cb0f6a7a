"""The request for the fleets (client ID in the query, Basic, both media types), and the reply as it came."""

import base64
import json
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus, unquote, urlsplit, urlunsplit

import httpcore2
from cryptography import x509

from onboarding.fleets.tls import ClientIdentity, client_context
from onboarding.fleets.wire import Wire

ACCEPT = "application/hal+json, application/json;q=0.9"
USER_AGENT = "fleet-api-onboarding"


@dataclass(frozen=True)
class Endpoint:
    """Where the API is: `base_url` over https; `proxy` an http:// address, with `login:password@` if it wants one."""

    base_url: str
    proxy: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The host's name; "" where the address can't be used."""
        return _place(self.base_url)[0]

    @property
    def port(self) -> int:
        """443, unless the address says otherwise."""
        return _place(self.base_url)[1] or 443

    @property
    def proxy_host(self) -> str:
        """The proxy's host and port, without its login; "" where there is none, or its address can't be used."""
        host, port = _place(self.proxy or "")
        return f"{host}:{port or 80}" if host else ""

    def fleets_url(self, client_id: str) -> str:
        """The address of the collection of fleets for an application."""
        return f"{self.base_url.rstrip('/')}/fleets?client_id={quote(client_id, safe='', errors='replace')}"


@lru_cache(maxsize=16)
def _place(address: str) -> tuple[str, int | None]:
    """Host and port of an address (RFC 3986), as far as they stand in it; no host of one that is malformed."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return NOWHERE
    return (host, port) if address.isascii() and address.isprintable() and " " not in address else NOWHERE


NOWHERE = ("", None)


@dataclass(frozen=True)
class Credentials:
    """What the operator recognises a partner by. `anchors` None means the system's trust store.

    `passphrase` is only compared with the password, which people mix up; "" where it is not known.
    """

    identity: ClientIdentity | None
    anchors: tuple[x509.Certificate, ...] | None
    login: str
    password: str = field(repr=False)
    client_id: str
    passphrase: str = field(default="", repr=False)

    @property
    def authorization(self) -> str:
        """The Basic header (RFC 7617); the password in UTF-8."""
        # "replace", because the error would hold the password.
        return "Basic " + base64.b64encode(f"{self.login}:{self.password}".encode(errors="replace")).decode("ascii")

    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, in the forms in which a server could send it back."""
        forms = {*_forms(self.password), *_forms(self.passphrase), self.authorization.partition(" ")[2]}
        return tuple(sorted((one for one in forms if one), key=len, reverse=True))


def _forms(secret: str) -> set[str]:
    """As typed; in an address, in JSON and in HTML; with its spaces run together; in UTF-8 taken for Latin-1."""
    if secret.isascii() and secret.isalnum():
        return {secret}
    addresses = {
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    }
    marked = {escape(secret), escape(secret, quote=False), escape(secret).replace("&#x27;", "&#39;")}
    literals = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    misread = {secret.encode(errors="replace").decode("latin-1"), " ".join(secret.split())}
    return {secret} | addresses | marked | literals | misread


@dataclass(frozen=True)
class Variation:
    """How a control experiment differs from the request: each is left out, or replaced by the system's."""

    certificate: bool = True
    basic: bool = True
    system_trust: bool = False
    tls_1_2: bool = False

    def context(self, credentials: Credentials) -> ssl.SSLContext:
        """The context that is used (ssl.SSLError: OpenSSL refuses the identity)."""
        identity = credentials.identity if self.certificate else None
        context = client_context(identity, None if self.system_trust else credentials.anchors)
        if self.tls_1_2:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


AS_IT_IS = Variation()


@dataclass(frozen=True)
class Reply:
    """What came back: header names in lower case, the body decoded, `cut` where it was longer than allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


def send(
    endpoint: Endpoint, credentials: Credentials, context: ssl.SSLContext, wire: Wire, limit: int, *, basic: bool
) -> Reply:
    """Make the request over `wire`, with Basic or without; follows nothing, and reads at most `limit` bytes of body.

    Raises what the connection met: OSError (with ssl.SSLError and TimeoutError), or an httpcore2 exception.
    """
    headers: dict[bytes | str, bytes | str] = {
        "Host": endpoint.host if endpoint.port == 443 else f"{_bracketed(endpoint.host)}:{endpoint.port}",
        "Accept": ACCEPT,
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "Connection": "close",
    }
    if basic:
        headers["Authorization"] = credentials.authorization
    url = endpoint.fleets_url(credentials.client_id)
    with _connection(endpoint, context, wire) as connection, connection.stream("GET", url, headers=headers) as response:
        return _reply(response, wire, limit)


def _reply(response: httpcore2.Response, wire: Wire, limit: int) -> Reply:
    stages = wire.stages
    stages.enter("status")
    stages.detail = str(response.status)
    stages.leave(ok=response.status == 200)
    named = {name.decode("latin-1").lower(): _text(value) for name, value in response.headers}
    stages.enter("content type")
    stages.detail = named.get("content-type", "none")
    stages.enter("body")
    raw, cut = _read(response, limit)
    body, cut = _decoded(raw, named.get("content-encoding", ""), limit, cut=cut)
    stages.detail = f"{len(body)} bytes"
    return Reply(response.status, named, body, cut)


def _text(value: bytes) -> str:
    """A header's value: most servers that go beyond ASCII send UTF-8, and anything is Latin-1 (RFC 9110, 5.5)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _connection(
    endpoint: Endpoint, context: ssl.SSLContext, wire: Wire
) -> httpcore2.HTTPConnection | httpcore2.ConnectionPool:
    if not endpoint.proxy:
        origin = httpcore2.Origin(b"https", endpoint.host.encode("ascii"), endpoint.port)
        return httpcore2.HTTPConnection(origin, ssl_context=context, network_backend=wire)
    wire.proxied = True
    parts = urlsplit(endpoint.proxy)
    login = (unquote(parts.username).encode(), unquote(parts.password or "").encode()) if parts.username else None
    address = urlunsplit(("http", parts.netloc.rpartition("@")[2], "", "", ""))
    return httpcore2.HTTPProxy(address, proxy_auth=login, ssl_context=context, network_backend=wire)


def _read(response: httpcore2.Response, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


def _decoded(raw: bytes, encoding: str, limit: int, *, cut: bool) -> tuple[bytes, bool]:
    """The body of a server that compresses although it was asked not to; no more than `limit` bytes of it."""
    if encoding.lower() not in {"gzip", "deflate"}:
        return raw, cut
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        body = unpack.decompress(raw, limit)
    except zlib.error:
        return raw, cut
    return body, cut or bool(unpack.unconsumed_tail)
