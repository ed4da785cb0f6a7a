"""The faults before, in and at the end of the TLS handshake."""

import ssl
import warnings
from collections.abc import Callable, Iterator

from onboarding.rehearsal.faults import connection
from onboarding.rehearsal.faults.connection import ALERT_CODES
from onboarding.rehearsal.faults.gateway import GOOD, Asks, Fault
from onboarding.rehearsal.faults.responses import api_connect_says, nginx_says, only_if, operator_says

HTTP_400 = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SAYING = {
    "handshake_failure": "no agreement was possible",
    "bad_certificate": "it is damaged",
    "unsupported_certificate": "it is of a kind that is not accepted",
    "certificate_revoked": "it was revoked",
    "certificate_expired": "it has expired",
    "certificate_unknown": "something about it is wrong",
    "illegal_parameter": "a value is not allowed",
    "unknown_ca": "the authority that signed it is not known",
    "access_denied": "it opens nothing here",
    "decode_error": "it can’t be read",
    "decrypt_error": "its signature is wrong",
    "protocol_version": "this version of TLS is not accepted",
    "insufficient_security": "it is not safe enough",
    "internal_error": "the gateway has a fault of its own",
    "unrecognized_name": "the gateway does not know its own name",
    "certificate_required": "none came, though one did",
}
SERVER_HELLO_SSL3 = b"\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" + bytes(32) + b"\x00\x00\x05\x00"


def _old_tls(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def tune(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the fault
            context.minimum_version = context.maximum_version = version

    return tune


def _foreign_ciphers(context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("PSK-AES256-GCM-SHA384:PSK-CHACHA20-POLY1305:@SECLEVEL=0")


def before_tls() -> Iterator[Fault]:
    for name, words, behaviour in (
        ("hang_before_handshake", "It takes the connection, then says nothing.", connection.hang),
        ("close_at_hello", "It hangs up as soon as encryption is to begin.", connection.close),
        ("reset_at_hello", "It breaks the connection as soon as encryption is to begin.", connection.reset_at_hello),
        ("garbage", "It answers with bytes that mean nothing.", connection.says(b"\x00\x01garbage, not TLS\xff" * 4)),
        ("plain_http", "It answers without encryption, as an http:// site.", connection.says(HTTP_400)),
        ("smtp", "It is a mail server.", connection.says(b"220 mail.example ESMTP\r\n")),
        ("ssh", "It is an SSH server, for remote logins.", connection.says(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("hang_in_handshake", "It falls silent while encryption is agreed on.", connection.hang_in_handshake),
        ("close_in_handshake", "It hangs up while encryption is agreed on.", connection.close_in_handshake),
        ("drip_handshake", "It agrees on encryption one byte at a time.", connection.drip_handshake),
        ("endless_handshake", "It asks to begin encryption anew, again and again.", connection.flood),
        ("hang_at_certificate", "It takes your certificate, then says nothing.", connection.hang_at_certificate),
        ("close_at_certificate", "It hangs up when your certificate comes.", connection.close_at_certificate),
        ("close_whatever_comes", "It hangs up whether a certificate comes or not.", connection.close_anyway),
        ("reset_at_certificate", "It breaks off when your certificate comes.", connection.reset_at_certificate),
        ("alert_after_request", "It takes the call, then breaks off with an alert.", connection.alert_after_request),
    ):
        yield Fault(name, words, connection=behaviour)


def tls() -> Iterator[Fault]:
    yield Fault("tls_1_0", "It knows only TLS 1.0, which is too old.", tune=_old_tls(ssl.TLSVersion.TLSv1))
    yield Fault("tls_1_1", "It knows only TLS 1.1, which is too old.", tune=_old_tls(ssl.TLSVersion.TLSv1_1))
    yield Fault("ssl_3", "It answers in SSL 3, which is far too old.", connection=connection.says(SERVER_HELLO_SSL3))
    yield Fault("no_shared_cipher", "It knows no way of encrypting that others know.", tune=_foreign_ciphers)
    old = connection.unless_tls_1_3
    yield Fault("tls_1_3_closed", "It hangs up at TLS 1.3, and knows TLS 1.2.", connection=old(connection.close))
    yield Fault("tls_1_3_hangs", "It falls silent at TLS 1.3, and knows TLS 1.2.", connection=old(connection.hang))
    refused = old(connection.close_at_certificate)
    words = "It hangs up when your certificate comes in TLS 1.3, and takes it in TLS 1.2."
    yield Fault("tls_1_3_certificate_closed", words, connection=refused)
    for name in ("protocol_version", "handshake_failure", "internal_error", "unrecognized_name", "access_denied"):
        words = f"It refuses as soon as encryption is to begin, with the alert {name}."
        yield Fault(f"hello_alert_{name}", words, connection=connection.hello_alert(name))
    for name in ALERT_CODES:
        words = f"It refuses your certificate: {SAYING[name]} (alert {name})."
        yield Fault(f"alert_{name}", words, connection=connection.alert_at_certificate(name))


def server_certificates() -> Iterator[Fault]:
    yield Fault("server_wrong_name", "Its own certificate is for another name.", "wrong_name")
    yield Fault("server_no_name", "Its own certificate has no name in it.", "no_name")
    yield Fault("server_expired", "Its own certificate has expired.", "expired")
    yield Fault("server_not_yet_valid", "Its own certificate is not valid yet.", "not_yet_valid")
    yield Fault("server_expired_issuer", "The authority that issued its certificate has expired.", "expired_issuer")
    # An OpenSSL server that knew the intermediate would send it of its own accord.
    alone, whole = "missing_intermediate", Asks.WHOLE_CHAINS
    yield Fault("server_missing_intermediate", "It leaves out the certificate above its own.", alone, whole)
    yield Fault("server_foreign_ca", "An unknown authority signed its certificate.", "foreign_ca")
    words = "An unknown authority signed its certificate, and is not shown."
    yield Fault("server_foreign_ca_alone", words, "foreign_ca_without_root")
    words = "A company’s proxy stands before it, and opens the connection."
    yield Fault("server_intercepted", words, "intercepted", Asks.NOBODY)
    yield Fault("server_self_signed", "It signed its own certificate.", "self_signed")
    yield Fault("server_client_only", "Its own certificate is meant for clients, not for servers.", "client_only")


def client_certificates() -> Iterator[Fault]:
    words = "It wants the certificate that issued yours, too; healthy if that is sent."
    yield Fault("client_chain_needed", words, asks=Asks.WHOLE_CHAINS)
    yield Fault("foreign_client_ca", "It trusts only another authority than yours.", asks=Asks.STRANGERS)
    never, nobody = "It never asks for your certificate", Asks.NOBODY
    yield Fault("no_certificate_asked", f"{never}, but answers.", asks=nobody)
    missing = nginx_says(400, "Bad Request", "No required SSL certificate was sent")
    yield Fault("no_certificate_asked_400", f"{never}, then misses it.", asks=nobody, answer=missing)
    denied = operator_says(403, 1, "Forbidden")
    yield Fault("no_certificate_asked_403", f"{never}, then forbids the call.", asks=nobody, answer=denied)
    refused = api_connect_says(401, "Unauthorized", "Invalid client id or secret.")
    yield Fault("end_users_host", "It is the API for drivers, not for partners.", asks=nobody, answer=refused)
    polite = only_if(lambda asked: asked.certificate, GOOD, missing)
    words = "It asks for a certificate, and would go on without one; healthy."
    yield Fault("certificate_optional", words, asks=Asks.POLITELY, answer=polite)
    yield Fault("certificate_ignored", "It says that no certificate came, though one did.", answer=missing)
    refused_page = nginx_says(400, "Bad Request", "The SSL certificate error")
    yield Fault("certificate_error_400", "It refuses your certificate with a page for people.", answer=refused_page)
