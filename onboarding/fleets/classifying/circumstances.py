"""What the client's own side adds to a verdict: its name lookup, its trust store, its proxy, and the values it sent."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import replace

from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint
from onboarding.messages.verdict import Observation, Remark, Verdict

# Addresses that a filter, a resolver or a hosts file gives instead of the real one, and the variant of the verdict.
# 127.0.53.53: ICANN's mark of a name collision. 146.112.61.104 to .110: OpenDNS' block pages. 198.18.0.0/15: for
# benchmarks (RFC 2544), and used by programs that redirect all traffic ("fake IP").
THIS_MACHINE, NO_SUBSTITUTE = "", "none"
SUBSTITUTES = tuple(
    (ipaddress.ip_network(network), variant)
    for network, variant in (
        ("127.0.53.53/32", "collision"), ("127.0.0.0/8", THIS_MACHINE), ("::1/128", THIS_MACHINE),
        ("0.0.0.0/8", "nowhere"), ("::/128", "nowhere"), ("198.18.0.0/15", "redirected"),
        ("146.112.61.104/29", "block_page"), ("100::/64", "nowhere"), ("192.0.2.0/24", "nowhere"),
    )
)  # fmt: skip
SHARED = ipaddress.ip_network("100.64.0.0/10")  # of providers and of some VPNs (RFC 6598)
# Failures for which another machine than the gateway may be the cause.
BEFORE_THE_GATEWAY = {
    "connect_refused", "connect_timeout", "connect_reset", "network_unreachable", "not_tls", "tls_closed", "tls_hang",
    "tls_refused", "tls_failed", "tls_host_unknown", "tls_too_old", "tls_1_3_fails", "server_ca_mismatch",
    "proxy_intercepts", "server_self_signed", "server_name_mismatch", "server_chain_incomplete",
    "server_certificate_expired", "server_certificate_not_yet_valid", "server_certificate_refused",
}  # fmt: skip
WITHOUT_PROXY = BEFORE_THE_GATEWAY | {"dns_failed", "dns_unanswered", "name_redirected"}
REFUSALS_OF_CERTIFICATE = {
    "client_certificate_unknown_ca", "client_certificate_refused", "client_certificate_probably_refused",
    "client_chain_incomplete", "client_certificate_unsupported", "client_proof_refused", "connection_dropped",
    "client_certificate_not_sent",
}  # fmt: skip
# By the code of a remark: the verdicts that it explains. The explanation has the code of the remark.
EXPLAINED = {
    "passphrase_as_password": {"password_rejected", "unauthorized"},
    "password_hidden_character": {"password_rejected", "unauthorized"},
    "password_in_quotes": {"password_rejected", "unauthorized"},
    "login_odd_letter": {"password_rejected", "unauthorized", "account_locked"},
    "client_id_odd_letter": {"client_id_unknown", "client_id_not_subscribed", "unauthorized", "bad_request"},
    "password_not_latin": {"password_rejected", "unauthorized"},
    "certificate_of_other_environment": REFUSALS_OF_CERTIFICATE,
    "ca_of_other_environment": {"server_ca_mismatch", "server_chain_incomplete"},  # an interceptor is no mix-up
    "client_id_of_other_environment": {"client_id_unknown", "client_id_not_subscribed", "unauthorized", "forbidden"},
    "address_of_other_environment": REFUSALS_OF_CERTIFICATE | {"client_id_unknown", "unauthorized", "not_found"},
}


def explain(
    verdict: Verdict, endpoint: Endpoint, credentials: Credentials, connection: Connection, remarks: Sequence[Remark]
) -> Verdict:
    """Return the `verdict` with what is known about the client's own side, or the verdict that explains it.

    The address that was connected to comes first: what answers there need not be the gateway.
    """
    verdict = _explain_address(verdict, endpoint, connection) if verdict.code in BEFORE_THE_GATEWAY else verdict
    by_code = {remark.code: remark for remark in remarks}
    for code, verdicts in EXPLAINED.items():
        if verdict.code in verdicts and code in by_code:
            params = {**verdict.params, **by_code[code].params}
            return Verdict(code, params, by_code[code].variant, observations=verdict.observations)
    if credentials.anchors is None and verdict.code in {"server_ca_mismatch", "proxy_intercepts"}:
        code = "proxy_intercepts" if verdict.has_observation("interception_product") else "server_ca_mismatch"
        return Verdict(code, verdict.params, "none_given", observations=verdict.observations)
    return verdict


def _explain_address(verdict: Verdict, endpoint: Endpoint, connection: Connection) -> Verdict:
    """Return the verdict on a name that has an address of another machine, or the `verdict` with that observation."""
    if connection.is_proxied or not connection.addresses or not endpoint.is_public_name:
        return verdict
    addresses = [ipaddress.ip_address(address.partition("%")[0]) for address in connection.addresses]
    variants = {_substitute(address) for address in addresses}
    params: dict[str, str | int] = {"host": endpoint.host, "address": ", ".join(connection.addresses[:3])}
    if NO_SUBSTITUTE not in variants:
        seen = Observation("failed_with", {"verdict": verdict.code})
        return Verdict("name_redirected", params, min(variants), observations=(*verdict.observations, seen))
    if any(_is_internal(address) for address in addresses):
        return replace(verdict, observations=(*verdict.observations, Observation("address_internal", params)))
    return verdict


def _is_internal(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    is_local = address.is_private or address.is_link_local or address in SHARED
    return is_local and _substitute(address) == NO_SUBSTITUTE


def _substitute(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Return the variant for an address that stands for another one; NO_SUBSTITUTE for any other address."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return next((variant for network, variant in SUBSTITUTES if mapped in network), NO_SUBSTITUTE)


def network_remarks(verdict: Verdict, endpoint: Endpoint) -> Iterator[Remark]:
    """Yield the remark on a proxy that this machine's environment names and this test does not use."""
    if endpoint.unused_proxy and not endpoint.proxy and verdict.code in WITHOUT_PROXY:
        yield Remark("proxy_not_used", {"proxy": endpoint.unused_proxy_name, "host": endpoint.host})
