"""Verdicts on a proxy that refuses, asks for a login, or is none."""

from onboarding.messages.message import Confidence, Owner, Template
from onboarding.messages.text import gettext_noop as _

PROXY_VERDICTS: dict[str, Template] = {
    "proxy_malformed.https": Template(
        Owner.NETWORK,
        _("The proxy’s address begins with https://. This software talks to proxies over http:// only."),
        _(
            "Most proxies have an http:// address, also for connections to https:// sites. Ask the people who run this "
            "site or command to correct the proxy’s address in the settings."
        ),
        about_our_server=True,
    ),
    "proxy_malformed.socks": Template(
        Owner.NETWORK,
        _("The proxy’s address is that of a SOCKS proxy. This software can use HTTP proxies only."),
        _("Ask the people who run the proxy whether there is an HTTP proxy, or to exempt this server."),
        about_our_server=True,
    ),
    "proxy_malformed.scheme": Template(
        Owner.NETWORK,
        _("The proxy’s address does not begin with http://. It must look like http://proxy.example:3128."),
        _("Ask the people who run this site or command to put http:// in front of the proxy’s address."),
        about_our_server=True,
    ),
    "proxy_wants_login.missing": Template(
        Owner.NETWORK,
        _("The proxy {proxy} requires a login for connections to {host}. The settings have no login for the proxy."),
        _(
            "Ask the people who run this site or command to put the login into the proxy’s address in the settings "
            "(http://login:password@proxy:port). Or ask the people who run the proxy to exempt this server."
        ),
        about_our_server=True,
    ),
    "proxy_wants_login.refused": Template(
        Owner.NETWORK,
        _("The proxy {proxy} did not accept the login that the settings have for it."),
        _(
            "Ask the people who run this site or command to check the proxy’s login and password in the settings. "
            "Special characters must be percent-encoded there, for example %40 for @."
        ),
        about_our_server=True,
    ),
    "proxy_wants_login.scheme": Template(
        Owner.NETWORK,
        _(
            "The proxy {proxy} requires a login by {schemes}. This software can log in to proxies with Basic only, so "
            "a login in the settings would not help."
        ),
        _(
            "Ask the people who run the proxy to exempt this server, or to allow {host}, port {port}, without a login. "
            "A relay on this server that logs in by {schemes}, such as Px, works, too."
        ),
        about_our_server=True,
    ),
    "proxy_portal": Template(
        Owner.NETWORK,
        _("The proxy {proxy} sends this server to a sign-in page instead of connecting it to {host}."),
        _("Ask the people who run the proxy to exempt this server: a program can’t sign in on a web page."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "proxy_failed.name": Template(
        Owner.NETWORK,
        _("The proxy {proxy} can’t find the address of {host}: it answered with status {status}."),
        _(
            "Ask the people who run the proxy to check its name service (DNS). The name may also be misspelled in the "
            "settings: ask the people who run this site or command to check it."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_a_proxy": Template(
        Owner.NETWORK,
        _("What answers at {proxy} is not a proxy: its answer is not HTTP."),
        _("Ask the people who run this site or command to check the proxy’s address and port in the settings."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_a_proxy.ssh": Template(
        Owner.NETWORK,
        _("What answers at {proxy} is not a proxy: it is an SSH server."),
        _("Ask the people who run this site or command to check the proxy’s address and port in the settings."),
        about_our_server=True,
    ),
    "not_a_proxy.mail": Template(
        Owner.NETWORK,
        _("What answers at {proxy} is not a proxy: it is a mail server."),
        _("Ask the people who run this site or command to check the proxy’s address and port in the settings."),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_a_proxy.socks": Template(
        Owner.NETWORK,
        _("What answers at {proxy} is probably a SOCKS proxy. This software can use HTTP proxies only."),
        _(
            "Ask the people who run the proxy for the address and port of an HTTP proxy, and the people who run this "
            "site or command to put it into the settings."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_a_proxy.tls": Template(
        Owner.NETWORK,
        _(
            "What answers at {proxy} expects an encrypted connection (TLS). This software uses only proxies with an "
            "http:// address."
        ),
        _(
            "It may be a web server, the gateway itself, or a proxy with an https:// address. Ask the people who run "
            "the proxy for the port that takes http:// connections."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
    "not_a_proxy.web": Template(
        Owner.NETWORK,
        _("What answers at {proxy} is probably not a proxy but a web server: it answered with status {status}."),
        _(
            "Ask the people who run this site or command to check the proxy’s address and port in the settings. If "
            "both are right, ask the people who run the proxy to allow {host}, port {port}."
        ),
        confidence=Confidence.PROBABLE,
        about_our_server=True,
    ),
}
