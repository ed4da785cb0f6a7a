"""The observations that a certain verdict needs: for each other cause of the same symptom, the one that excludes it.

`Verdict.confidence` reads this table. A verdict whose template is certain, but which lacks one of the observations, is
only probable. So no code can claim more than a test has seen.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Exclusion:
    """Another cause with the same symptom, and the code of the observation that excludes it."""

    other_cause: str
    observation: str


OTHER_SIDE = Exclusion("the gateway or the network has a fault", "local_check")  # not shown: a note
WRONG_CLOCK = Exclusion("the clock of this machine is wrong", "clock_agrees")  # not shown: a note
FAILED = Exclusion("the connection failed by itself", "stopped_here")  # not shown: a note
GATEWAY_DOWN = Exclusion("the gateway can’t be reached", "proxy_connection_failed")  # not shown: a note
GATEWAY_REFUSED = Exclusion("the gateway refused, not the proxy", "proxy_status")  # not shown: a note
OTHER_CLOCK = Exclusion("the other clock is wrong", "clock_impossible")  # not shown: a note
FAULTY_PROXY = Exclusion("a faulty proxy, or damage on the way", "looks_like")  # not shown: a note
DAMAGE = Exclusion("a faulty TLS server, or damage on the way", "looks_like")  # not shown: a note
OTHER_REFUSAL = Exclusion("the server refused something else", "alert_without_certificate")  # not shown: a note
OTHER_FAILURE = Exclusion("the handshake failed for another reason", "alert_after_certificate")  # not shown: a note
OWN_CHAIN = Exclusion("the partner’s own files have a fault or a gap", "chain_consistent")  # not shown: a note
OTHER_ENVIRONMENT = Exclusion("it is a certificate of another environment", "same_root")  # not shown: a note
OTHER_BODY = Exclusion("another API, an error, or an invention", "fleets_schema")  # not shown: a note
OTHER_SERVER = Exclusion("a proxy or another host answered", "server_requested_certificate")  # not shown: a note
NO_CERTIFICATE = Exclusion("the gateway did not see the certificate", "certificate_sent")  # not shown: a note
OTHER_MEANING = Exclusion("the words or the status mean something else", "gateway_names_cause")  # not shown: a note

KNOWN_BEFORE_CONNECTING = (
    "address_not_https", "address_malformed", "proxy_malformed", "certificate_absent", "key_not_of_certificate",
    "certificate_for_servers", "certificate_self_signed", "certificate_too_weak", "certificate_chain_weak",
    "certificate_is_ca", "own_certificate_as_ca", "ca_certificate_absent", "client_id_missing", "client_id_is_login",
    "client_id_not_clean", "hidden_character", "login_missing", "login_has_colon", "password_missing",
    "password_control_character",
)  # fmt: skip

EVIDENCE: dict[str, tuple[Exclusion, ...]] = {
    **dict.fromkeys(KNOWN_BEFORE_CONNECTING, (OTHER_SIDE,)),
    "certificate_expired": (OTHER_SIDE, WRONG_CLOCK),
    "certificate_not_yet_valid": (OTHER_SIDE, WRONG_CLOCK),
    "clock_wrong": (OTHER_CLOCK,),
    "cancelled": (FAILED,),
    "proxy_unreachable": (GATEWAY_DOWN,),
    "proxy_refuses": (GATEWAY_REFUSED,),
    "proxy_wants_login": (GATEWAY_REFUSED,),
    "not_a_proxy": (FAULTY_PROXY,),
    "not_tls": (DAMAGE,),
    "client_certificate_demanded": (OTHER_REFUSAL,),
    "client_certificate_unknown_ca": (OTHER_FAILURE, OWN_CHAIN, OTHER_ENVIRONMENT),
    "client_certificate_refused": (OTHER_FAILURE, OWN_CHAIN, OTHER_ENVIRONMENT),
    "client_certificate_revoked": (OTHER_FAILURE,),
    "client_certificate_unsupported": (OTHER_FAILURE,),
    "connected": (OTHER_BODY, OTHER_SERVER, NO_CERTIFICATE),
    "no_fleets": (OTHER_BODY, OTHER_SERVER, NO_CERTIFICATE),
    "password_rejected": (OTHER_MEANING, OTHER_SERVER),
    "client_id_unknown": (OTHER_MEANING, OTHER_SERVER),
    "client_id_not_subscribed": (OTHER_MEANING, OTHER_SERVER),
    "rate_limited": (OTHER_MEANING, OTHER_SERVER),
}
