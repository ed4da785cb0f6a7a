"""Observations that support a verdict, results of control experiments, and results of stages."""

from onboarding.messages.message import Owner, Template
from onboarding.messages.text import Text, ngettext_lazy
from onboarding.messages.text import gettext_noop as _


def _seen(text: Text) -> Template:
    """Return the template of an observation, about which nobody has to act."""
    return Template(Owner.NOBODY, text)


OBSERVATIONS: dict[str, Template] = {
    "server_certificate_issuer": _seen(_("The server’s certificate was issued by “{issuer}”.")),
    "interception_product": _seen(_("This is the name of a product that intercepts encrypted connections.")),
    "server_requested_certificate": _seen(
        _("The server asked for a client certificate, which an intercepting proxy seldom does.")
    ),
    "alert_after_certificate": _seen(_("The alert “{alert}” came after the certificate was sent.")),
    "authority_named": _seen(_("The server names the authority of this certificate among those that it knows.")),
    "gateway_message": _seen(_("The response says: {message}")),
    "gateway_names_cause": _seen(_("The response names this cause, and no other: {message}")),
    "layer": _seen(_("The response looks like one of {layer}.")),
    "layer.guess": _seen(_("The response may come from {layer}.")),
    "code_in_body": _seen(_("The response has the HTTP status {status}, but its body has the code {code}.")),
    "reference": _seen(_("Reference of this response, for support: {reference}")),
    "challenge": _seen(_("The response asks for authentication of this kind: {scheme}")),
    "local_check": _seen(_("This server checked this before it sent anything.")),
    "clock_agrees": _seen(_("{host} gives the same time as this server: {date} UTC.")),
    "clock_agrees.both": _seen(
        _("{host} gives another time than this server, {date} UTC, but the certificate is as invalid at that time.")
    ),
    "clock_agrees.expired": _seen(_("{host} says that the certificate has expired, too.")),
    "clock_differs": _seen(_("{host} gives another time than this server: {date} UTC.")),
    "clock_impossible": _seen(_("This server’s clock shows a time before this software was written.")),
    "stopped_here": _seen(_("The test was stopped on this side.")),
    "proxy_connection_failed": _seen(_("The connection to the proxy itself failed.")),
    "proxy_status": _seen(_("The proxy answered before any connection to the gateway existed.")),
    "portal": _seen(_("The proxy redirects to a page of {target}.")),
    "first_bytes": _seen(_("The first bytes that came: {bytes}")),
    "looks_like": _seen(_("These bytes look like {protocol}.")),
    "looks_like.http": _seen(_("These bytes are an HTTP response without encryption.")),
    "looks_like.html": _seen(_("These bytes are a web page without an HTTP status.")),
    "looks_like.text": _seen(_("These bytes are plain text.")),
    "looks_like.http_2": _seen(_("These bytes are frames of HTTP/2, which the test did not ask for.")),
    "looks_like.tls": _seen(_("These bytes are TLS inside TLS: two proxies may encrypt one after the other.")),
    "bytes_unknown": _seen(_("These bytes belong to no protocol that we know.")),
    "alert_without_certificate": _seen(_("No certificate was sent, and the server’s alert requires one.")),
    "alert_after_handshake": _seen(_("The alert “{alert}” came after the handshake had ended.")),
    "chain_consistent": _seen(
        _("Your certificate and those above it were checked here: they are complete, match each other, and are valid.")
    ),
    "same_root": _seen(_("The same root authority, “{issuer}”, stands above your certificate and that of the server.")),
    "authority_not_named": _seen(
        _("The server names the authorities whose certificates it accepts. None of them signed yours: {names}")
    ),
    "fleets_schema": _seen(_("The response has the published format of a list of fleets.")),
    "certificate_sent": _seen(_("The server asked for a client certificate, and yours was sent.")),
    "certificate_not_requested": _seen(_("The server never asked for a client certificate.")),
    "certificate_requested_late": _seen(
        _("The server asked for a client certificate only after it had received the request.")
    ),
    "interceptor_trusted": _seen(
        _("The server’s certificate was issued by “{issuer}”, and the CA certificates in use verify it.")
    ),
    "issuer_trusted_by_system": _seen(_("This system trusts that authority: it was probably installed here.")),
    "silent_with_certificate": _seen(
        _("Without the certificate the server sends something; with the certificate it sends nothing.")
    ),
    "accepts_without_login": _seen(_("Without login and password the gateway returns the fleets.")),
    "login_read": _seen(
        _(
            "Without login and password the gateway asks for them (401). So it probably accepted yours, and refused "
            "something else."
        )
    ),
    "same_response_without_login": _seen(_("Without login and password the gateway’s response is the same.")),
    "other_response_without_login": _seen(
        _(
            "Without login and password the gateway’s response differs. So the gateway read them, and probably refused "
            "them."
        )
    ),
    "date.status": _seen(
        _("A request without login and client ID, to read the server’s time: it responded with status {status}.")
    ),
    "date.verdict": _seen(
        _("A request without login and client ID, to read the server’s time, failed. Its verdict is {verdict}.")
    ),
    "date_unverified.status": _seen(
        _("A request without anything of yours, to read the server’s time: it responded with status {status}.")
    ),
    "date_unverified.verdict": _seen(
        _("A request without anything of yours, to read the server’s time, failed. Its verdict is {verdict}.")
    ),
    "failed_with": _seen(_("The connection to that address failed. Its verdict is {verdict}.")),
    "address_internal": _seen(
        _("{host} has the address {address} on this network. This is an internal address, not one of the internet.")
    ),
    "without_certificate.status": _seen(
        _("The same request without your certificate: the server responded with status {status}.")
    ),
    "without_certificate.verdict": _seen(
        _("The same request without your certificate got no response. Its verdict is {verdict}.")
    ),
    "without_basic.status": _seen(
        _("The same request without login and password: the server responded with status {status}.")
    ),
    "without_basic.verdict": _seen(
        _("The same request without login and password got no response. Its verdict is {verdict}.")
    ),
    "system_trust.status": _seen(
        _("The connection with the system’s own CA certificates: the server responded with status {status}.")
    ),
    "system_trust.verdict": _seen(
        _("The connection with the system’s own CA certificates got no response. Its verdict is {verdict}.")
    ),
    "tls_1_2.status": _seen(_("The same request with TLS 1.2: the server responded with status {status}.")),
    "tls_1_2.verdict": _seen(_("The same request with TLS 1.2 got no response. Its verdict is {verdict}.")),
}

STAGE_NOTES: dict[str, Template] = {
    "certificate_not_requested": _seen(_("not requested")),
    "certificate_sent": _seen(_("requested and sent")),
    "certificate_withheld": _seen(_("requested, none sent")),
    "content_type_missing": _seen(_("none")),
    "body_size": _seen(ngettext_lazy("{size} byte", "{size} bytes", "size")),
}
