"""The request for the fleets (client ID in the query, Basic, both media types), and the reply as it came."""

import base64
import json
import re
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus, unquote, urlsplit

import h11
from cryptography import x509

from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.timing import Stages
from onboarding.fleets.connecting.tls import ClientIdentity, client_context

HEAD_LIMIT = 100 * 1024  # bytes of status line and headers
READ_BYTES = 64 * 1024  # bytes of one read

Headers = Sequence[tuple[str, str]]


class HungUpError(Exception):
    """The other side closed the connection before it answered anything."""


class ProxyRefusedError(Exception):
    """A proxy did not connect to where it was asked to; `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Exchange:
    """A request and its answer. Raises what the wire meets (OSError), h11.RemoteProtocolError and HungUpError."""

    def __init__(self, wire: Connection) -> None:
        self._wire = wire
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)

    def ask(self, method: str, target: str, headers: Headers) -> h11.Response | h11.InformationalResponse:
        """Send a request without a body; the head of the answer, which is no interim one but for a 101."""
        asked = self._http.send(h11.Request(method=method, target=target, headers=list(headers))) or b""
        asked += self._http.send(h11.EndOfMessage()) or b""
        try:
            self._wire.write(asked)
        except TimeoutError:
            raise
        except OSError:  # whoever stops listening may have answered first, which says more
            pass
        while True:
            event = self._next()
            if isinstance(event, h11.Response) or (isinstance(event, h11.InformationalResponse) and _switches(event)):
                return event

    def body(self) -> Iterator[bytes]:
        """The answer's body as it comes."""
        while isinstance(event := self._next(), h11.Data):
            yield bytes(event.data)

    def _next(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = self._wire.read(READ_BYTES)
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise HungUpError
            self._http.receive_data(data)
        return event  # type: ignore[return-value]  # NEED_DATA is left behind above


def _switches(event: h11.InformationalResponse) -> bool:
    return event.status_code == 101


def tunnel(wire: Connection, place: str, authorization: str) -> None:
    """Have a proxy connect to `place`, host:port (RFC 9110, 9.3.6); ProxyRefusedError, and what an Exchange raises."""
    headers = [("Host", place), ("Accept", "*/*")]
    if authorization:
        headers.append(("Proxy-Authorization", authorization))
    status = Exchange(wire).ask("CONNECT", place, headers).status_code
    if not 200 <= status < 300:
        raise ProxyRefusedError(status)


ACCEPT = "application/hal+json, application/json;q=0.9"
USER_AGENT = "fleet-api-onboarding"
PLAIN = re.compile(r"[A-Za-z0-9._~-]*")  # what nobody escapes (RFC 3986, 2.3)


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
    def proxy_place(self) -> tuple[str, int]:
        """The proxy's host and port; no host where there is none, or its address can't be used."""
        host, port = _place(self.proxy or "")
        return host, port or 80

    @property
    def proxy_host(self) -> str:
        """The same in words, without its login; "" where there is none."""
        host, port = self.proxy_place
        return f"{host}:{port}" if host else ""

    @property
    def proxy_authorization(self) -> str:
        """The Basic header for the proxy; "" where its address has no login."""
        parts = urlsplit(self.proxy or "")
        return _basic(unquote(parts.username), unquote(parts.password or "")) if parts.username else ""

    def fleets_url(self, client_id: str) -> str:
        """The address of the collection of fleets for an application."""
        return f"{self.base_url.rstrip('/')}/fleets?client_id={quote(client_id, safe='', errors='replace')}"

    def fleets_target(self, client_id: str) -> str:
        """The same without scheme and host, as a request names it (RFC 9112, 3.2.1)."""
        return "/" + self.fleets_url(client_id).split("/", 3)[3]


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
        return _basic(self.login, self.password)

    def secrets(self) -> tuple[str, ...]:
        """What must never be shown, in the forms in which a server could send it back."""
        forms = {*_forms(self.password), *_forms(self.passphrase), self.authorization.partition(" ")[2]}
        return tuple(sorted((one for one in forms if one), key=len, reverse=True))


def _basic(user: str, password: str) -> str:
    # "replace", because the error would hold the password.
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(errors="replace")).decode("ascii")


def _forms(secret: str) -> set[str]:
    """As typed; in an address, in JSON and in HTML; with its spaces run together; in UTF-8 taken for Latin-1."""
    if PLAIN.fullmatch(secret):
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


UNCHANGED = Variation()


@dataclass(frozen=True)
class Response:
    """What came back: header names in lower case, the body decoded, `cut` where it was longer than allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


def send_request(
    endpoint: Endpoint, credentials: Credentials, context: ssl.SSLContext, wire: Connection, limit: int, *, basic: bool
) -> Response:
    """Make the request over `wire`, with Basic or without; follows nothing, and reads at most `limit` bytes of body.

    Raises what the connection met: OSError (with ssl.SSLError and TimeoutError), or what `http` raises.
    """
    place = f"{_bracketed(endpoint.host)}:{endpoint.port}"
    headers = [
        ("Host", place.removesuffix(":443")),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "identity"),
        ("User-Agent", USER_AGENT),
        ("Connection", "close"),
    ]
    if basic:
        headers.append(("Authorization", credentials.authorization))
    with wire:
        if endpoint.proxy:
            wire.proxied = True
            wire.connect(*endpoint.proxy_place)
            wire.stages.enter("proxy")
            tunnel(wire, place, endpoint.proxy_authorization)
        else:
            wire.connect(endpoint.host, endpoint.port)
        wire.start_tls(context, endpoint.host)
        exchange = Exchange(wire)
        head = exchange.ask("GET", endpoint.fleets_target(credentials.client_id), headers)
        return _reply(head, exchange, wire.stages, limit)


def _reply(head: h11.Response | h11.InformationalResponse, exchange: Exchange, stages: Stages, limit: int) -> Response:
    stages.enter("status")
    stages.detail = str(head.status_code)
    stages.leave(ok=head.status_code == 200)
    named = {name.decode("ascii"): _text(value) for name, value in head.headers}
    stages.enter("content type")
    stages.detail = named.get("content-type", "none")
    stages.enter("body")
    raw, cut = _read(exchange, limit)
    body, cut = _decoded(raw, named.get("content-encoding", ""), limit, cut=cut)
    stages.detail = f"{len(body)} bytes"
    return Response(head.status_code, named, body, cut)


def _text(value: bytes) -> str:
    """A header's value: most servers that go beyond ASCII send UTF-8, and anything is Latin-1 (RFC 9110, 5.5)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _read(exchange: Exchange, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in exchange.body():
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
