"""Verdicts on failures before certificates are checked: name lookup, connection, proxy, TLS hello."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _

CONNECTION_VERDICTS: dict[str, Template] = {
    "cancelled": Template(
        Owner.NOBODY, _("The test was stopped."), _("Nothing is lost. You can start it again at any time.")
    ),
    "dns_failed": Template(
        Owner.NETWORK,
        _("This server can’t find the address of {host}."),
        _(
            "Ask the people who run this server’s network whether this server may look up names on the internet. The "
            "name may also be misspelled in the settings: ask the people who run this site or command to check it."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "name_redirected": Template(
        Owner.NETWORK,
        _("This server’s name lookup says that {host} is this server itself ({address})."),
        _(
            "A filter that blocks the name does this, or an entry in the file “hosts” of this server. Ask the people "
            "who run this server and its network to remove the block or the entry."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "name_redirected.nowhere": Template(
        Owner.NETWORK,
        _("This server’s name lookup gives {host} an address that belongs to no machine ({address})."),
        _("Filters block names in this way. Ask the people who run this server’s network to allow {host}."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "name_redirected.collision": Template(
        Owner.NETWORK,
        _(
            "This server’s name lookup gives {host} the address {address}, which marks a name that is used both on the "
            "internet and in a company’s network."
        ),
        _("Ask the people who run this server’s network to check the lookup of {host}."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "name_redirected.redirected": Template(
        Owner.NETWORK,
        _(
            "This server’s name lookup gives {host} the address {address}, which a program on this network uses to "
            "redirect connections."
        ),
        _("Ask the people who run this server’s network to exempt {host} from that program (a VPN, proxy or filter)."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "name_redirected.block_page": Template(
        Owner.NETWORK,
        _("This server’s name lookup gives {host} the address of a page that says it is blocked ({address})."),
        _("Ask the people who run this server’s network to allow {host} in their DNS filter."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "dns_unanswered": Template(
        Owner.NETWORK,
        _("This server looked up {host} and got no usable answer."),
        _(
            "Try again in a minute. If the test still fails, ask the people who run this server’s network about its "
            "name service (DNS)."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "connect_refused": Template(
        Owner.NETWORK,
        _("This server found {host}, but nothing answers there on port {port}."),
        _(
            "Ask the people who run this server’s network to open outgoing port {port} to {host}. If the port is open, "
            "the gateway is down: try again in an hour."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "connect_timeout": Template(
        Owner.NETWORK,
        _("{host} did not answer when this server tried to connect to port {port}."),
        _(
            "A firewall usually causes this. Ask the people who run this server’s network to open outgoing port {port} "
            "to {host}. If the port is open, the gateway may be down: try again in an hour."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "network_unreachable": Template(
        Owner.NETWORK,
        _("This server’s network has no route to {host}."),
        _("Ask the people who run this server’s network to let this server reach {host}, port {port}."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "connect_reset": Template(
        Owner.NETWORK,
        _("The connection to {host} was interrupted while this server opened it."),
        _(
            "A firewall or the gateway may cause this. Try again in a few minutes. If the test still fails, ask the "
            "people who run this server’s network."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "proxy_unreachable": Template(
        Owner.NETWORK,
        _("This server connects through the proxy {proxy}, which can’t be reached."),
        _(
            "Ask the people who run this site or command to check the proxy’s address in the settings. Ask the people "
            "who run the proxy whether it is running."
        ),
        about_our_server=True,
    ),
    "proxy_refuses": Template(
        Owner.NETWORK,
        _("The proxy {proxy} refused to connect to {host}: it answered with status {status}."),
        _("Ask the people who run the proxy to allow {host}, port {port}."),
        about_our_server=True,
    ),
    "proxy_wants_login": Template(
        Owner.NETWORK,
        _("The proxy {proxy} requires a login for connections to {host}. The settings have none, or a wrong one."),
        _(
            "Ask the people who run this site or command to put the login into the proxy’s address in the settings "
            "(http://login:password@proxy:port). Or ask the people who run the proxy to exempt this server."
        ),
        about_our_server=True,
    ),
    "proxy_failed": Template(
        Owner.NETWORK,
        _("The proxy {proxy} closed the connection before it had connected to {host}."),
        _(
            "The proxy may be at fault, or the gateway may be down. Try again in an hour, and ask the people who run "
            "the proxy. The port may also be that of a SOCKS proxy or of a server for encrypted connections (TLS)."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "proxy_failed.status": Template(
        Owner.NETWORK,
        _("The proxy {proxy} could not connect to {host}: it answered with status {status}."),
        _(
            "The proxy may be at fault, or the gateway may be down. Try again in an hour, and ask the people who run "
            "the proxy."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "proxy_failed.timeout": Template(
        Owner.NETWORK,
        _("The proxy {proxy} did not answer the request to connect to {host}."),
        _(
            "The proxy may be at fault, or the gateway may be down. Try again in an hour, and ask the people who run "
            "the proxy."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_tls": Template(
        Owner.NETWORK,
        _("Something answered at {host}, but without encryption."),
        _(
            "A proxy or another server answered instead of the gateway, or the port is wrong. Ask the people who run "
            "this server’s network to let this server reach {host}, port {port}, directly."
        ),
        about_our_server=True,
    ),
    "tls_too_old": Template(
        Owner.NETWORK,
        _(
            "{host} and this server have no version of encryption in common. The other side offers only versions that "
            "are no longer safe, or none that this server knows."
        ),
        _(
            "A network device that inspects connections often causes this. Ask the people who run this server’s "
            "network to exempt {host} from inspection. If there is no such device, send the details below to your "
            "contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "tls_refused": Template(
        Owner.OPERATOR,
        _("{host} refused the encrypted connection ({alert}) before any certificate was checked."),
        _(
            "The gateway may not know this server’s network address, or may require another kind of encryption. Send "
            "the details below to your contact at Stellantis, with this server’s public network address. The people "
            "who run this site or command know that address."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "tls_host_unknown": Template(
        Owner.OPERATOR,
        _("A server answered, but it does not know the name {host}."),
        _(
            "Ask the people who run this site or command to check the gateway’s address in the settings. If it is "
            "right, send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "tls_hang": Template(
        Owner.NETWORK,
        _("This server connected to {host}, but the time ran out before the connection was encrypted."),
        _(
            "Try again in a few minutes. If the test still fails, ask the people who run this server’s network. A "
            "network device on the way probably delays the connection, or the gateway is overloaded."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "tls_closed": Template(
        Owner.NETWORK,
        _("{host} closed the connection before it was encrypted."),
        _(
            "Try again in a few minutes. If the test still fails, ask the people who run this server’s network whether "
            "a device on the way closes connections. If no device does, the gateway is at fault: send the details "
            "below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "tls_1_3_fails": Template(
        Owner.NETWORK,
        _("The connection to {host} fails with TLS 1.3, the newest version of encryption, but works with TLS 1.2."),
        _(
            "The usual cause is a network device that inspects connections and supports only the older version. Ask "
            "the people who run this server’s network to exempt {host} from inspection. If there is no such device, "
            "send the details below to your contact at Stellantis."
        ),
        confidence=Confidence.PROBABLE,
        ask_for_details=True,
        about_our_server=True,
    ),
    "tls_failed": Template(
        Owner.OPERATOR,
        _("The encrypted connection to {host} failed. The technical reason is “{reason}”."),
        _("Try again in a few minutes. If the test still fails, send the details below to your contact at Stellantis."),
        confidence=Confidence.UNKNOWN,
        ask_for_details=True,
    ),
    "tls_failed.flooded": Template(
        Owner.OPERATOR,
        _("The encrypted connection to {host} failed: the other side never ended its part of the TLS handshake."),
        _("Try again in a few minutes. If the test still fails, send the details below to your contact at Stellantis."),
        confidence=Confidence.UNKNOWN,
        ask_for_details=True,
    ),
}
