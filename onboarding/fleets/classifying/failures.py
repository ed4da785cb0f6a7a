"""The verdict on a request that got no response."""

import socket
import ssl
from datetime import datetime

import h11
from cryptography import x509
from cryptography.x509.oid import NameOID

from onboarding.fleets.classifying.preparation import missing_issuer, refused_identity
from onboarding.fleets.connecting.connection import Connection
from onboarding.fleets.connecting.request import Credentials, Endpoint, HungUpError, ProxyRefusedError
from onboarding.fleets.connecting.timing import CancelledError
from onboarding.messages.message import Confidence
from onboarding.messages.text import Params as Context
from onboarding.messages.verdict import Verdict
from onboarding.pki.validation.chain import display_name, extension_of, find_issuers, is_self_signed

NOT_YET_VALID, EXPIRED = 9, 10  # OpenSSL's X509_V_ERR_…
OTHER_NAME = {62, 64}  # of the host, of the address
NO_ISSUER = {2, 18, 19, 20, 21}  # the chain leads to no anchor that was given
NAMES_SHOWN = 3

NAMES_A_PRODUCT = "That is the name of a product that opens connections."

# Products that open their users' connections, by what stands in the certificates that they make up.
INTERCEPTORS = (
    "zscaler", "fortinet", "fortigate", "palo alto", "blue coat", "bluecoat", "netskope", "sophos", "kaspersky", "eset",
    "avast", "umbrella", "mcafee", "skyhigh", "forcepoint", "websense", "barracuda", "watchguard", "sonicwall",
    "check point", "squid", "mitmproxy", "charles proxy", "fiddler", "burp", "web filter", "ssl inspection",
)  # fmt: skip


def classify_server_certificate(
    error: ssl.SSLCertVerificationError,
    about: dict[str, str | int],
    credentials: Credentials,
    wire: Connection,
    now: datetime,
) -> Verdict:
    """The verdict on a handshake that OpenSSL ended because of the server's certificate. `now` is in UTC."""
    chain = wire.log.chain
    if error.verify_code in {EXPIRED, NOT_YET_VALID}:
        return _dates(error.verify_code, about, [*chain, *(credentials.anchors or ())], now)
    if error.verify_code in OTHER_NAME:
        return Verdict("server_name_mismatch", about | {"names": _names(chain[0]) if chain else "another name"})
    if error.verify_code in NO_ISSUER:
        return _no_issuer(about, credentials, wire)
    return Verdict("server_certificate_refused", about | {"reason": error.verify_message})


def _dates(code: int, about: dict[str, str | int], chain: list[x509.Certificate], now: datetime) -> Verdict:
    if code == EXPIRED:
        past = [one.not_valid_after_utc for one in chain if one.not_valid_after_utc < now]
        return Verdict("server_certificate_expired", about | {"date": f"{min(past):%Y-%m-%d}" if past else "?"})
    future = [one.not_valid_before_utc for one in chain if one.not_valid_before_utc > now]
    date = f"{max(future):%Y-%m-%d %H:%M} UTC" if future else "?"
    return Verdict("server_certificate_not_yet_valid", about | {"date": date})


def _names(leaf: x509.Certificate) -> str:
    named = extension_of(leaf, x509.SubjectAlternativeName)
    names = [str(one.value) for one in named or ()] or [f"“{display_name(leaf.subject)}”, which names no host"]
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _no_issuer(about: dict[str, str | int], credentials: Credentials, wire: Connection) -> Verdict:
    """An interceptor, another CA and a missing intermediate look the same to OpenSSL; some evidence tells them apart.

    An interceptor can't pass the partner's certificate on, so it seldom asks for one. TLS 1.2 sends that question after
    the certificate: there it is not known.
    """
    chain = wire.log.chain
    if not chain:
        return Verdict("server_certificate_refused", about | {"reason": "it can’t be read here"})
    path = find_issuers(chain[0], chain[1:])
    top = path[-1] if path else chain[0]
    about |= {"issuer": display_name(top.issuer), "known": "", "public": ""}
    evidence = (f"The server’s certificate was issued by “{display_name(chain[0].issuer)}”.",)
    if is_self_signed(chain[0]):
        return Verdict("server_self_signed", about, evidence=evidence)
    words = " ".join(one.issuer.rfc4514_string() for one in chain).casefold()
    if any(name in words for name in INTERCEPTORS):
        found = (*evidence, NAMES_A_PRODUCT)
        return Verdict("proxy_intercepts", about, evidence=found)
    if not is_self_signed(top) and _of_one_house(top.issuer, credentials.anchors or ()):
        return Verdict("server_chain_incomplete", about, evidence=evidence)
    if wire.log.asked_for_certificate:
        found = (*evidence, "The server asked for a client certificate, which an intercepting proxy seldom does.")
        return Verdict("server_ca_mismatch", about, evidence=found)
    return Verdict("proxy_intercepts", about, evidence=evidence)


def _of_one_house(name: x509.Name, anchors: tuple[x509.Certificate, ...]) -> bool:
    """Whether an issuer that is missing bears the organization of a CA that was given, and another name."""
    organization = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return bool(organization) and any(
        one.subject != name and one.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) == organization
        for one in anchors
    )


ABOUT_THE_CERTIFICATE = {
    "unknown_ca": "client_certificate_unknown_ca",
    "certificate_expired": "client_certificate_expired",
    "certificate_revoked": "client_certificate_revoked",
    "unsupported_certificate": "client_certificate_unsupported",
    "certificate_required": "client_certificate_missing",
    "bad_certificate": "client_certificate_refused",
    "certificate_unknown": "client_certificate_refused",
    "access_denied": "client_certificate_refused",
}
# Servers say these, too, of a certificate whose issuer they can't find.
MAYBE_THE_CHAIN = {"client_certificate_unknown_ca", "client_certificate_refused"}
NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"}
HARDLY_TLS = {"RECORD_LAYER_FAILURE", "BAD_RECORD_TYPE", "UNEXPECTED_MESSAGE"}  # or a server that speaks it wrongly
TOO_OLD = {
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "VERSION_TOO_LOW",
    "NO_PROTOCOLS_AVAILABLE",
}
CLOSED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


def classify_failure(
    error: Exception, endpoint: Endpoint, credentials: Credentials, wire: Connection, *, seconds: float, now: datetime
) -> Verdict:
    """The verdict: `error` is what was raised, `wire` what was seen until then, `seconds` how long was waited."""
    about: dict[str, str | int] = {
        "host": endpoint.host, "port": endpoint.port, "proxy": endpoint.proxy_host,
        "seconds": _in_words(seconds), "alert": wire.log.alert.replace("_", " "), "now": f"{now:%Y-%m-%d %H:%M}",
    }  # fmt: skip
    stage = wire.stages.current
    if isinstance(error, CancelledError) or wire.deadline.cancellation.called:
        return Verdict("cancelled")
    if stage in {"preparation", ""}:
        return refused_identity(error)
    if wire.proxied and stage in {"name lookup", "connection", "proxy"}:
        return _proxy(error, stage, about)
    if stage == "name lookup":
        silent = isinstance(error, TimeoutError) or getattr(error, "errno", None) == socket.EAI_AGAIN
        return Verdict("dns_unanswered" if silent else "dns_failed", about)
    if stage == "connection":
        return Verdict(_connection_code(error), about)
    if isinstance(error, ssl.SSLCertVerificationError):
        return classify_server_certificate(error, about, credentials, wire, now)
    if wire.log.alert and wire.log.sent_certificate and not wire.certificate_accepted:
        return _alert_at_certificate(about, credentials, wire)
    if _demanded(error, wire):
        about["alert"] = about["alert"] or "it closed the connection"
        certain = wire.log.alert == "certificate_required" and not credentials.identity
        sure = Confidence.CERTAIN if certain else Confidence.PROBABLE
        return Verdict(demanded(credentials), about, sure=sure)
    return _without_alert(error, about, wire)


def _in_words(seconds: float) -> str:
    return "1 second" if round(seconds) == 1 else f"{round(seconds)} seconds"


def demanded(credentials: Credentials) -> str:
    """The code for a certificate that was asked for and did not come: there is none, or none of the kind asked for."""
    return "client_certificate_not_sent" if credentials.identity else "client_certificate_demanded"


def _demanded(error: Exception, wire: Connection) -> bool:
    """Whether the server asked for a certificate, got none, and refused to go on."""
    if not wire.log.asked_for_certificate or wire.log.sent_certificate or not wire.log.verified:
        return False
    closed = isinstance(error, (*CLOSED, HungUpError, h11.ProtocolError))
    return bool(wire.log.alert) or (closed and not wire.answered and wire.stages.current != "body")


def _proxy(error: Exception, stage: str, about: dict[str, str | int]) -> Verdict:
    if stage != "proxy":
        return Verdict("proxy_unreachable", about)
    status = error.status if isinstance(error, ProxyRefusedError) else 0
    if status == 407:
        return Verdict("proxy_wants_login", about)
    if 400 <= status < 500:
        return Verdict("proxy_refuses", about | {"reason": f"it answered {status}"})
    said = "it did not answer" if isinstance(error, TimeoutError) else "it broke off"
    return Verdict("proxy_failed", about | {"reason": f"it answered {status}" if status else said})


def _connection_code(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connect_refused"
    if isinstance(error, ConnectionResetError):
        return "connect_reset"
    return "connect_timeout" if isinstance(error, TimeoutError) else "network_unreachable"


def _alert_at_certificate(about: Context, credentials: Credentials, wire: Connection) -> Verdict:
    """The server spoke after it got the certificate: of it, or of something else that went wrong just then."""
    code = ABOUT_THE_CERTIFICATE.get(wire.log.alert, "client_proof_refused")
    about = {**about, **_own_certificate(credentials)}
    if code in MAYBE_THE_CHAIN and about["issuer"] and not _named(wire, credentials):
        return Verdict("client_chain_incomplete", about)
    evidence = [f"The alert “{wire.log.alert}” came after the certificate was sent."]
    if code == "client_certificate_unknown_ca" and _named(wire, credentials):
        evidence.append("The server names the authority of this certificate among those it knows.")
        return Verdict(code, about, sure=Confidence.PROBABLE, evidence=tuple(evidence))
    return Verdict(code, about, evidence=tuple(evidence))


def _own_certificate(credentials: Credentials) -> dict[str, str]:
    leaf = credentials.identity.certificates[0] if credentials.identity else None
    return {
        "issuer": missing_issuer(credentials),
        "date": f"{leaf.not_valid_after_utc:%Y-%m-%d}" if leaf else "",
    }


def _named(wire: Connection, credentials: Credentials) -> bool:
    """Whether the server asked for a certificate of the authority that signed this one."""
    issuers = {display_name(one.issuer) for one in credentials.identity.certificates} if credentials.identity else set()
    return any(display_name(name) in issuers for name in wire.log.authorities)


def _without_alert(error: Exception, about: dict[str, str | int], wire: Connection) -> Verdict:
    if wire.log.flooded:
        return Verdict("tls_failed", about | {"reason": "the other side’s greetings never end"})
    if wire.stages.current in {"status", "content type", "body"}:
        late = isinstance(error, TimeoutError)
        return Verdict("time_out" if late else "answer_cut_off", about)
    if wire.stages.current == "request":
        return _no_reply(error, about, wire)
    return _handshake(error, about, wire)


def _handshake(error: Exception, about: dict[str, str | int], wire: Connection) -> Verdict:
    reason = (getattr(error, "reason", None) or "").replace(" ", "_").upper()
    began, sent = bool(wire.log.received), wire.log.sent_certificate
    if isinstance(error, TimeoutError):
        return Verdict("client_certificate_hang" if sent else "tls_hang", about)
    if reason in TOO_OLD or wire.log.alert == "protocol_version":
        return Verdict("tls_too_old", about)
    if wire.log.alert == "unrecognized_name":
        return Verdict("tls_host_unknown", about)
    if wire.log.alert and not began:
        return Verdict("tls_refused", about)
    if not began and reason in NOT_TLS | HARDLY_TLS:
        return Verdict("not_tls", about, sure=None if reason in NOT_TLS else Confidence.PROBABLE)
    if isinstance(error, CLOSED):
        return Verdict("client_certificate_probably_refused" if sent else "tls_closed", about)
    words = (wire.log.alert or reason or type(error).__name__).replace("_", " ").lower()
    return Verdict("tls_failed", about | {"reason": words})


def _no_reply(error: Exception, about: dict[str, str | int], wire: Connection) -> Verdict:
    """The handshake was complete, and then nothing came: in TLS 1.3 that is where a certificate is refused."""
    if isinstance(error, TimeoutError):
        return Verdict("time_out" if wire.answered else "call_unanswered", about)
    if isinstance(error, h11.RemoteProtocolError):
        too_long = "too long" in str(error).lower()
        return Verdict("answer_too_large" if too_long else "not_http", about)
    if wire.log.sent_certificate and not wire.certificate_accepted:
        return Verdict("client_certificate_probably_refused", about)
    return Verdict("answer_missing" if wire.log.sent_certificate else "connection_closed", about)
