"""The faults up to the end of the TLS handshake. Each description is a sentence for partners."""

import ssl
import warnings
from collections.abc import Callable

from onboarding.messages.text import gettext_noop as _
from onboarding.rehearsal.faults import connection
from onboarding.rehearsal.faults.connection import (
    alert_at_certificate,
    alert_at_hello,
    only_with_tls_1_3,
    unencrypted,
)
from onboarding.rehearsal.faults.gateway import HEALTHY_RESPONSE, ClientAuth, Fault
from onboarding.rehearsal.faults.responses import api_connect_error, choose, nginx_error, operator_error

HTTP_400 = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SERVER_HELLO_SSL3 = b"\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00" + bytes(32) + b"\x00\x00\x05\x00"

BEFORE_TLS: tuple[Fault, ...] = (
    Fault(
        "hang_before_handshake",
        _("The gateway accepts the connection, then sends nothing."),
        connection=connection.hang_before_handshake,
    ),
    Fault(
        "close_at_hello",
        _("The gateway closes the connection when the TLS handshake starts."),
        connection=connection.close_at_hello,
    ),
    Fault(
        "reset_at_hello",
        _("The gateway resets the connection when the TLS handshake starts."),
        connection=connection.reset_at_hello,
    ),
    Fault(
        "garbage",
        _("The gateway answers with meaningless bytes."),
        connection=unencrypted(b"\x00\x01garbage, not TLS\xff" * 4),
    ),
    Fault(
        "plain_http",
        _("The gateway answers without encryption, like an http:// site."),
        connection=unencrypted(HTTP_400),
    ),
    Fault(
        "smtp",
        _("The gateway’s address belongs to an email server."),
        connection=unencrypted(b"220 mail.example ESMTP\r\n"),
    ),
    Fault(
        "ssh",
        _("The gateway’s address belongs to an SSH server, for remote logins."),
        connection=unencrypted(b"SSH-2.0-OpenSSH_9.2\r\n"),
    ),
    Fault(
        "hang_in_handshake",
        _("The gateway stops sending in the middle of the TLS handshake."),
        connection=connection.hang_in_handshake,
    ),
    Fault(
        "close_in_handshake",
        _("The gateway closes the connection in the middle of the TLS handshake."),
        connection=connection.close_in_handshake,
    ),
    Fault(
        "drip_handshake",
        _("The gateway sends its part of the TLS handshake one byte at a time."),
        connection=connection.drip_handshake,
    ),
    Fault(
        "endless_handshake",
        _("The gateway asks to restart the TLS handshake again and again."),
        connection=connection.endless_handshake,
    ),
    Fault(
        "hang_at_certificate",
        _("The gateway receives your certificate, then sends nothing."),
        connection=connection.hang_at_certificate,
    ),
    Fault(
        "close_at_certificate",
        _("The gateway closes the connection when it receives your certificate."),
        connection=connection.close_at_certificate,
    ),
    Fault(
        "close_whatever_comes",
        _("The gateway closes the connection whether or not you send a certificate."),
        connection=connection.close_whatever_comes,
    ),
    Fault(
        "reset_at_certificate",
        _("The gateway resets the connection when it receives your certificate."),
        connection=connection.reset_at_certificate,
    ),
    Fault(
        "alert_after_request",
        _("The gateway receives the request, then ends the connection with a TLS alert."),
        connection=connection.alert_after_request("internal_error"),
    ),
    Fault(
        "late_alert_certificate_revoked",
        _("The gateway receives the request, and only then says that your certificate was revoked."),
        connection=connection.alert_after_request("certificate_revoked"),
    ),
    Fault(
        "late_alert_unknown_ca",
        _("The gateway receives the request, and only then says that it does not know your CA."),
        connection=connection.alert_after_request("unknown_ca"),
    ),
)


def _only_version(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def configure(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the old version is the fault
            context.minimum_version = context.maximum_version = version

    return configure


def _only_psk_ciphers(context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("PSK-AES256-GCM-SHA384:PSK-CHACHA20-POLY1305:@SECLEVEL=0")


HELLO_ALERTS = ("protocol_version", "handshake_failure", "internal_error", "unrecognized_name", "access_denied")
# The meaning of an alert that the gateway sends after the client's certificate.
ALERT_TEXTS = {
    "handshake_failure": _("The gateway refuses your certificate: the handshake failed (alert {alert})."),
    "bad_certificate": _("The gateway refuses your certificate: the certificate is damaged (alert {alert})."),
    "unsupported_certificate": _("The gateway refuses your certificate: the type is not supported (alert {alert})."),
    "certificate_revoked": _("The gateway refuses your certificate: the certificate was revoked (alert {alert})."),
    "certificate_expired": _("The gateway refuses your certificate: the certificate has expired (alert {alert})."),
    "certificate_unknown": _("The gateway refuses your certificate for an unknown reason (alert {alert})."),
    "illegal_parameter": _("The gateway refuses your certificate: a value is not allowed (alert {alert})."),
    "unknown_ca": _("The gateway refuses your certificate: the gateway does not know its CA (alert {alert})."),
    "access_denied": _("The gateway refuses your certificate: you have no access (alert {alert})."),
    "decode_error": _("The gateway refuses your certificate: the gateway can’t read it (alert {alert})."),
    "decrypt_error": _("The gateway refuses your certificate: a signature is wrong (alert {alert})."),
    "protocol_version": _("The gateway refuses your certificate: the TLS version is not allowed (alert {alert})."),
    "insufficient_security": _("The gateway refuses your certificate: the encryption is too weak (alert {alert})."),
    "internal_error": _("The gateway refuses your certificate because of an internal error (alert {alert})."),
    "unrecognized_name": _("The gateway refuses your certificate: the host name is unknown (alert {alert})."),
    "certificate_required": _("The gateway says that you sent no certificate, but you did (alert {alert})."),
}

HANDSHAKE_FAULTS: tuple[Fault, ...] = (
    Fault(
        "tls_1_0",
        _("The gateway supports only TLS 1.0, which is too old."),
        configure=_only_version(ssl.TLSVersion.TLSv1),
    ),
    Fault(
        "tls_1_1",
        _("The gateway supports only TLS 1.1, which is too old."),
        configure=_only_version(ssl.TLSVersion.TLSv1_1),
    ),
    Fault(
        "ssl_3",
        _("The gateway answers with SSL 3, which is far too old."),
        connection=unencrypted(SERVER_HELLO_SSL3),
    ),
    Fault(
        "no_shared_cipher",
        _("The gateway supports none of the usual encryption methods."),
        configure=_only_psk_ciphers,
    ),
    Fault(
        "tls_1_3_closed",
        _("The gateway closes the connection with TLS 1.3. TLS 1.2 works."),
        connection=only_with_tls_1_3(connection.close_at_hello),
    ),
    Fault(
        "tls_1_3_hangs",
        _("The gateway sends nothing with TLS 1.3. TLS 1.2 works."),
        connection=only_with_tls_1_3(connection.hang_before_handshake),
    ),
    Fault(
        "tls_1_3_certificate_closed",
        _("The gateway closes a TLS 1.3 connection when it receives your certificate. TLS 1.2 works."),
        connection=only_with_tls_1_3(connection.close_at_certificate),
    ),
    *(
        Fault(
            f"hello_alert_{alert}",
            _("The gateway refuses the TLS handshake at the start, with the alert {alert}."),
            connection=alert_at_hello(alert),
            params={"alert": alert},
        )
        for alert in HELLO_ALERTS
    ),
    *(
        Fault(f"alert_{alert}", text, connection=alert_at_certificate(alert), params={"alert": alert})
        for alert, text in ALERT_TEXTS.items()
    ),
)

SERVER_CERTIFICATES: tuple[Fault, ...] = (
    Fault("server_wrong_name", _("The gateway’s certificate is for another host name."), certificate="wrong_name"),
    Fault("server_no_name", _("The gateway’s certificate contains no host name."), certificate="no_name"),
    Fault("server_expired", _("The gateway’s certificate has expired."), certificate="expired"),
    Fault("server_not_yet_valid", _("The gateway’s certificate is not valid yet."), certificate="not_yet_valid"),
    Fault(
        "server_expired_issuer",
        _("The CA certificate that signed the gateway’s certificate has expired."),
        certificate="expired_issuer",
    ),
    Fault(
        "server_missing_intermediate",
        _("The gateway does not send the CA certificate that signed its own."),
        certificate="missing_intermediate",
        # With the intermediate among its trusted CAs, OpenSSL would send it anyway.
        client_auth=ClientAuth.ROOT_ONLY,
    ),
    Fault("server_foreign_ca", _("An unknown CA signed the gateway’s certificate."), certificate="foreign_ca"),
    Fault(
        "server_foreign_ca_alone",
        _("An unknown CA signed the gateway’s certificate, and the gateway does not send that CA’s certificate."),
        certificate="foreign_ca_without_root",
    ),
    Fault(
        "server_intercepted",
        _("A company’s proxy in front of the gateway decrypts the connection."),
        certificate="intercepted",
        client_auth=ClientAuth.OFF,
    ),
    Fault("server_self_signed", _("The gateway signed its own certificate."), certificate="self_signed"),
    Fault(
        "server_client_only", _("The gateway’s certificate is for clients, not for servers."), certificate="client_only"
    ),
)

BASIC_401 = operator_error(401, 2, "Authentication required.", ("WWW-Authenticate", 'Basic realm="fleets"'))
NO_CERTIFICATE_400 = nginx_error(400, "Bad Request", "No required SSL certificate was sent")

CLIENT_CERTIFICATES: tuple[Fault, ...] = (
    Fault(
        "client_chain_needed",
        _("The gateway also needs the CA certificate that signed yours. If you send both, the connection works."),
        client_auth=ClientAuth.ROOT_ONLY,
    ),
    Fault(
        "foreign_client_ca", _("The gateway trusts only another CA than yours."), client_auth=ClientAuth.UNTRUSTED_CA
    ),
    Fault(
        "no_certificate_asked",
        _("The gateway never asks for your certificate, but returns a list of fleets."),
        client_auth=ClientAuth.OFF,
    ),
    Fault(
        "no_certificate_asked_400",
        _("The gateway never asks for your certificate, then says that it is missing."),
        client_auth=ClientAuth.OFF,
        respond=NO_CERTIFICATE_400,
    ),
    Fault(
        "no_certificate_asked_403",
        _("The gateway never asks for your certificate, then forbids the request."),
        client_auth=ClientAuth.OFF,
        respond=operator_error(403, 1, "Forbidden"),
    ),
    Fault(
        "no_certificate_asked_401",
        _("The gateway never asks for your certificate, only for your login and password."),
        client_auth=ClientAuth.OFF,
        respond=choose(lambda request: request.has_basic_auth, HEALTHY_RESPONSE, BASIC_401),
    ),
    Fault(
        "certificate_asked_late",
        _("The gateway asks for your certificate only after it has received the request."),
        client_auth=ClientAuth.LATE,
        respond=choose(lambda request: request.has_basic_auth, HEALTHY_RESPONSE, BASIC_401),
    ),
    Fault(
        "end_users_host",
        _("The gateway’s address belongs to the API for drivers, not for partners."),
        client_auth=ClientAuth.OFF,
        respond=api_connect_error(401, "Unauthorized", "Invalid client id or secret."),
    ),
    Fault(
        "certificate_optional",
        _("The gateway asks for a certificate but does not require one. The connection still works."),
        client_auth=ClientAuth.OPTIONAL,
        respond=choose(lambda request: request.has_certificate, HEALTHY_RESPONSE, NO_CERTIFICATE_400),
    ),
    Fault(
        "certificate_ignored",
        _("The gateway says that you sent no certificate, but you did."),
        respond=NO_CERTIFICATE_400,
    ),
    Fault(
        "certificate_error_400",
        _("The gateway refuses your certificate with an error page."),
        respond=nginx_error(400, "Bad Request", "The SSL certificate error"),
    ),
)
