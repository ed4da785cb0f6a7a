"""Proxies that want another login, that are no proxies, or that can't reach the gateway, each by its first reply."""

import pytest

from onboarding.fleets.connecting.request import Endpoint
from onboarding.fleets.diagnosis import diagnose
from tests.fleets.conftest import QUICK
from tests.fleets.connecting.test_connection import BASE, Proxy

GATEWAY = f"https://127.0.0.1:9{BASE}"


def head(status, *headers, body=""):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def authenticate(*challenges):
    return head("407 Proxy Authentication Required", *(f"Proxy-Authenticate: {challenge}" for challenge in challenges))


# (what it is, its first reply, verdict, variant, confidence)
REPLIES = [
    ("Negotiate", authenticate("Negotiate"), "proxy_wants_login", "scheme", "certain"),
    ("NTLM", authenticate("NTLM"), "proxy_wants_login", "scheme", "certain"),
    ("Negotiate and NTLM in one line", authenticate("Negotiate, NTLM"), "proxy_wants_login", "scheme", "certain"),
    ("Digest", authenticate('Digest realm="basic", nonce="b, Basic c"'), "proxy_wants_login", "scheme", "certain"),
    ("Basic, too", authenticate("Negotiate", "NTLM", 'BASIC realm="x"'), "proxy_wants_login", "missing", "certain"),
    ("no scheme", authenticate(), "proxy_wants_login", "missing", "certain"),
    ("squid refuses", head("403 Forbidden", "X-Squid-Error: ERR_ACCESS_DENIED 0"), "proxy_refuses", "", "certain"),
    ("squid, bad request", head("400 Bad Request", "Server: squid/6.6"), "proxy_refuses", "", "certain"),
    ("a portal", head("302 Found", "Location: https://portal.example/"), "proxy_portal", "", "probable"),
    ("a network login", head("511 Network Authentication Required"), "proxy_portal", "", "probable"),
    ("nginx", head("405 Not Allowed", "Server: nginx"), "not_a_proxy", "web", "probable"),
    ("Apache", head("400 Bad Request", "Server: Apache"), "not_a_proxy", "web", "probable"),
    ("Python", head("501 Unsupported method ('CONNECT')"), "not_a_proxy", "web", "probable"),
    ("a page", head("200 OK", "Content-Type: text/html", body="<html>"), "not_a_proxy", "web", "probable"),
    (
        "nginx with TLS", head("400 Bad Request", body="400 The plain HTTP request was sent to HTTPS port"),
        "not_a_proxy", "tls", "probable",
    ),
    ("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x46", "not_a_proxy", "tls", "probable"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2p1\r\n", "not_a_proxy", "ssh", "certain"),
    ("SMTP", b"220 mail.example ESMTP\r\n", "not_a_proxy", "mail", "probable"),
    ("IMAP", b"* OK IMAP4rev1 ready\r\n", "not_a_proxy", "mail", "probable"),
    ("POP3", b"+OK ready\r\n", "not_a_proxy", "mail", "probable"),
    ("SOCKS 5", b"\x05\xff", "not_a_proxy", "socks", "probable"),
    ("SOCKS 4", b"\x00\x5b\x00\x00\x00\x00\x00\x00", "not_a_proxy", "socks", "probable"),
    ("something else", b"hello\r\n\r\n", "not_a_proxy", "", "probable"),
    ("no name", head("503 Service Unavailable", "X-Squid-Error: ERR_DNS_FAIL 0"), "proxy_failed", "name", "probable"),
    ("no way", head("503 Unavailable", "X-Squid-Error: ERR_CONNECT_FAIL 111"), "proxy_failed", "status", "probable"),
    ("late", head("504 Gateway Timeout"), "proxy_failed", "status", "probable"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "code", "variant", "confidence"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES]
)
def test_a_proxy_is_told_from_what_is_none(credentials, reply, code, variant, confidence):
    """The verdict says what answered, and belongs to the network."""
    with Proxy(reply) as proxy:
        verdict = diagnose(Endpoint(GATEWAY, f"http://{proxy.address}"), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.variant, verdict.confidence, verdict.owner) == (code, variant, confidence, "network")


@pytest.mark.parametrize(
    "target", ["https://sso.acme.example/login?cfru=aHR0cHM6", "//sso.acme.example:8443/", "/login", "https://["]
)
def test_the_host_of_a_portal_is_named(credentials, target):
    """Not the rest of its address, which often contains the request."""
    with Proxy(head("302 Found", f"Location: {target}")) as proxy:
        verdict = diagnose(Endpoint(GATEWAY, f"http://{proxy.address}"), credentials, limits=QUICK).verdict
    hosts = [seen.params["target"] for seen in verdict.observations if seen.code == "portal"]
    assert hosts == (["sso.acme.example"] if "sso" in target else [])


def test_schemes_are_named_without_their_parameters(credentials):
    """The sentence names what the proxy offers, and nothing of its realm."""
    with Proxy(authenticate("Negotiate", 'NTLM realm="Basic, secret area"')) as proxy:
        verdict = diagnose(Endpoint(GATEWAY, f"http://{proxy.address}"), credentials, limits=QUICK).verdict
    assert (verdict.params["schemes"], "secret" in verdict.text) == ("Negotiate, NTLM", False)


def test_a_server_that_repeats_the_request_gets_no_login_onto_the_page(credentials):
    """The request has the login for the proxy."""
    with Proxy(b"SSH-2.0 Proxy-Authorization: Basic YWdlbnQ6cHIweHk=\r\n\r\n") as proxy:
        endpoint = Endpoint(GATEWAY, f"http://agent:pr0xy@{proxy.address}")
        result = diagnose(endpoint, credentials, limits=QUICK)
    assert (result.verdict.variant, "YWdlbnQ6" in repr(result.to_dict())) == ("ssh", False)


def test_a_login_that_the_proxy_refuses_is_told_from_a_missing_one(credentials):
    """With a login in the settings, the verdict is that it was refused."""
    with Proxy(authenticate('Basic realm="x"')) as proxy:
        endpoint = Endpoint(GATEWAY, f"http://agent:pr0xy@{proxy.address}")
        verdict = diagnose(endpoint, credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.variant, verdict.confidence) == ("proxy_wants_login", "refused", "certain")


@pytest.mark.parametrize(
    ("address", "variant"),
    [("https://p:3128", "https"), ("socks5h://p:1080", "socks"), ("p:3128", "scheme"), ("http://", "")],
)
def test_the_defect_of_a_proxys_address_is_named(credentials, address, variant):
    """Nothing is sent."""
    diagnosis = diagnose(Endpoint("https://127.0.0.1:9/v3", address), credentials)
    assert (diagnosis.verdict.code, diagnosis.verdict.variant, diagnosis.connected) == (
        "proxy_malformed",
        variant,
        False,
    )
