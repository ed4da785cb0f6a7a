"""The request for the fleets (client ID in the query, Basic authentication, two media types), and its response."""

import base64
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

import h11
from cryptography import x509

from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.encodings import UndecodableError, decode_body
from onboarding.fleets.connecting.timing import StageName, Stages
from onboarding.fleets.connecting.tls import ClientIdentity, client_context
from onboarding.messages.verdict import StageNote

LISTS = {"www-authenticate", "proxy-authenticate", "via", "content-encoding"}  # headers that often come repeated
RESPONSE_HEAD_LIMIT = 100 * 1024  # bytes of status line and headers
READ_BYTES = 64 * 1024  # bytes of one read

Headers = Sequence[tuple[str, str]]


class NoResponseError(Exception):
    """The server closed the connection before it sent a byte of a response."""


class ProxyRefusedError(Exception):
    """A proxy refused to connect to the gateway; `status` and `headers` (names in lower case) are its response's."""

    def __init__(self, status: int, headers: Headers = ()) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers

    def values(self, name: str) -> list[str]:
        """Return the values of every header called `name`."""
        return [value for header, value in self.headers if header == name]


class Exchange:
    """One HTTP request and its response.

    Its methods raise what the connection raises (OSError), h11.RemoteProtocolError, and NoResponseError.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=RESPONSE_HEAD_LIMIT)

    def request(self, method: str, target: str, headers: Headers) -> h11.Response | h11.InformationalResponse:
        """Send a request without a body, and return the head of the response. Skips interim responses except a 101."""
        data = self._http.send(h11.Request(method=method, target=target, headers=list(headers))) or b""
        data += self._http.send(h11.EndOfMessage()) or b""
        try:
            self._connection.write(data)
        except TimeoutError:
            raise
        except OSError:  # the server may have responded before it stopped reading; its response is more informative
            pass
        while True:
            event = self._next_event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return event

    def body(self) -> Iterator[bytes]:
        """Yield the body of the response as it arrives."""
        while isinstance(event := self._next_event(), h11.Data):
            yield bytes(event.data)

    def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = self._connection.read(READ_BYTES)
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise NoResponseError
            self._http.receive_data(data)
        return event  # type: ignore[return-value]  # the loop ends only when it is not NEED_DATA


def open_tunnel(connection: Connection, host_and_port: str, authorization: str) -> None:
    """Have a proxy connect to `host_and_port` (RFC 9110, 9.3.6).

    Raise ProxyRefusedError if it refuses, and what an Exchange raises.
    """
    headers = [("Host", host_and_port), ("Accept", "*/*")]
    if authorization:
        headers.append(("Proxy-Authorization", authorization))
    head = Exchange(connection).request("CONNECT", host_and_port, headers)
    received = [(name.decode("ascii"), _decode_header(value)) for name, value in head.headers]
    if not 200 <= head.status_code < 300 or _announces_page(received):
        raise ProxyRefusedError(head.status_code, received)


def _announces_page(headers: Headers) -> bool:
    """Return whether a web page follows the headers: a web server answers so to a method that it does not know."""
    values = dict(headers)
    return "html" in values.get("content-type", "").lower() and values.get("content-length", "0") != "0"


PROXY_VARIABLES = {"https_proxy", "all_proxy", "no_proxy"}
ACCEPT = "application/hal+json, application/json;q=0.9"
USER_AGENT = "fleet-api-onboarding"


@dataclass(frozen=True)
class Endpoint:
    """The API's address. `base_url` uses https. `proxy` is an http:// address, with `login:password@` if needed.

    `unused_proxy` is the address of a proxy that this machine's environment names for the API, if it is not used.
    """

    base_url: str = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    unused_proxy: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The host; "" if the address can't be used."""
        return _host_and_port(self.base_url)[0]

    @property
    def port(self) -> int:
        """The port; 443 if the address has none."""
        return _host_and_port(self.base_url)[1] or 443

    @property
    def shown_url(self) -> str:
        """The address without a login, which somebody may have put into it."""
        scheme, separator, rest = self.base_url.partition("://")
        authority, slash, path = rest.partition("/")
        return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}" if separator else self.base_url

    @property
    def has_login(self) -> bool:
        """Whether the address contains a login."""
        return self.shown_url != self.base_url

    @property
    def is_public_name(self) -> bool:
        """Whether the host is a name of the internet: no address, and no name of a local network."""
        host = self.host.rstrip(".").lower()
        labels = host.split(".")
        is_name = not labels[-1].isdigit() and ":" not in host
        return is_name and len(labels) > 1 and labels[-1] not in LOCAL_DOMAINS

    @property
    def unused_proxy_name(self) -> str:
        """The unused proxy as host:port, without its login."""
        host, port = _host_and_port(self.unused_proxy if "://" in self.unused_proxy else f"http://{self.unused_proxy}")
        return f"{host}:{port or 80}" if host else ""

    @property
    def proxy_host_and_port(self) -> tuple[str, int]:
        """The proxy's host and port; the host is "" if there is no proxy, or its address can't be used."""
        host, port = _host_and_port(self.proxy or "")
        return host, port or 80

    @property
    def proxy_name(self) -> str:
        """The proxy as host:port, without its login; "" if there is none."""
        host, port = self.proxy_host_and_port
        return f"{host}:{port}" if host else ""

    @property
    def proxy_authorization(self) -> str:
        """The Basic header for the proxy; "" if its address has no login."""
        parts = urlsplit(self.proxy or "")
        return _basic(unquote(parts.username), unquote(parts.password or "")) if parts.username else ""

    def fleets_url(self, client_id: str) -> str:
        """Return the URL of the collection of fleets for a client ID."""
        return f"{self.base_url.rstrip('/')}/fleets?client_id={quote(client_id, safe='', errors='replace')}"

    def fleets_target(self, client_id: str) -> str:
        """Return the URL without scheme and host, as a request line contains it (RFC 9112, 3.2.1)."""
        return "/" + self.fleets_url(client_id).split("/", 3)[3]


UNUSABLE_ADDRESS = ("", None)
# Domains for local use (RFC 6761, 6762 and 9476; ICANN's resolution on .internal), and for tests.
LOCAL_DOMAINS = {"localhost", "local", "internal", "lan", "home", "corp", "test", "alt", "arpa"}


@lru_cache(maxsize=16)
def _host_and_port(address: str) -> tuple[str, int | None]:
    """Return host and port of a URL (RFC 3986), "" and None if missing; UNUSABLE_ADDRESS if the URL is malformed."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return UNUSABLE_ADDRESS
    is_usable = address.isascii() and address.isprintable() and " " not in address
    return (host, port) if is_usable else UNUSABLE_ADDRESS


@dataclass(frozen=True)
class Credentials:
    """What identifies the partner to the gateway, and the gateway to the partner.

    If `anchors` is None, the system's trust store is used. `passphrase` is only compared with the password, because
    people confuse them; "" if it is not known. Login and password go to a server that requests no client certificate
    only if `send_password_anyway`.
    """

    identity: ClientIdentity | None
    anchors: tuple[x509.Certificate, ...] | None
    login: str
    password: str = field(repr=False)
    client_id: str
    passphrase: str = field(default="", repr=False)
    send_password_anyway: bool = False

    @property
    def authorization(self) -> str:
        """The Basic header (RFC 7617), with the password in UTF-8."""
        return _basic(self.login, self.password)


def _basic(user: str, password: str) -> str:
    # "replace", because an encoding error would contain the password.
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(errors="replace")).decode("ascii")


NO_CHECK_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME


@dataclass(frozen=True)
class Variation:
    """How a control experiment differs from the request.

    Without `certificate`, `basic` or `client_id`, the request is sent without them. `system_trust` replaces the anchors
    by the system's trust store, `tls_1_2` limits the version. Without `check_time`, the server is verified as if every
    certificate were valid now; without `verify`, any server is accepted.
    """

    certificate: bool = True
    basic: bool = True
    client_id: bool = True
    system_trust: bool = False
    tls_1_2: bool = False
    check_time: bool = True
    verify: bool = True

    def context(self, credentials: Credentials) -> ssl.SSLContext:
        """Return the context to connect with. Raise ssl.SSLError if OpenSSL refuses the identity."""
        identity = credentials.identity if self.certificate else None
        context = client_context(identity, None if self.system_trust else credentials.anchors)
        if not self.check_time:
            context.verify_flags |= NO_CHECK_TIME
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.tls_1_2:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


UNCHANGED = Variation()


@dataclass(frozen=True)
class Response:
    """A response: header names in lower case, the body decompressed. `is_cut`: the body was longer than allowed.

    `is_undecodable`: the body is as it came, because it can't be decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False
    is_undecodable: bool = False


def send_request(
    endpoint: Endpoint,
    credentials: Credentials,
    context: ssl.SSLContext,
    connection: Connection,
    limit: int,
    *,
    basic: bool,
) -> Response:
    """Send the request over `connection`, with or without Basic, and return the response.

    Basic is withheld from a server that did not request a client certificate in the handshake, unless the credentials
    allow it: the partners' gateway requests one, so another server answered. Then `connection.basic_withheld` is set.
    Follows no redirect, and reads at most `limit` bytes of the body. Raise what the connection raises (OSError, which
    includes ssl.SSLError and TimeoutError), and what an Exchange raises.
    """
    host_and_port = f"{_bracketed(endpoint.host)}:{endpoint.port}"
    headers = [
        ("Host", host_and_port.removesuffix(":443")),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "identity"),
        ("User-Agent", USER_AGENT),
        ("Connection", "close"),
    ]
    with connection:
        connect(connection, endpoint)
        connection.start_tls(context, endpoint.host)
        connection.basic_withheld = (
            basic and not credentials.send_password_anyway and not connection.handshake.requested_certificate
        )
        if basic and not connection.basic_withheld:
            headers.append(("Authorization", credentials.authorization))
        exchange = Exchange(connection)
        head = exchange.request("GET", endpoint.fleets_target(credentials.client_id), headers)
        return _read_response(head, exchange, connection.stages, limit)


def connect(connection: Connection, endpoint: Endpoint) -> None:
    """Connect to the endpoint, through its proxy if it has one. Raise OSError, and what `open_tunnel` raises."""
    if not endpoint.proxy:
        connection.connect(endpoint.host, endpoint.port)
        return
    connection.is_proxied = True
    connection.connect(*endpoint.proxy_host_and_port)
    connection.stages.enter(StageName.PROXY)
    open_tunnel(connection, f"{_bracketed(endpoint.host)}:{endpoint.port}", endpoint.proxy_authorization)


def _read_response(
    head: h11.Response | h11.InformationalResponse, exchange: Exchange, stages: Stages, limit: int
) -> Response:
    stages.enter(StageName.STATUS)
    stages.detail = str(head.status_code)
    stages.leave(ok=head.status_code == 200)
    headers = _read_headers(head)
    stages.enter(StageName.CONTENT_TYPE)
    if "content-type" in headers:
        stages.detail = headers["content-type"]
    else:
        stages.note = StageNote("content_type_missing")
    stages.enter(StageName.BODY)
    raw, is_cut = _read_body(exchange, limit)
    try:
        body, is_longer = (raw, False) if is_cut else decode_body(raw, headers.get("content-encoding", ""), limit)
    except UndecodableError:
        stages.note = StageNote("body_size", {"size": len(raw)})
        return Response(head.status_code, headers, raw, is_cut, is_undecodable=True)
    stages.note = StageNote("body_size", {"size": len(body)})
    return Response(head.status_code, headers, body, is_cut or is_longer)


def _read_headers(head: h11.Response | h11.InformationalResponse) -> dict[str, str]:
    """Return the headers. The values of a repeated list are joined by commas (RFC 9110, 5.3); else the last counts."""
    headers: dict[str, str] = {}
    for name, value in head.headers:
        key, text = name.decode("ascii"), _decode_header(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers and key in LISTS else text
    return headers


def _decode_header(value: bytes) -> str:
    """Return a header's value: UTF-8, as most servers send it, else Latin-1, which fits any bytes (RFC 9110, 5.5)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def environment_proxy(environment: Mapping[str, str], host: str) -> str:
    """Return the address of the proxy that `environment` names for https:// at `host`, as cURL finds it; "" if none."""
    names = {name.lower(): value.strip() for name, value in environment.items() if name.lower() in PROXY_VARIABLES}
    proxy = names.get("https_proxy") or names.get("all_proxy", "")
    for exempt in names.get("no_proxy", "").lower().split(","):
        suffix = exempt.strip().removeprefix("*").removeprefix(".")
        if exempt.strip() == "*" or (suffix and (host.lower() == suffix or host.lower().endswith(f".{suffix}"))):
            return ""
    return proxy


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _read_body(exchange: Exchange, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in exchange.body():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False
