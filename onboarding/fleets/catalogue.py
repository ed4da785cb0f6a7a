"""The words for every verdict and error of this package, beside whose move it is.

`text` says what happened, `action` what to do next; both are templates over the verdict's context. Each can be read by
somebody who knows no TLS.
"""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Whose move it is."""

    PARTNER = "partner"
    OPERATOR = "operator"
    NETWORK = "network"
    NOBODY = "nobody"

    @property
    def words(self) -> str:
        """As a partner reads it."""
        return {"partner": "yours", "operator": "Stellantis’", "network": "your network’s", "nobody": "nobody’s"}[self]


class Confidence(StrEnum):
    """How sure a verdict is; what can't be told apart is never certain."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Entry:
    """The words of one verdict."""

    owner: Owner
    text: str
    action: str
    confidence: Confidence = Confidence.CERTAIN


_PARTNER, _OPERATOR, _NETWORK, _NOBODY = Owner.PARTNER, Owner.OPERATOR, Owner.NETWORK, Owner.NOBODY
_PROBABLE, _UNKNOWN = Confidence.PROBABLE, Confidence.UNKNOWN
_QUOTE = "Send the details below to your contact at Stellantis."

CONNECTING: dict[str, Entry] = {
    "dns_failed": Entry(
        _NETWORK,
        "{host} cannot be found from this server.",
        "Ask the people who run this server’s network whether it may look up names on the internet.",
    ),
    "connect_refused": Entry(
        _NETWORK,
        "{host} was found, but nothing answers there on port {port}.",
        "Ask the people who run this server’s network to open outgoing port {port} to {host}. If it is open, the "
        "gateway is down: try again in an hour.",
    ),
    "connect_timeout": Entry(
        _NETWORK,
        "{host} did not answer the attempt to connect on port {port}.",
        "A firewall usually does this. Ask the people who run this server’s network to open outgoing port {port} to "
        "{host}.",
    ),
    "network_unreachable": Entry(
        _NETWORK,
        "There is no way from this server to {host}.",
        "Ask the people who run this server’s network to let it reach {host}, port {port}.",
    ),
    "proxy_failed": Entry(
        _NETWORK,
        "The proxy that this server uses would not connect to {host}.",
        "Ask the people who run the proxy to allow {host}, port {port}.",
    ),
    "not_tls": Entry(
        _NETWORK,
        "Something answered at {host}, but without encryption.",
        "A proxy or another server stands in the way. Ask the people who run this server’s network to let it reach "
        "{host}, port {port}, directly.",
    ),
    "tls_too_old": Entry(
        _NETWORK,
        "{host} and this server could not agree on how to encrypt: the other side offers only old versions of TLS.",
        "A device on the way often causes this. Ask the people who run this server’s network to exempt {host} from "
        "inspection.",
    ),
    "tls_hang": Entry(
        _NETWORK,
        "The connection to {host} was made, then nothing more came.",
        "Try again in a few minutes. If it stays so, a device on the way is probably holding the connection up: ask "
        "the people who run this server’s network.",
        _PROBABLE,
    ),
    "tls_closed": Entry(
        _NETWORK,
        "{host} closed the connection before it was encrypted.",
        "Try again in a few minutes. If it stays so, ask the people who run this server’s network whether something "
        "between here and {host} closes it.",
        _PROBABLE,
    ),
    "tls_failed": Entry(
        _OPERATOR,
        "The encrypted connection to {host} failed: {reason}.",
        _QUOTE,
        _UNKNOWN,
    ),
}

SERVER_CERTIFICATE: dict[str, Entry] = {
    "server_ca_mismatch": Entry(
        _PARTNER,
        "The CA certificate that you gave does not cover {host}: its certificate was issued by “{issuer}”.",
        "Look in Stellantis’ mail for a CA certificate of that name, and hand it in with your certificate.",
        _PROBABLE,
    ),
    "server_name_mismatch": Entry(
        _NETWORK,
        "The server that answered is not {host}: its certificate is for another name.",
        "Something on the way answers in its place, or the address is wrong. Ask the people who run this server’s "
        "network.",
    ),
    "server_certificate_expired": Entry(
        _OPERATOR,
        "The certificate of {host} has expired.",
        "Nothing to change on your side. " + _QUOTE,
    ),
    "server_certificate_refused": Entry(
        _OPERATOR,
        "The certificate of {host} can’t be verified: {reason}.",
        _QUOTE,
    ),
}

CLIENT_CERTIFICATE: dict[str, Entry] = {
    "client_certificate_missing": Entry(
        _OPERATOR,
        "{host} says that no client certificate came with the request.",
        "It was sent if the server asked for it. " + _QUOTE,
    ),
    "client_certificate_not_requested": Entry(
        _OPERATOR,
        "{host} never asked for your certificate, and then refused the request.",
        "This may be the wrong address for partners. " + _QUOTE,
        _PROBABLE,
    ),
    "client_certificate_unknown_ca": Entry(
        _OPERATOR,
        "{host} does not trust the authority that signed your certificate.",
        "Your files are consistent, so the next move is Stellantis’. " + _QUOTE,
    ),
    "client_certificate_expired": Entry(
        _OPERATOR, "{host} says that your certificate has expired.", "Ask your contact at Stellantis for a new one."
    ),
    "client_certificate_revoked": Entry(
        _OPERATOR,
        "{host} says that your certificate was revoked.",
        "Ask your contact at Stellantis why, and for a new certificate.",
    ),
    "client_certificate_unsupported": Entry(
        _OPERATOR,
        "{host} does not accept this kind of certificate ({alert}).",
        _QUOTE,
    ),
    "client_certificate_refused": Entry(
        _OPERATOR,
        "{host} refused your certificate ({alert}).",
        "It does not say why. " + _QUOTE,
    ),
    "client_certificate_probably_refused": Entry(
        _OPERATOR,
        "{host} closed the connection just after your certificate was sent, without a word.",
        "Servers that do not accept a certificate often do this, but a fault at their side looks the same. Try again "
        "in a few minutes; then " + _QUOTE[0].lower() + _QUOTE[1:],
        _PROBABLE,
    ),
}

ANSWERED: dict[str, Entry] = {
    "connected": Entry(
        _NOBODY, "The fleet API answered with your fleets.", "Keep the files and set up your own server with them."
    ),
    "no_fleets": Entry(
        _OPERATOR,
        "Everything works; no fleet is linked to your login yet.",
        "Ask your contact at Stellantis to link your vehicles.",
    ),
    "password_rejected": Entry(
        _PARTNER,
        "Your certificate works; the login or its password does not.",
        "Check the password of {login}: capitals, spaces, and that it is not the passphrase of the key.",
    ),
    "unauthorized": Entry(
        _PARTNER,
        "Your certificate works, but the gateway did not accept the request (401). Usually the password is wrong; it "
        "can also be the client ID.",
        "Check the password of {login} first, then the client ID.",
        _PROBABLE,
    ),
    "client_id_unknown": Entry(
        _PARTNER,
        "Your certificate works; the gateway does not know this client ID.",
        "Compare the client ID with the one in Stellantis’ mail. If it is the same, quote the details below to your "
        "contact there.",
    ),
    "client_id_not_subscribed": Entry(
        _OPERATOR,
        "Your application is not attached to a plan yet.",
        "Only Stellantis can attach it. " + _QUOTE,
    ),
    "forbidden": Entry(
        _OPERATOR,
        "Your certificate and login work, but they may not read the fleets (403).",
        "Only Stellantis can allow it. " + _QUOTE,
        _PROBABLE,
    ),
    "not_found": Entry(_OPERATOR, "The gateway knows no fleets at this address (404).", _QUOTE, _PROBABLE),
    "bad_request": Entry(_OPERATOR, "The gateway could not read the request (400).", _QUOTE, _PROBABLE),
    "not_acceptable": Entry(_OPERATOR, "The gateway offers no format that was asked for (406).", _QUOTE),
    "rate_limited": Entry(
        _PARTNER,
        "Too many requests were made for this login; the gateway asks to wait{wait}.",
        "Wait, then test again.",
    ),
    "operator_error": Entry(
        _OPERATOR,
        "The gateway has a fault of its own ({status}).",
        "Nothing to change on your side. Try again in an hour; if it stays so, quote the details below.",
    ),
    "redirected": Entry(
        _NETWORK,
        "Instead of an answer, {host} pointed to another address.",
        "A portal or proxy often does this. Ask the people who run this server’s network to let it reach {host} "
        "directly.",
        _PROBABLE,
    ),
    "not_the_gateway": Entry(
        _NETWORK,
        "Something answered in the place of the fleet API: a page for people, no data.",
        "A proxy or portal stands in the way. Ask the people who run this server’s network to let it reach {host} "
        "directly.",
        _PROBABLE,
    ),
    "answer_unreadable": Entry(
        _OPERATOR, "The gateway answered, but not with the list of fleets that its contract describes.", _QUOTE
    ),
    "answer_too_large": Entry(
        _OPERATOR, "The answer was longer than any list of fleets; it was not read to its end.", _QUOTE
    ),
    "time_out": Entry(
        _OPERATOR,
        "{host} accepted the request, then took longer than {seconds} seconds to answer.",
        "Nothing to change on your side. Try again in a few minutes.",
    ),
    "answer_cut_off": Entry(
        _OPERATOR,
        "{host} broke off in the middle of its answer.",
        "Nothing to change on your side. Try again in a few minutes.",
        _PROBABLE,
    ),
    "unexpected_status": Entry(_OPERATOR, "The gateway answered in an unusual way ({status}).", _QUOTE, _UNKNOWN),
}

VERDICTS: dict[str, Entry] = CONNECTING | SERVER_CERTIFICATE | CLIENT_CERTIFICATE | ANSWERED

ERRORS: dict[str, str] = {
    "signing_unreachable": "The signing authority can’t be reached just now. Nothing is lost; try again in a minute.",
    "signing_refused": "The authority would not sign the request: {details}",
    "signing_unreadable": "The signing authority gave an answer that can’t be read. Nothing is lost.",
}
