"""The faults before, in and at the end of the TLS handshake."""

import ssl
import warnings
from collections.abc import Callable, Iterator

from onboarding.rehearsal import faults_connection as connection
from onboarding.rehearsal.fault import GOOD, Asks, Fault
from onboarding.rehearsal.faults_alerts import ALERT_CODES
from onboarding.rehearsal.faults_answers import api_connect_says, nginx_says, only_if, operator_says

HTTP_400 = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
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
    yield Fault("hang_before_handshake", "Accepts the connection, then silence.", connection=connection.hang)
    yield Fault("close_at_hello", "Closes as soon as TLS begins.", connection=connection.close)
    yield Fault("reset_at_hello", "Resets as soon as TLS begins.", connection=connection.reset_at_hello)
    garbage = connection.says(b"\x00\x01garbage, not TLS\xff" * 4)
    yield Fault("garbage", "Answers with bytes that are no TLS.", connection=garbage)
    yield Fault("plain_http", "Answers in clear HTTP.", connection=connection.says(HTTP_400))
    yield Fault("smtp", "Is a mail server.", connection=connection.says(b"220 mail.example ESMTP\r\n"))
    yield Fault("ssh", "Is an SSH server.", connection=connection.says(b"SSH-2.0-OpenSSH_9.2\r\n"))
    yield Fault("hang_in_handshake", "Falls silent in the handshake.", connection=connection.hang_in_handshake)
    yield Fault("close_in_handshake", "Closes in the handshake.", connection=connection.close_in_handshake)
    yield Fault("drip_handshake", "Shakes hands a byte at a time.", connection=connection.drip_handshake)
    yield Fault(
        "hang_at_certificate", "Takes the certificate, then silence.", connection=connection.hang_at_certificate
    )
    yield Fault("close_at_certificate", "Hangs up at a certificate.", connection=connection.close_at_certificate)
    yield Fault("close_whatever_comes", "Hangs up with a certificate or none.", connection=connection.close_anyway)
    yield Fault("reset_at_certificate", "Resets at a certificate.", connection=connection.reset_at_certificate)


def tls() -> Iterator[Fault]:
    yield Fault("tls_1_0", "Speaks only TLS 1.0.", tune=_old_tls(ssl.TLSVersion.TLSv1))
    yield Fault("tls_1_1", "Speaks only TLS 1.1.", tune=_old_tls(ssl.TLSVersion.TLSv1_1))
    yield Fault("ssl_3", "Answers in SSL 3.", connection=connection.says(SERVER_HELLO_SSL3))
    yield Fault("no_shared_cipher", "Shares no cipher with anybody.", tune=_foreign_ciphers)
    old = connection.unless_tls_1_3
    yield Fault("tls_1_3_closed", "Closes at TLS 1.3, speaks TLS 1.2.", connection=old(connection.close))
    yield Fault("tls_1_3_hangs", "Falls silent at TLS 1.3, speaks TLS 1.2.", connection=old(connection.hang))
    for name in ("protocol_version", "handshake_failure", "internal_error", "unrecognized_name", "access_denied"):
        words = f"Refuses the ClientHello with {name}."
        yield Fault(f"hello_alert_{name}", words, connection=connection.hello_alert(name))
    for name in ALERT_CODES:
        words = f"Refuses the client certificate with {name}."
        yield Fault(f"alert_{name}", words, connection=connection.alert_at_certificate(name))


def certificates() -> Iterator[Fault]:
    yield Fault("server_wrong_name", "Its certificate is for another name.", "wrong_name")
    yield Fault("server_no_name", "Its certificate names no host.", "no_name")
    yield Fault("server_expired", "Its certificate has expired.", "expired")
    yield Fault("server_not_yet_valid", "Its certificate is not valid yet.", "not_yet_valid")
    yield Fault("server_expired_issuer", "Its issuing CA has expired.", "expired_issuer")
    # An OpenSSL server that knew the intermediate would send it of its own accord.
    alone, whole = "missing_intermediate", Asks.WHOLE_CHAINS
    yield Fault("server_missing_intermediate", "Leaves out its intermediate.", alone, whole)
    yield Fault("client_chain_needed", "Wants the client's intermediate, too.", asks=whole)
    yield Fault("server_foreign_ca", "Another CA signed its certificate.", "foreign_ca")
    yield Fault("server_foreign_ca_alone", "The same, without the CA.", "foreign_ca_without_root")
    yield Fault("server_intercepted", "A company's proxy opens the connection.", "intercepted", Asks.NOBODY)
    yield Fault("server_self_signed", "Signed its own certificate.", "self_signed")
    yield Fault("server_client_only", "Its certificate is for clients only.", "client_only")
    yield Fault("foreign_client_ca", "Trusts only another CA's clients.", asks=Asks.STRANGERS)
    yield Fault("no_certificate_asked", "Never asks for a certificate, but answers.", asks=Asks.NOBODY)
    missing = nginx_says(400, "Bad Request", "No required SSL certificate was sent")
    yield Fault(
        "no_certificate_asked_400", "Never asks for a certificate, then misses it.", asks=Asks.NOBODY, answer=missing
    )
    denied = operator_says(403, 1, "Forbidden")
    yield Fault("no_certificate_asked_403", "Never asks for one, then forbids.", asks=Asks.NOBODY, answer=denied)
    refused = api_connect_says(401, "Unauthorized", "Invalid client id or secret.")
    yield Fault("end_users_host", "Is the end users' API, not the partners'.", asks=Asks.NOBODY, answer=refused)
    polite = only_if(lambda asked: asked.certificate, GOOD, missing)
    yield Fault("certificate_optional", "Asks politely, misses it over HTTP.", asks=Asks.POLITELY, answer=polite)
    ignored = Fault("certificate_ignored", "Says that no certificate came, though one did.", answer=missing)
    yield ignored
    refused_page = nginx_says(400, "Bad Request", "The SSL certificate error")
    yield Fault("certificate_error_400", "Refuses the certificate with an nginx page.", answer=refused_page)
