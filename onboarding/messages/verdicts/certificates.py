"""What goes wrong with the server's certificate, or with the partner's."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.verdicts.phrases import (
    CHECK_ADDRESS,
    ELSE_QUOTE,
    LET_THROUGH,
    NOTHING_TO_DO,
    QUOTE,
    THEN_QUOTE,
)

# Where the system trusts the server: the end of a sentence, and one more.
PUBLICLY_KNOWN = {
    "known": ", which the CA certificates of this system cover",
    "public": " A public authority also offers its CA certificate on its website; it can be handed in like any other.",
}

SERVER_CERTIFICATE_VERDICTS: dict[str, Template] = {
    "server_ca_mismatch": Template(
        Owner.PARTNER,
        "The CA certificate that you gave does not cover {host}: the certificate of {host} was issued by "
        "“{issuer}”{known}.",
        "Look in Stellantis’ mail for a CA certificate of that name, and hand it in, too. If there is "
        "none, ask your contact for it, or the people who run this server’s network whether a proxy is in the "
        "way.{public}",
        confidence=Confidence.PROBABLE,
    ),
    "server_chain_incomplete": Template(
        Owner.OPERATOR,
        "{host} leaves out a certificate between its own and the CA certificate: “{issuer}”.",
        "Ask your contact at Stellantis for that certificate. Handed in with the CA certificate, it mends this on your "
        "side, too.",
        confidence=Confidence.PROBABLE,
    ),
    "proxy_intercepts": Template(
        Owner.NETWORK,
        "Something on the way probably opens the connection: the certificate that came for {host} was issued by "
        "“{issuer}”, not by the CA that you gave.",
        "This is usually a company’s own proxy; ask the people who run this server’s network to exempt {host}. If "
        "there is none, the CA certificate that you gave is the wrong one: look for “{issuer}” in Stellantis’ mail.",
        confidence=Confidence.PROBABLE,
    ),
    "server_self_signed": Template(
        Owner.NETWORK,
        "The server that answered for {host} vouches only for itself; no authority does.",
        "Another device probably answers in its place. " + LET_THROUGH + "If it does already, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "server_name_mismatch": Template(
        Owner.NETWORK,
        "The server that answered could not show that it is {host}: its certificate is for {names}.",
        "Perhaps something on the way answers in its place, or the address is wrong. "
        + LET_THROUGH
        + CHECK_ADDRESS
        + "If both are right, "
        + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "server_certificate_expired": Template(
        Owner.OPERATOR,
        "The certificate of {host} or of its CA expired on {date}, by this server’s clock ({now} UTC).",
        "If the clock is right, send the details below to your contact at Stellantis, and ask whether there is a newer "
        "CA certificate.",
        confidence=Confidence.PROBABLE,
    ),
    "server_certificate_not_yet_valid": Template(
        Owner.PARTNER,
        "The certificate of {host} or of its CA is valid only from {date}; this server’s clock says {now} UTC.",
        "Ask the people who run this server to check its clock first. If it is right, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "server_certificate_refused": Template(
        Owner.OPERATOR,
        "The certificate that {host} showed can’t be accepted: {reason}.",
        QUOTE,
        confidence=Confidence.PROBABLE,
    ),
}

CLIENT_CERTIFICATE_VERDICTS: dict[str, Template] = {
    "client_certificate_missing": Template(
        Owner.OPERATOR,
        "{host} says that no client certificate came with the call, although yours was offered.",
        "A device in front of the gateway may have dropped it. " + QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_demanded": Template(
        Owner.PARTNER,
        "{host} demands a client certificate, and none was sent ({alert}).",
        "Hand in your certificate first.",
    ),
    "client_certificate_not_sent": Template(
        Owner.OPERATOR,
        "{host} asked for a certificate of a kind that yours is not, so none was sent ({alert}).",
        QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_needs_tls_1_2": Template(
        Owner.OPERATOR,
        "{host} broke off when your certificate came in TLS 1.3, the newest version of encryption; with TLS 1.2 it "
        "answers.",
        "Some gateways can’t ask for certificates in the newest version. " + QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_not_requested": Template(
        Owner.OPERATOR,
        "{host} never asked for your certificate, and then refused the call ({status}).",
        "This is probably not the partners’ gateway. " + CHECK_ADDRESS + "If it is right, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_unknown_ca": Template(
        Owner.OPERATOR,
        "{host} says that it does not know the authority that signed your certificate.",
        "Your files are consistent, so the next move is Stellantis’. " + QUOTE,
    ),
    "client_chain_incomplete": Template(
        Owner.PARTNER,
        "{host} refused your certificate, probably because the certificate of “{issuer}”, which stands above yours, "
        "was not sent along. It may also not know that authority yet.",
        "Hand in the certificate of “{issuer}” from Stellantis’ mail, too, and test again. If there is none, "
        + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_expired": Template(
        Owner.OPERATOR,
        "{host} says that your certificate has expired; the certificate itself names {date} as its last day.",
        "The certificate of an authority above yours may have expired, or a clock may be wrong. " + QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_revoked": Template(
        Owner.OPERATOR,
        "{host} says that your certificate was revoked.",
        "Ask your contact at Stellantis why, and for a new certificate.",
    ),
    "client_certificate_unsupported": Template(
        Owner.OPERATOR, "{host} does not accept this kind of certificate ({alert}).", QUOTE
    ),
    "client_certificate_refused": Template(
        Owner.OPERATOR, "{host} refused your certificate ({alert}).", "It does not say what is wrong with it. " + QUOTE
    ),
    "client_certificate_probably_refused": Template(
        Owner.OPERATOR,
        "{host} closed the connection just after your certificate was sent, without a word.",
        "Servers that do not accept a certificate often do this, but a fault at their side looks the same. "
        + THEN_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_certificate_hang": Template(
        Owner.OPERATOR,
        "{host} fell silent just after your certificate was sent.",
        "It may be unable to check it, or may be overloaded. " + NOTHING_TO_DO + THEN_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "client_proof_refused": Template(
        Owner.OPERATOR,
        "{host} broke off when your certificate came; its message ({alert}) does not tell whether that is the cause.",
        THEN_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "connection_dropped": Template(
        Owner.OPERATOR,
        "{host} closed the connection without a word once your certificate was sent; without the certificate, no "
        "answer came either.",
        "Either it does not accept your certificate (servers written in Java refuse a certificate, or the lack of one, "
        "in this way), or it has a fault of its own; that can’t be told from here. " + THEN_QUOTE,
        confidence=Confidence.UNKNOWN,
    ),
}
