"""From what was met to what it means: the straight line of checks that ends in one verdict."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpcore2
from cryptography import x509

from onboarding.fleets.answer import OperatorError, rate_limits, read_error, read_fleets
from onboarding.fleets.catalogue import VERDICTS, Confidence, Owner
from onboarding.fleets.request import Endpoint, Reply
from onboarding.fleets.wire import Wire

EXPIRED, HOSTNAME_MISMATCH, IP_MISMATCH = 10, 62, 64  # OpenSSL's X509_V_ERR_…
NO_ISSUER = {2, 18, 19, 20, 21}  # the chain leads to no anchor that was given
REFUSING_ALERTS = {
    "unknown_ca": "client_certificate_unknown_ca",
    "certificate_expired": "client_certificate_expired",
    "certificate_revoked": "client_certificate_revoked",
    "unsupported_certificate": "client_certificate_unsupported",
    "certificate_required": "client_certificate_missing",
    "bad_certificate": "client_certificate_refused",
    "certificate_unknown": "client_certificate_refused",
    "access_denied": "client_certificate_refused",
}
NOT_TLS = {
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "HTTPS_PROXY_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
}
TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW", "NO_PROTOCOLS_AVAILABLE"}


@dataclass(frozen=True)
class Verdict:
    """What a test came to; the words are the catalogue's, filled with the context."""

    code: str
    context: Mapping[str, str | int] = field(default_factory=dict)
    confidence: Confidence = field(init=False)
    owner: Owner = field(init=False)
    text: str = field(init=False)
    action: str = field(init=False)

    def __post_init__(self) -> None:
        entry = VERDICTS[self.code]
        object.__setattr__(self, "confidence", entry.confidence)
        object.__setattr__(self, "owner", entry.owner)
        object.__setattr__(self, "text", entry.text.format(**self.context))
        object.__setattr__(self, "action", entry.action.format(**self.context))

    def to_dict(self) -> dict[str, str]:
        """As strings."""
        return {
            "code": self.code,
            "confidence": self.confidence.value,
            "owner": self.owner.value,
            "owner_words": self.owner.words,
            "text": self.text,
            "action": self.action,
        }


def basics(endpoint: Endpoint) -> dict[str, str | int]:
    """What most sentences speak of."""
    return {"host": endpoint.host, "port": endpoint.port}


def of_failure(error: Exception, endpoint: Endpoint, wire: Wire, seconds: float) -> Verdict:
    """The verdict on a request that got no reply: `error` is what was raised, `wire` what was seen until then."""
    about = basics(endpoint)
    stage = wire.stages.current
    if isinstance(error, httpcore2.ProxyError):
        return Verdict("proxy_failed", about)
    if stage == "name lookup":
        return Verdict("dns_failed", about)
    if stage == "connection":
        return Verdict(_connection_code(error), about)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _server_certificate(error, about, wire.log.chain)
    if wire.log.alert in REFUSING_ALERTS:
        return Verdict(REFUSING_ALERTS[wire.log.alert], about | {"alert": wire.log.alert})
    if stage == "TLS handshake":
        return _handshake(error, about, wire)
    if isinstance(error, TimeoutError | httpcore2.TimeoutException):
        return Verdict("time_out", about | {"seconds": round(seconds)})
    if stage == "request":
        return _no_answer(error, about, wire)
    return Verdict("answer_cut_off", about)


def _connection_code(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connect_refused"
    if isinstance(error, TimeoutError | socket.timeout):
        return "connect_timeout"
    return "network_unreachable"


def _server_certificate(
    error: ssl.SSLCertVerificationError, about: dict[str, str | int], chain: list[x509.Certificate]
) -> Verdict:
    if error.verify_code == EXPIRED:
        return Verdict("server_certificate_expired", about)
    if error.verify_code in {HOSTNAME_MISMATCH, IP_MISMATCH}:
        return Verdict("server_name_mismatch", about)
    if error.verify_code in NO_ISSUER:
        issuer = chain[-1].issuer.rfc4514_string() if chain else "an unknown authority"
        return Verdict("server_ca_mismatch", about | {"issuer": issuer})
    return Verdict("server_certificate_refused", about | {"reason": error.verify_message})


def _handshake(error: Exception, about: dict[str, str | int], wire: Wire) -> Verdict:
    reason = (getattr(error, "reason", None) or "").replace(" ", "_").upper()
    if isinstance(error, TimeoutError):
        return Verdict("tls_hang", about)
    if reason in NOT_TLS and not wire.log.received:
        return Verdict("not_tls", about)
    if reason in TOO_OLD or wire.log.alert == "protocol_version":
        return Verdict("tls_too_old", about)
    if wire.log.asked_for_certificate and not isinstance(error, ssl.SSLError):
        return Verdict("client_certificate_probably_refused", about)
    if wire.log.alert == "handshake_failure" and wire.log.asked_for_certificate:
        return Verdict("client_certificate_refused", about | {"alert": wire.log.alert})
    if isinstance(error, ConnectionError | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        code = "client_certificate_probably_refused" if wire.log.asked_for_certificate else "tls_closed"
        return Verdict(code, about)
    words = (wire.log.alert or reason or type(error).__name__).replace("_", " ").lower()
    return Verdict("tls_failed", about | {"reason": words})


def _no_answer(error: Exception, about: dict[str, str | int], wire: Wire) -> Verdict:
    """The handshake was complete, and then nothing came: in TLS 1.3 that is where a certificate is refused."""
    if isinstance(error, httpcore2.RemoteProtocolError) and "disconnected" not in str(error):
        return Verdict("not_the_gateway", about)
    if wire.log.asked_for_certificate:
        return Verdict("client_certificate_probably_refused", about)
    return Verdict("answer_cut_off", about)


def of_reply(reply: Reply, endpoint: Endpoint, login: str, wire: Wire) -> tuple[Verdict, OperatorError | None]:
    """The verdict on a reply, and what the operator said where it refused."""
    about = basics(endpoint) | {"login": login, "status": reply.status}
    if reply.cut:
        return Verdict("answer_too_large", about), None
    if reply.status == 200:
        return _success(reply, about), None
    said = read_error(reply)
    if 300 <= reply.status < 400:
        return Verdict("redirected", about), said
    code = _refusal_code(reply, said, wire)
    if code == "rate_limited":
        seconds = rate_limits(reply).get("retry-after", 0)
        about["wait"] = f" {seconds} seconds" if seconds else ""
    return Verdict(code, about), said


def _success(reply: Reply, about: dict[str, str | int]) -> Verdict:
    collection = read_fleets(reply)
    if collection is None:
        html = read_error(reply).dialect == "html"
        return Verdict("not_the_gateway" if html else "answer_unreadable", about)
    return Verdict("connected" if collection.fleets else "no_fleets", about)


def _refusal_code(reply: Reply, said: OperatorError, wire: Wire) -> str:
    words = said.message.lower()
    if "no required ssl certificate" in words or "ssl certificate error" in words:
        asked = wire.log.asked_for_certificate
        return "client_certificate_missing" if asked else "client_certificate_not_requested"
    if "client id" in words and ("invalid" in words or "unknown" in words):
        return "client_id_unknown"
    if "not registered to plan" in words or "not subscribed" in words:
        return "client_id_not_subscribed"
    if reply.status == 401:
        return "password_rejected" if "password" in words or "credential" in words else "unauthorized"
    known = {400: "bad_request", 403: "forbidden", 404: "not_found", 406: "not_acceptable", 429: "rate_limited"}
    if reply.status in known:
        return known[reply.status]
    return "operator_error" if reply.status >= 500 else "unexpected_status"
