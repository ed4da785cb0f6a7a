"""The request for the fleets (FACTS: client ID in the query, Basic, both media types), and the reply as it came."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import httpcore2

from onboarding.fleets.tls import ClientIdentity, client_context
from onboarding.fleets.wire import Wire

ACCEPT = "application/hal+json, application/json;q=0.9"
USER_AGENT = "fleet-api-onboarding"


@dataclass(frozen=True)
class Endpoint:
    """Where the API is: `base_url` without a trailing slash, over https; `proxy` an http:// address, or none."""

    base_url: str
    proxy: str | None = None

    @property
    def host(self) -> str:
        """The host's name."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def port(self) -> int:
        """443, unless the address says otherwise."""
        return urlsplit(self.base_url).port or 443

    def fleets_url(self, client_id: str) -> str:
        """The address of the collection of fleets for an application."""
        return f"{self.base_url.rstrip('/')}/fleets?client_id={quote(client_id, safe='')}"


@dataclass(frozen=True)
class Credentials:
    """What the operator recognises a partner by. `anchors` None means the system's trust store."""

    identity: ClientIdentity | None
    anchors: tuple[object, ...] | None
    login: str
    password: str = field(repr=False)
    client_id: str

    @property
    def authorization(self) -> str:
        """The Basic header (RFC 7617); the password in UTF-8."""
        return "Basic " + base64.b64encode(f"{self.login}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True)
class Reply:
    """What came back: header names in lower case, the body decoded, `cut` where it was longer than allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


def send(endpoint: Endpoint, credentials: Credentials, wire: Wire, body_limit: int) -> Reply:
    """Make the request over `wire`; follows nothing, and reads at most `body_limit` bytes.

    Raises what the connection met: OSError (with ssl.SSLError and TimeoutError), or an httpcore2 exception.
    """
    wire.stages.enter("preparation")
    context = client_context(credentials.identity, credentials.anchors)  # type: ignore[arg-type]  # certificates
    headers: dict[bytes | str, bytes | str] = {
        "Host": endpoint.host if endpoint.port == 443 else f"{endpoint.host}:{endpoint.port}",
        "Accept": ACCEPT,
        "Accept-Encoding": "identity",
        "Authorization": credentials.authorization,
        "User-Agent": USER_AGENT,
        "Connection": "close",
    }
    url = endpoint.fleets_url(credentials.client_id)
    with _pool(endpoint, context, wire) as pool, pool.stream("GET", url, headers=headers) as response:
        wire.stages.enter("answer")
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        raw, cut = _read(response, body_limit)
        body, cut = _decoded(raw, named.get("content-encoding", ""), body_limit, cut=cut)
        wire.stages.leave(ok=True)
        return Reply(response.status, named, body, cut)


def _pool(endpoint: Endpoint, context: object, wire: Wire) -> httpcore2.ConnectionPool:
    if endpoint.proxy:
        return httpcore2.HTTPProxy(endpoint.proxy, ssl_context=context, network_backend=wire)  # type: ignore[arg-type]
    return httpcore2.ConnectionPool(ssl_context=context, network_backend=wire)  # type: ignore[arg-type]


def _read(response: httpcore2.Response, limit: int) -> tuple[bytes, bool]:
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limit:
            return body[:limit], True
    return body, False


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
