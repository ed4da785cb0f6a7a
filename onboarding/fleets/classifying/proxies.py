"""The verdict on a proxy: what it refused, how it wants to be logged in to, or what it is instead of a proxy."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from onboarding.fleets.classifying.protocols import HTTP_AT_TLS_PORT, observe_protocol
from onboarding.fleets.classifying.response_headers import authentication_schemes
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Endpoint, ProxyRefusedError
from onboarding.fleets.connecting.timing import StageName
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Verdict

PROXY_LOGIN_REQUIRED, NETWORK_LOGIN_REQUIRED = 407, 511  # RFC 9110, 15.5.8; RFC 6585, 6
# The variant of the verdict, by the protocol that the first bytes look like.
NOT_HTTP = {"SSH": "ssh", "SMTP": "mail", "IMAP": "mail", "POP3": "mail", "SOCKS": "socks", "TLS": "tls"}
# Statuses of web servers that do not know CONNECT. A proxy that refuses says so with another one, or names itself.
WEB_SERVER_STATUSES = {200, 400, 404, 405, 501}
PROXY_HEADERS = {
    "via",
    "x-squid-error",
    "proxy-agent",
    "proxy-connection",
    "proxy-authenticate",
    "x-cache",
    "x-cache-lookup",
}
PROXY_PRODUCTS = re.compile(
    r"squid|blue ?coat|zscaler|skyhigh|mcafee|forcepoint|websense|cntlm|tinyproxy|privoxy|fortiproxy|proxy",
    re.IGNORECASE,
)
NAME_NOT_FOUND = re.compile(rb"ERR_DNS_FAIL|DNS|could not be resolved|unknown host|host not found", re.IGNORECASE)

ProxyParams = dict[str, str | int]


def classify_proxy(
    error: Exception, stage: StageName, params: ProxyParams, endpoint: Endpoint, connection: Connection
) -> Verdict:
    """Return the verdict on an `error` before the proxy had connected to the gateway."""
    if stage != StageName.PROXY:
        return Verdict("proxy_unreachable", params, observations=(Observation("proxy_connection_failed"),))
    if not isinstance(error, ProxyRefusedError):
        return _classify_no_reply(error, params, connection)
    verdict = _classify_refusal(error, params | {"status": error.status}, endpoint, connection)
    return replace(verdict, observations=(Observation("proxy_status"), *verdict.observations))


def _classify_refusal(
    error: ProxyRefusedError, params: ProxyParams, endpoint: Endpoint, connection: Connection
) -> Verdict:
    """Return the verdict on a reply in HTTP that is not a success."""
    if error.status == PROXY_LOGIN_REQUIRED:
        return _classify_login(error, params, endpoint)
    if HTTP_AT_TLS_PORT.search(connection.proxy_reply.decode("latin-1")):
        return Verdict("not_a_proxy", params, "tls")
    if error.status == NETWORK_LOGIN_REQUIRED or 300 <= error.status < 400:
        return Verdict("proxy_portal", params, observations=tuple(_observe_portal(error)))
    if error.status in WEB_SERVER_STATUSES and not _names_itself_a_proxy(error):
        return Verdict("not_a_proxy", params, "web")
    if 400 <= error.status < 500:
        return Verdict("proxy_refuses", params)
    return Verdict("proxy_failed", params, "name" if NAME_NOT_FOUND.search(connection.proxy_reply) else "status")


def _observe_portal(error: ProxyRefusedError) -> Iterator[Observation]:
    """Yield the host of the page that the proxy redirects to. The rest of the address may contain this request."""
    for location in error.values("location")[:1]:
        try:
            host = urlsplit(location).hostname
        except ValueError:
            return
        if host:
            yield Observation("portal", {"target": host})


def _classify_no_reply(error: Exception, params: ProxyParams, connection: Connection) -> Verdict:
    """Return the verdict if the reply is not HTTP, or if there is none.

    The first bytes themselves are not shown: a server may repeat the request, which has the login for the proxy.
    """
    reply = connection.proxy_reply
    if not reply or reply.startswith(b"HTTP/"):
        return Verdict("proxy_failed", params, "timeout" if isinstance(error, TimeoutError) else "")
    seen = observe_protocol(reply)
    variant = NOT_HTTP.get(str(seen.params.get("protocol", "")), "")
    return Verdict("not_a_proxy", params, variant, observations=(seen,))


def _classify_login(error: ProxyRefusedError, params: ProxyParams, endpoint: Endpoint) -> Verdict:
    """Return the verdict on a proxy that requires a login, by the schemes that it offers."""
    schemes = authentication_schemes(error.values("proxy-authenticate"))
    if schemes and "basic" not in map(str.lower, schemes):
        return Verdict("proxy_wants_login", params | {"schemes": ", ".join(schemes)}, "scheme")
    if not endpoint.proxy_authorization:
        return Verdict("proxy_wants_login", params, "missing")
    return Verdict("proxy_wants_login", params, "refused", confidence_override=None if schemes else Confidence.PROBABLE)


def _names_itself_a_proxy(error: ProxyRefusedError) -> bool:
    has_header = any(name in PROXY_HEADERS for name, _ in error.headers)
    return has_header or any(PROXY_PRODUCTS.search(value) for value in error.values("server"))
