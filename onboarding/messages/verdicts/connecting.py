"""What goes wrong before certificates are looked at."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.verdicts.phrases import ASK_NETWORK, CHECK_ADDRESS, ELSE_QUOTE, THEN_QUOTE

CONNECTION_VERDICTS: dict[str, Template] = {
    "cancelled": Template(Owner.NOBODY, "The test was stopped.", "Nothing is lost; start it again when you like."),
    "dns_failed": Template(
        Owner.NETWORK,
        "{host} can’t be found from this server.",
        f"{ASK_NETWORK} whether this server may look up names on the internet. The name may also be misspelled in the "
        "settings: ask whoever runs this site or command to check it.",
        confidence=Confidence.PROBABLE,
    ),
    "dns_unanswered": Template(
        Owner.NETWORK,
        "This server asked where {host} is, and got no usable answer.",
        "Try again in a minute. If it stays so, ask the people who run this server’s network about its name service "
        "(DNS).",
    ),
    "connect_refused": Template(
        Owner.NETWORK,
        "{host} was found, but nothing answers there on port {port}.",
        f"{ASK_NETWORK} to open outgoing port {{port}} to {{host}}. If it is open, the gateway is down: try again in "
        "an hour.",
        confidence=Confidence.PROBABLE,
    ),
    "connect_timeout": Template(
        Owner.NETWORK,
        "{host} did not answer the attempt to connect on port {port}.",
        f"A firewall usually does this. {ASK_NETWORK} to open outgoing port {{port}} to {{host}}. If it is open, the "
        "gateway may be down: try again in an hour.",
        confidence=Confidence.PROBABLE,
    ),
    "network_unreachable": Template(
        Owner.NETWORK,
        "There is no way from this server to {host}.",
        f"{ASK_NETWORK} to let this server reach {{host}}, port {{port}}.",
        confidence=Confidence.PROBABLE,
    ),
    "connect_reset": Template(
        Owner.NETWORK,
        "The connection to {host} was broken off while it was being made.",
        "A firewall may do this, or the gateway. Try again in a few minutes; then ask the people who run this "
        "server’s network.",
        confidence=Confidence.PROBABLE,
    ),
    "proxy_unreachable": Template(
        Owner.NETWORK,
        "The proxy {proxy} that this server goes through can’t be reached.",
        "Ask whoever runs this site or command to check the proxy’s address in the settings, and the people who run "
        "the proxy whether it is up.",
    ),
    "proxy_refuses": Template(
        Owner.NETWORK,
        "The proxy {proxy} would not connect to {host}: {reason}.",
        "Ask the people who run the proxy to allow {host}, port {port}.",
    ),
    "proxy_wants_login": Template(
        Owner.NETWORK,
        "The proxy {proxy} lets nothing through to {host} without a login; the settings give none, or a wrong one.",
        "Ask whoever runs this site or command to put the right one into the proxy’s address in the settings "
        "(http://login:password@proxy:port), or ask the people who run the proxy to exempt this server.",
    ),
    "proxy_failed": Template(
        Owner.NETWORK,
        "The proxy {proxy} could not connect to {host}: {reason}.",
        "The proxy may be at fault, or the gateway may be down. Try again in an hour, and ask the people who run the "
        "proxy.",
        confidence=Confidence.PROBABLE,
    ),
    "not_tls": Template(
        Owner.NETWORK,
        "Something answered at {host}, but without encryption.",
        f"A proxy or another server stands in the way, or the port is wrong. {ASK_NETWORK} to let this server reach "
        f"{{host}}, port {{port}}, directly.",
    ),
    "tls_too_old": Template(
        Owner.NETWORK,
        "{host} and this server could not agree on how to encrypt: the other side offers only kinds of encryption that "
        "are not safe any more, or none that this server knows.",
        f"A device on the way that looks into connections often causes this. {ASK_NETWORK} to exempt {{host}} from it. "
        f"If there is no such device, {ELSE_QUOTE}",
        confidence=Confidence.PROBABLE,
    ),
    "tls_refused": Template(
        Owner.OPERATOR,
        "{host} refused the encrypted connection ({alert}) before any certificate was looked at.",
        "It may not know this server’s network address, or may want another kind of encryption. "
        "Send the details below to your contact at Stellantis, with this server’s public network address: the people "
        "who run this site or command know it.",
        confidence=Confidence.PROBABLE,
    ),
    "tls_host_unknown": Template(
        Owner.OPERATOR,
        "A server answered, but it does not know the name {host}.",
        CHECK_ADDRESS + "If it is right, " + ELSE_QUOTE,
        confidence=Confidence.PROBABLE,
    ),
    "tls_hang": Template(
        Owner.NETWORK,
        "A connection to {host} was made, but the two sides did not get as far as encryption before the time was up.",
        "Try again in a few minutes. If it stays so, a device on the way is probably holding the connection up, or the "
        "gateway is overloaded: ask the people who run this server’s network.",
        confidence=Confidence.PROBABLE,
    ),
    "tls_closed": Template(
        Owner.NETWORK,
        "{host} closed the connection before it was encrypted.",
        "Try again in a few minutes. If it stays so, ask the people who run this server’s network whether something "
        f"between here and {{host}} closes it; if nothing does, the gateway is at fault: {ELSE_QUOTE}",
        confidence=Confidence.PROBABLE,
    ),
    "tls_1_3_fails": Template(
        Owner.NETWORK,
        "The connection to {host} fails with TLS 1.3, the newest version of encryption, but works with TLS 1.2.",
        f"A device on the way that looks into connections, and knows only the older version, usually causes this. "
        f"{ASK_NETWORK} to exempt {{host}} from it. If there is no such device, {ELSE_QUOTE}",
        confidence=Confidence.PROBABLE,
    ),
    "tls_failed": Template(
        Owner.OPERATOR,
        "The encrypted connection to {host} failed: {reason}.",
        THEN_QUOTE,
        confidence=Confidence.UNKNOWN,
    ),
}
