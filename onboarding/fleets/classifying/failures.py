"""The verdict on a request that got no response."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import h11
from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.fleets.classifying.client_chain import (
    certificate_verdict,
    is_authority_named,
    observe_authorities,
    observe_root,
)
from onboarding.fleets.classifying.preparation import classify_refused_identity
from onboarding.fleets.classifying.protocols import observe_bytes
from onboarding.fleets.classifying.proxies import classify_proxy
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint, NoResponseError
from onboarding.fleets.connecting.timing import CancelledError, StageName
from onboarding.messages.message import Confidence
from onboarding.messages.verdict import Observation, Verdict
from onboarding.pki.validation.chain import display_name, extension_of, find_issuers, is_self_signed

CERT_NOT_YET_VALID, CERT_HAS_EXPIRED = 9, 10  # OpenSSL's X509_V_ERR_…
OTHER_NAME = {62, 64}  # of the host, of the address
NO_ISSUER = {2, 18, 19, 20, 21}  # the chain leads to none of the anchors
NAMES_SHOWN = 3

# Products that intercept their users' connections, by the names in the certificates that they generate.
INTERCEPTORS = (
    "zscaler", "fortinet", "fortigate", "palo alto", "blue coat", "bluecoat", "netskope", "sophos", "kaspersky", "eset",
    "avast", "umbrella", "mcafee", "skyhigh", "forcepoint", "websense", "barracuda", "watchguard", "sonicwall",
    "check point", "squid", "mitmproxy", "charles proxy", "fiddler", "burp", "web filter", "ssl inspection",
)  # fmt: skip

FailureParams = dict[str, str | int]  # the parameters of the sentences about a failure


def classify_server_certificate(
    error: ssl.SSLCertVerificationError,
    params: FailureParams,
    credentials: Credentials,
    connection: Connection,
    now: datetime,
) -> Verdict:
    """Return the verdict on a handshake that OpenSSL ended because of the server's certificate. `now` is in UTC."""
    chain = connection.handshake.chain
    if error.verify_code in {CERT_HAS_EXPIRED, CERT_NOT_YET_VALID}:
        return _classify_dates(error.verify_code, params, [*chain, *(credentials.anchors or ())], now)
    if error.verify_code in OTHER_NAME:
        return _classify_other_name(params, chain)
    if error.verify_code in NO_ISSUER:
        return _classify_no_issuer(params, credentials, connection)
    return Verdict("server_certificate_refused", params | {"reason": error.verify_message})


def _classify_dates(code: int, params: FailureParams, chain: list[x509.Certificate], now: datetime) -> Verdict:
    if code == CERT_HAS_EXPIRED:
        ends = [certificate.not_valid_after_utc for certificate in chain if certificate.not_valid_after_utc < now]
        if not ends:
            return Verdict("server_certificate_expired", params, "undated")
        return Verdict("server_certificate_expired", params | {"date": f"{min(ends):%Y-%m-%d}"})
    starts = [certificate.not_valid_before_utc for certificate in chain if certificate.not_valid_before_utc > now]
    if not starts:
        return Verdict("server_certificate_not_yet_valid", params, "undated")
    return Verdict("server_certificate_not_yet_valid", params | {"date": f"{max(starts):%Y-%m-%d %H:%M}"})


def _classify_other_name(params: FailureParams, chain: list[x509.Certificate]) -> Verdict:
    if not chain:
        return Verdict("server_name_mismatch", params, "unreadable")
    names = [str(name.value) for name in extension_of(chain[0], x509.SubjectAlternativeName) or ()]
    if not names:
        return Verdict("server_name_mismatch", params | {"names": display_name(chain[0].subject)}, "no_host")
    params |= {"names": ", ".join(names[:NAMES_SHOWN]), "count": len(names) - NAMES_SHOWN}
    return Verdict("server_name_mismatch", params, "more" if len(names) > NAMES_SHOWN else "")


def _classify_no_issuer(params: FailureParams, credentials: Credentials, connection: Connection) -> Verdict:
    """Return the verdict on a server's chain that leads to no anchor.

    OpenSSL reports an interceptor, another CA and a missing intermediate in the same way. Observations distinguish
    them. An interceptor can't forward the partner's certificate, so it seldom requests one. In TLS 1.2 the request
    follows the server's certificate, so it is not known at this point.
    """
    chain = connection.handshake.chain
    if not chain:
        return Verdict("server_certificate_refused", params, "unreadable")
    path = find_issuers(chain[0], chain[1:])
    top = path[-1] if path else chain[0]
    params |= {"issuer": display_name(top.issuer)}
    issued_by = Observation("server_certificate_issuer", {"issuer": display_name(chain[0].issuer)})
    if is_self_signed(chain[0]):
        return Verdict("server_self_signed", params, observations=(issued_by,))
    if named_interceptor(chain):
        return Verdict("proxy_intercepts", params, observations=(issued_by, Observation("interception_product")))
    if not is_self_signed(top) and _has_organization_of_anchor(top.issuer, credentials.anchors or ()):
        return Verdict("server_chain_incomplete", params, observations=(issued_by,))
    if connection.handshake.requested_certificate:
        requested = Observation("server_requested_certificate")
        return Verdict("server_ca_mismatch", params, observations=(issued_by, requested))
    return Verdict("proxy_intercepts", params, observations=(issued_by,))


def named_interceptor(chain: Sequence[x509.Certificate]) -> str:
    """Return the name of the first issuer in the server's chain that is a product that intercepts; "" if none is."""
    return next(
        (
            display_name(certificate.issuer)
            for certificate in chain
            if any(product in certificate.issuer.rfc4514_string().casefold() for product in INTERCEPTORS)
        ),
        "",
    )


def _has_organization_of_anchor(name: x509.Name, anchors: tuple[x509.Certificate, ...]) -> bool:
    """Return whether the missing issuer has the organization of an anchor, and another name than that anchor."""
    organization = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        anchor.subject != name and anchor.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for anchor in anchors
    )


VERDICT_BY_ALERT = {
    "unknown_ca": "client_certificate_unknown_ca",
    "certificate_expired": "client_certificate_expired",
    "certificate_revoked": "client_certificate_revoked",
    "unsupported_certificate": "client_certificate_unsupported",
    "certificate_required": "client_certificate_missing",
    "bad_certificate": "client_certificate_refused",
    "certificate_unknown": "client_certificate_refused",
    "access_denied": "client_certificate_refused",
}
# OpenSSL's reasons.
NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"}
PROBABLY_NOT_TLS = {"RECORD_LAYER_FAILURE", "BAD_RECORD_TYPE", "UNEXPECTED_MESSAGE"}  # or a faulty TLS server
TOO_OLD = {
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "VERSION_TOO_LOW",
    "NO_PROTOCOLS_AVAILABLE",
}
CLOSING_ERRORS = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
SHOWS_BYTES = {"not_tls", "not_http"}  # verdicts that the first bytes from the other side explain
HTTP_VERSION = b"HTTP/"  # what every response begins with (RFC 9112, 4)
HEADERS_TOO_LARGE = 431  # the status that h11 suggests for a head longer than its limit, and for nothing else


# Login and password were withheld, because the server did not request a client certificate.
WITHHELD = "credentials_withheld"


def withheld(connection: Connection, params: FailureParams) -> Verdict:
    """Return the verdict on a server from which login and password were withheld."""
    is_late = connection.handshake.requested_certificate  # some servers request it only when they know the address
    seen = Observation("certificate_requested_late" if is_late else "certificate_not_requested")
    return Verdict(WITHHELD, {"host": params["host"]}, observations=(seen,))


def classify_failure(
    error: Exception,
    endpoint: Endpoint,
    credentials: Credentials,
    connection: Connection,
    *,
    seconds: float,
    now: datetime,
) -> Verdict:
    """Return the verdict on the `error` that ended an attempt; `seconds` is how long a test may take."""
    handshake = connection.handshake
    params: FailureParams = {
        "host": endpoint.host, "port": endpoint.port, "proxy": endpoint.proxy_name, "seconds": round(seconds),
        "alert": handshake.alert.replace("_", " "), "now": f"{now:%Y-%m-%d %H:%M}",
    }  # fmt: skip
    if isinstance(error, CancelledError) or connection.deadline.cancellation.is_cancelled:
        return Verdict("cancelled", observations=(Observation("stopped_here"),))
    verdict = _classify(error, params, endpoint, credentials, connection, now)
    observations = _observe(verdict, credentials, connection)
    new = tuple(observation for observation in observations if not verdict.has_observation(observation.code))
    return replace(verdict, observations=(*verdict.observations, *new)) if new else verdict


def _observe(verdict: Verdict, credentials: Credentials, connection: Connection) -> Iterator[Observation]:
    """Yield what supports a verdict, or helps to read it: the authorities that the server named, and what it sent."""
    if verdict.code.startswith("client_"):
        yield from observe_authorities(connection, credentials)
    if verdict.code in SHOWS_BYTES:
        yield from observe_bytes(connection.first_bytes)


def _classify(
    error: Exception,
    params: FailureParams,
    endpoint: Endpoint,
    credentials: Credentials,
    connection: Connection,
    now: datetime,
) -> Verdict:
    handshake, stage = connection.handshake, connection.stages.current
    if stage in {StageName.PREPARATION, None}:
        return classify_refused_identity(error)
    if connection.is_proxied and stage in {StageName.NAME_LOOKUP, StageName.CONNECTION, StageName.PROXY}:
        return classify_proxy(error, stage, params, endpoint, connection)
    if stage == StageName.NAME_LOOKUP:
        is_unanswered = isinstance(error, TimeoutError) or getattr(error, "errno", None) == socket.EAI_AGAIN
        return Verdict("dns_unanswered" if is_unanswered else "dns_failed", params)
    if stage == StageName.CONNECTION:
        return Verdict(_connection_code(error), params)
    if isinstance(error, ssl.SSLCertVerificationError):
        return classify_server_certificate(error, params, credentials, connection, now)
    if _is_about_certificate(connection):
        return _classify_alert(params, credentials, connection, now)
    if connection.basic_withheld and stage == StageName.REQUEST:
        return withheld(connection, params)
    if _misses_certificate(error, connection):
        is_stated = handshake.alert == "certificate_required" and not credentials.identity
        return Verdict(
            missing_certificate_code(credentials),
            params,
            "" if handshake.alert else "closed",
            confidence_override=Confidence.CERTAIN if is_stated else Confidence.PROBABLE,
            observations=(Observation("alert_without_certificate"),) if is_stated else (),
        )
    return _classify_without_alert(error, params, connection)


def _is_about_certificate(connection: Connection) -> bool:
    """Return whether the server's alert is about the client's certificate.

    An alert that names the certificate is, even after the handshake: some servers check it only then. Another alert is
    as long as nothing shows that the server accepted the certificate.
    """
    handshake = connection.handshake
    if not handshake.alert or not handshake.sent_certificate or connection.has_response:
        return False
    return handshake.alert in VERDICT_BY_ALERT or not connection.certificate_accepted


def missing_certificate_code(credentials: Credentials) -> str:
    """Return the code for a requested certificate that was not sent: the wrong kind, or no certificate at all."""
    return "client_certificate_not_sent" if credentials.identity else "client_certificate_demanded"


def _misses_certificate(error: Exception, connection: Connection) -> bool:
    """Return whether the server requested a certificate, got none, and ended the connection."""
    handshake = connection.handshake
    if not handshake.requested_certificate or handshake.sent_certificate or not handshake.is_server_verified:
        return False
    is_closed = isinstance(error, (*CLOSING_ERRORS, NoResponseError, h11.ProtocolError))
    is_early = not connection.has_response and connection.stages.current != StageName.BODY
    return bool(handshake.alert) or (is_closed and is_early)


def _connection_code(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connect_refused"
    if isinstance(error, ConnectionResetError):
        return "connect_reset"
    return "connect_timeout" if isinstance(error, TimeoutError) else "network_unreachable"


def _classify_alert(params: FailureParams, credentials: Credentials, connection: Connection, now: datetime) -> Verdict:
    """Return the verdict on an alert after the client's certificate, which may be about it or about another failure."""
    alert = connection.handshake.alert
    code = VERDICT_BY_ALERT.get(alert, "client_proof_refused")
    is_named = is_authority_named(connection, credentials)
    verdict = certificate_verdict(code, params, credentials, now, is_authority_named=is_named)
    seen = [Observation("alert_after_certificate", {"alert": alert})]
    if connection.certificate_accepted:
        seen.append(Observation("alert_after_handshake", {"alert": alert}))
    # After TLS has accepted the certificate, a general alert may be about the login or the request.
    is_vague = code == "client_certificate_refused" and connection.certificate_accepted
    is_contradicted = is_vague or (code == "client_certificate_unknown_ca" and is_named)
    return replace(
        verdict,
        confidence_override=Confidence.PROBABLE if is_contradicted else None,
        observations=(*seen, *verdict.observations, *observe_root(connection, credentials)),
    )


def _classify_without_alert(error: Exception, params: FailureParams, connection: Connection) -> Verdict:
    stage = connection.stages.current
    if connection.handshake.is_flooded:
        return Verdict("tls_failed", params, "flooded")
    if stage in {StageName.STATUS, StageName.CONTENT_TYPE, StageName.BODY}:
        return Verdict("time_out" if isinstance(error, TimeoutError) else "answer_cut_off", params)
    if stage == StageName.REQUEST:
        return _classify_no_response(error, params, connection)
    return _classify_handshake(error, params, connection)


def _classify_handshake(error: Exception, params: FailureParams, connection: Connection) -> Verdict:
    handshake = connection.handshake
    reason = (getattr(error, "reason", None) or "").replace(" ", "_").upper()
    has_begun = bool(handshake.received)
    if isinstance(error, TimeoutError):
        return Verdict("client_certificate_hang" if handshake.sent_certificate else "tls_hang", params)
    if reason in TOO_OLD or handshake.alert == "protocol_version":
        return Verdict("tls_too_old", params)
    if handshake.alert == "unrecognized_name":
        return Verdict("tls_host_unknown", params)
    if handshake.alert and not has_begun:
        return Verdict("tls_refused", params)
    if not has_begun and reason in NOT_TLS:
        return Verdict("not_tls", params)
    if not has_begun and reason in PROBABLY_NOT_TLS:
        return Verdict("not_tls", params, confidence_override=Confidence.PROBABLE)
    if isinstance(error, CLOSING_ERRORS):
        code = "client_certificate_probably_refused" if handshake.sent_certificate else "tls_closed"
        return Verdict(code, params)
    reason = handshake.alert or reason or type(error).__name__
    return Verdict("tls_failed", params | {"reason": reason.replace("_", " ").lower()})


def _classify_no_response(error: Exception, params: FailureParams, connection: Connection) -> Verdict:
    """Return the verdict if no response follows a complete handshake. In TLS 1.3, this can be a refused certificate."""
    sent_certificate = connection.handshake.sent_certificate
    if not HTTP_VERSION.startswith(connection.first_bytes[: len(HTTP_VERSION)]):
        return Verdict("not_http", params)
    if isinstance(error, TimeoutError):
        return Verdict("time_out" if connection.has_response else "call_unanswered", params)
    if isinstance(error, h11.RemoteProtocolError):
        is_too_large = error.error_status_hint == HEADERS_TOO_LARGE
        return Verdict("answer_too_large" if is_too_large else "not_http", params)
    if sent_certificate and not connection.certificate_accepted:
        return Verdict("client_certificate_probably_refused", params)
    if sent_certificate:
        return Verdict("answer_missing", params, "alert" if connection.handshake.alert else "")
    return Verdict("connection_closed", params)
